"""A catalogue: declarations under their names, checked together and compiled to columns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import cache
from typing import Any

from features.contract import Column
from features.decide.exposure import AMOUNT
from features.declaration import Declaration, Fact, Scope
from features.derived import Derived
from features.domain import CLOUD, Domain
from features.durations import days
from features.errors import InvalidDeclaration
from features.series import Read, Series
from features.vector import VectorPlan

ATTRIBUTE = "attribute_"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CURRENT_FOR = days(3650)


class Catalogue:
    """Signals under their names, in a domain.

    >>> from features.declaration import Window
    >>> from features.durations import days
    >>> catalogue = Catalogue({"accounts_on_device": Window(
    ...     count="customer", distinct=True, by="device", events="signup",
    ...     over=(days(1),), why="A farm, not a customer.")})
    >>> [column.name for column in catalogue.columns("signup")]
    ['accounts_on_device_24h']

    Raises `InvalidDeclaration` with what to write instead.
    """

    def __init__(self, declarations: Mapping[str, Declaration], domain: Domain = CLOUD) -> None:
        self.declarations = dict(declarations)
        self.domain = domain
        scope = Scope(domain, self.declarations)
        for name, declaration in self.declarations.items():
            if not _NAME.fullmatch(name):
                raise InvalidDeclaration(f"{name!r} is no name: write small letters, digits and _")
            declaration.check(name, scope)
        self._derived = tuple(
            column
            for name, declaration in self.declarations.items()
            for column in declaration.derive(name, scope)
        )
        seen: set[str] = set()
        for column in self._derived:
            if column.only_raises and column.categories is not None:
                raise InvalidDeclaration(
                    f"{column.name} is a text, of which there is no more or less: "
                    "leave only_raises out"
                )
            if column.name in seen:
                raise InvalidDeclaration(f"two signals are called {column.name}: rename one")
            seen.add(column.name)
        self.plan = cache(self._plan)

    @classmethod
    def collect(cls, namespace: Mapping[str, Any]) -> Catalogue:
        """The catalogue of all declarations in a module or notebook (``globals()``).

        A `Domain` among them is the catalogue's; without one it is Vouch's own.
        """
        domains = [value for value in namespace.values() if isinstance(value, Domain)]
        own = [domain for domain in domains if domain is not CLOUD]
        if any(domain is not own[0] for domain in own):
            raise InvalidDeclaration("there are two domains: a catalogue has one, leave one out")
        declarations = {
            name: value
            for name, value in namespace.items()
            if isinstance(value, Declaration) and not name.startswith("_")
        }
        catalogue = cls(declarations, own[0] if own else CLOUD)
        if own:
            catalogue._check_weights()
            catalogue._check_exposures()
        return catalogue

    def _check_weights(self) -> None:
        for moment, asked in self.domain.moments.items():
            there = {column.name for column in self.derived(moment)}
            strange = [one.signal for one in asked.weights if one.signal not in there]
            if strange:
                raise InvalidDeclaration(
                    f"the scorecard of {moment} weighs {strange[0]}, which is no column there: "
                    f"`vouch signals {moment}` lists them"
                )

    def _check_exposures(self) -> None:
        facts = self.domain.all_facts
        for moment, asked in self.domain.moments.items():
            said = {name for name, fact in facts.items() if asked.event in fact.kinds}
            there = said | {column.name for column in self.derived(moment)}
            for risk, what in asked.risks.items():
                strange = [name for name in what.exposure.of if name not in there]
                if strange and what.exposure is not AMOUNT:
                    raise InvalidDeclaration(
                        f"the exposure of {risk} at {moment} is of {strange[0]}, which is neither "
                        f"a fact of what asks nor a column there: `vouch signals {moment}` lists "
                        "them"
                    )

    def with_attributes(self, attributes: Mapping[str, tuple[str, ...] | None]) -> Catalogue:
        """This catalogue and a column ``attribute_<name>`` for each free attribute.

        None is a number, a tuple the texts it may be.
        """
        asked = tuple(name for name, moment in self.domain.moments.items() if moment.event)
        added = {
            f"{ATTRIBUTE}{name}": Fact(
                of=f"attributes.{name}",
                categories=categories,
                at=asked,
                why="Sent by the caller as a free attribute.",
            )
            for name, categories in attributes.items()
        }
        return Catalogue({**self.declarations, **added}, self.domain)

    def and_also(self, columns: Iterable[Derived]) -> Catalogue:
        """This catalogue, and columns of other versions of it behind its own (`other_version`)."""
        there = {column.name for column in self._derived}
        return self._of(*self._derived, *(one for one in columns if one.name not in there))

    def only(self, names: Collection[str]) -> Catalogue:
        """This catalogue with no other columns than these, for whoever reads few of them."""
        return self._of(*(column for column in self._derived if column.name in names))

    def _of(self, *derived: Derived) -> Catalogue:
        other = copy(self)
        other._derived = derived
        other.plan = cache(other._plan)
        return other

    @property
    def moments(self) -> tuple[str, ...]:
        """The moments of the domain."""
        return tuple(self.domain.moments)

    def derived(self, moment: str) -> tuple[Derived, ...]:
        """The columns of a moment with all that is known of them."""
        return self.plan(moment).columns

    def derived_from(self, name: str) -> tuple[Derived, ...]:
        """The columns of one declaration."""
        return tuple(column for column in self._derived if column.signal == name)

    def columns(self, moment: str) -> tuple[Column, ...]:
        """The columns of a moment as a contract names them, in the vector's order."""
        return tuple(
            Column(column.name, column.digest, column.categories) for column in self.derived(moment)
        )

    def raw_columns(self, moment: str) -> tuple[str, ...]:
        """Names of the columns that one row says by itself."""
        return tuple(column.name for column in self.derived(moment) if column.fact)

    @property
    def series(self) -> tuple[Series, ...]:
        """Every series any column reads; where spans differ, the longest is kept."""
        current = [one for moment in self.moments for _, one in self.plan(moment).current]
        return longest([*series_of(self._derived), *current])

    @property
    def fingerprint(self) -> str:
        """Digest over all columns."""
        content = "\n".join(f"{column.name} {column.digest}" for column in self._derived)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def _plan(self, moment: str) -> VectorPlan:
        self.domain.named(moment)
        columns = [column for column in self._derived if moment in column.at]
        asks_customers = not self.domain.moments[moment].event
        return VectorPlan(columns, self._current(columns) if asks_customers else ())

    def _current(self, columns: list[Derived]) -> tuple[tuple[str, Series], ...]:
        """What a question about a customer has to find out first: what it uses now."""
        fields = {
            field: None
            for column in columns
            for one in column.inputs
            if isinstance(one, Read)
            for field in one.series.by
            if field != "customer"
        }
        return tuple((field, self._latest(field)) for field in fields)

    def _latest(self, field: str) -> Series:
        fact = self.domain.all_facts.get(field)
        kinds = self.domain.current_from
        if fact is not None and field not in self.domain.tokens:
            kinds = tuple(kind for kind in kinds if kind in fact.kinds)
        return Series(
            shape="latest",
            by=("customer",),
            events=kinds,
            span=_CURRENT_FOR,
            value=field,
            cap=0,
        )


def other_version(column: Derived) -> Derived:
    """A column of another version of a catalogue, under a name that no column has."""
    return replace(column, name=version_name(column.name, column.digest))


def version_name(name: str, digest: str) -> str:
    """The name of a column of another version."""
    return f"{name}@{digest}"


def series_of(columns: Iterable[Derived]) -> tuple[Series, ...]:
    """The series that columns read, each once."""
    return longest(
        [one.series for column in columns for one in column.inputs if isinstance(one, Read)]
    )


def longest(series: list[Series]) -> tuple[Series, ...]:
    """Each series once; where spans differ, the longest."""
    kept: dict[str, Series] = {}
    for one in series:
        known = kept.get(one.digest)
        if known is None or known.span < one.span:
            kept[one.digest] = one
    return tuple(kept.values())
