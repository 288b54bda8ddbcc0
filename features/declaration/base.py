"""What every declaration says, and what those that read other events say besides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from features.derived import Derived
from features.domain import Domain
from features.errors import InvalidDeclaration
from features.events import EVENT_KINDS
from features.formulas import Floats, Formula
from features.series import Condition, Input

Values = str | int | tuple[str | int, ...]


class Scope(NamedTuple):
    """What surrounds a declaration: the domain, and the other declarations by name."""

    domain: Domain
    declarations: Mapping[str, Declaration]


@dataclass(frozen=True, kw_only=True)
class Declaration(ABC):
    """The reason to exist, and the moments that have the signal: all, unless ``at`` says which.

    ``only_raises``: more of it may raise the risk and never lower it; models are held to that.
    """

    why: str
    at: tuple[str, ...] = ()
    only_raises: bool = False

    def moments(self, domain: Domain) -> tuple[str, ...]:
        """The moments that have the signal."""
        return self.at or tuple(domain.moments)

    def column(
        self,
        name: str,
        signal: str,
        scope: Scope,
        inputs: tuple[Input, ...],
        formula: Formula | None = None,
        *,
        cap: int = 0,
        why: str = "",
    ) -> Derived:
        """One column of this declaration."""
        return Derived(
            name=name,
            signal=signal,
            why=why or self.why,
            at=self.moments(scope.domain),
            family=type(self).__name__.lower(),
            inputs=inputs,
            formula=formula,
            cap=cap,
            only_raises=self.only_raises,
        )

    def check(self, name: str, scope: Scope) -> None:
        """Raises `InvalidDeclaration` with what to write instead."""
        if not self.why.strip():
            raise InvalidDeclaration(f'{name} gives no reason to exist: write why="..."')
        strange = set(self.at) - set(scope.domain.moments)
        if strange:
            raise InvalidDeclaration(
                f"{name} is declared at {sorted(strange)}: "
                f"write some of {', '.join(scope.domain.moments)}"
            )

    @abstractmethod
    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """The columns of this declaration under its name."""

    @abstractmethod
    def described(self) -> str:
        """What it is, in words."""


@dataclass(frozen=True, kw_only=True)
class OnSeries(Declaration):
    """A declaration that reads what other events left: which ones, and by what they are grouped.

    ``by`` names a field, or several that must all agree; ``where`` keeps the events whose
    facts have a value, or one of several.
    """

    by: str | tuple[str, ...]
    events: str | tuple[str, ...]
    where: Mapping[str, Values] = field(default_factory=dict)

    @property
    def fields(self) -> tuple[str, ...]:
        """``by`` as the fields it names."""
        return (self.by,) if isinstance(self.by, str) else tuple(self.by)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entry that count."""
        return (self.events,) if isinstance(self.events, str) else tuple(self.events)

    @property
    def sayers(self) -> tuple[str, ...]:
        """The kinds of entry that say what ``by`` names."""
        return self.kinds

    @property
    def condition(self) -> Condition:
        """``where`` in a fixed order."""
        return tuple(
            (name, value if isinstance(value, tuple) else (value,))
            for name, value in sorted(self.where.items())
        )

    def counted(self) -> str:
        """Which events, in words."""
        kinds = " or ".join(self.kinds)
        held = "".join(
            f" with {name} {' or '.join(map(str, values))}" for name, values in self.condition
        )
        return f"{kinds}{held} by {' and '.join(self.fields)}"

    def check(self, name: str, scope: Scope) -> None:
        """Kinds and fields exist, and some event of those kinds can say what is asked for."""
        super().check(name, scope)
        known = (*EVENT_KINDS, "label")
        if not self.kinds or set(self.kinds) - set(known):
            raise InvalidDeclaration(
                f"{name} counts {sorted(set(self.kinds) - set(known))}: "
                f"write some of {', '.join(known)}"
            )
        if "label" in self.kinds and len(self.kinds) > 1:
            raise InvalidDeclaration(
                f"{name} counts labels with other events, but what is recent about a label is "
                'when it became known: declare events="label" on its own'
            )
        if not self.fields:
            raise InvalidDeclaration(f'{name} is grouped by nothing: write by="customer"')
        for used in self.fields:
            check_field(name, used, self.sayers, scope)
        for used, _ in self.condition:
            check_field(name, used, self.kinds, scope)


def check_field(
    name: str, used: str, kinds: tuple[str, ...], scope: Scope, *, integer: bool = False
) -> None:
    """A field exists, some event of the kinds can carry it, and it is an integer if it must be."""
    domain = scope.domain
    if used not in domain.fields:
        raise InvalidDeclaration(
            f"{name} names the unknown field {used!r}: write a token, a fact, customer or "
            "reseller (docs/signals.md lists them)"
        )
    fact = domain.all_facts.get(used)
    if integer and (fact is None or fact.type is not int):
        raise InvalidDeclaration(
            f"{name} uses {used!r}, which is no integer fact: write one that is"
        )
    if fact is not None and used not in domain.tokens and not set(kinds) & set(fact.kinds):
        raise InvalidDeclaration(
            f"{name} reads {used} of {' and '.join(kinds)}, which never says it: "
            f"write events of {', '.join(fact.kinds)}"
        )


def check_widths(name: str, widths: tuple[int, ...]) -> None:
    """Widths are above zero."""
    if not widths or any(width <= 0 for width in widths):
        raise InvalidDeclaration(f"{name} needs widths above zero: write over=(hours(24),)")


def formula_of(function: Callable[..., Floats], parameters: Mapping[str, float]) -> Formula:
    """A formula with parameters in a fixed order."""
    return Formula(function, tuple(sorted(parameters.items())))
