"""A catalogue: declarations under their names, checked together and compiled to columns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from features.contract import Column
from features.declaration import MOMENTS, Daily, Declaration, Fact, OnSeries, Ratio, Window
from features.derived import Derived
from features.errors import InvalidDeclaration
from features.events import EVENT_KINDS
from features.fact_types import FACTS
from features.series import Series
from features.tokens import TOKEN_KINDS
from features.vector import VectorPlan

ATTRIBUTE = "attribute_"
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FIELDS = frozenset(("customer", "reseller", *TOKEN_KINDS, *FACTS))
_WHAT_IT_MAY_READ = "write a token, a fact, customer or reseller (features/facts.py lists them)"


class Catalogue:
    """Signals under their names.

    >>> from features.durations import days
    >>> catalogue = Catalogue({"accounts_on_device": Window(
    ...     count="customer", distinct=True, by="device", events="signup",
    ...     over=(days(1),), why="A farm, not a customer.")})
    >>> [column.name for column in catalogue.columns("signup")]
    ['accounts_on_device_24h']

    Raises `InvalidDeclaration` with what to write instead.
    """

    def __init__(self, declarations: Mapping[str, Declaration]) -> None:
        self.declarations = dict(declarations)
        for name, declaration in self.declarations.items():
            _check(name, declaration)
        derived = [
            column
            for name, declaration in self.declarations.items()
            for column in declaration.derive(name, self.declarations)
        ]
        seen: set[str] = set()
        for column in derived:
            if column.name in seen:
                raise InvalidDeclaration(f"two signals are called {column.name}: rename one")
            seen.add(column.name)
        self._derived = tuple(derived)
        self.plan = cache(self._plan)

    @classmethod
    def collect(cls, namespace: Mapping[str, Any]) -> Catalogue:
        """The catalogue of all declarations in a module or notebook (``globals()``)."""
        return cls(
            {
                name: value
                for name, value in namespace.items()
                if isinstance(value, Declaration) and not name.startswith("_")
            }
        )

    def with_attributes(self, attributes: Mapping[str, tuple[str, ...] | None]) -> Catalogue:
        """This catalogue and a column ``attribute_<name>`` for each free attribute.

        None is a number, a tuple the texts it may be.
        """
        added = {
            f"{ATTRIBUTE}{name}": Fact(
                of=f"attributes.{name}",
                categories=categories,
                at=("signup", "payment"),
                why="Sent by the caller as a free attribute.",
            )
            for name, categories in attributes.items()
        }
        return Catalogue({**self.declarations, **added})

    def derived(self, moment: str) -> tuple[Derived, ...]:
        """The columns of a moment with all that is known of them."""
        return self.plan(moment).columns

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
        longest: dict[str, Series] = {}
        for column in self._derived:
            for read in column.reads:
                known = longest.get(read.series.digest)
                if known is None or known.span < read.series.span:
                    longest[read.series.digest] = read.series
        return tuple(longest.values())

    @property
    def fingerprint(self) -> str:
        """Digest over all columns."""
        content = "\n".join(f"{column.name} {column.digest}" for column in self._derived)
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def _plan(self, moment: str) -> VectorPlan:
        if moment not in MOMENTS:
            raise InvalidDeclaration(f"there is no moment {moment}: write one of {MOMENTS}")
        return VectorPlan([column for column in self._derived if moment in column.at])


def _check(name: str, declaration: Declaration) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidDeclaration(f"{name!r} is no name: write small letters, digits and _")
    if not declaration.why.strip():
        raise InvalidDeclaration(f'{name} gives no reason to exist: write why="..."')
    strange = set(declaration.at) - set(MOMENTS)
    if strange or not declaration.at:
        raise InvalidDeclaration(
            f"{name} is declared at {sorted(strange)}: write some of {MOMENTS}"
        )
    if isinstance(declaration, Fact):
        _check_fact(name, declaration)
    elif isinstance(declaration, OnSeries):
        _check_series(name, declaration)
    elif not isinstance(declaration, Ratio):
        raise InvalidDeclaration(f"{name} is of no known kind of signal")


def _check_fact(name: str, fact: Fact) -> None:
    if fact.of.startswith("attributes."):
        return
    if fact.of not in FACTS:
        raise InvalidDeclaration(f"{name} names the unknown fact {fact.of}: {_WHAT_IT_MAY_READ}")
    missing = [moment for moment in fact.at if moment not in FACTS[fact.of].kinds]
    if missing:
        raise InvalidDeclaration(
            f"{name} asks for {fact.of} at {missing[0]}, where no event says it yet: "
            f"declare it at=({', '.join(repr(k) for k in FACTS[fact.of].kinds if k in MOMENTS)},)"
        )
    if (FACTS[fact.of].type is str) != (fact.categories is not None):
        wanted = "needs categories=(...)" if FACTS[fact.of].type is str else "takes no categories"
        raise InvalidDeclaration(f"{name}: the fact {fact.of} {wanted}")


def _check_series(name: str, declaration: OnSeries) -> None:
    unknown_kinds = set(declaration.kinds) - set(EVENT_KINDS)
    if unknown_kinds or not declaration.kinds:
        raise InvalidDeclaration(
            f"{name} counts {sorted(unknown_kinds)}: write some of {', '.join(EVENT_KINDS)}"
        )
    for used in (declaration.by, *declaration.where):
        if used not in _FIELDS:
            raise InvalidDeclaration(
                f"{name} names the unknown field {used!r}: {_WHAT_IT_MAY_READ}"
            )
    if "checkup" in declaration.at and len(declaration.at) == 1 and declaration.by != "customer":
        raise InvalidDeclaration(
            f"{name} is asked at a checkup by {declaration.by}, which a checkup does not know: "
            'write by="customer"'
        )
    if isinstance(declaration, Window):
        _check_window(name, declaration)
    elif isinstance(declaration, Daily) and (
        declaration.sum not in FACTS or FACTS[declaration.sum].type is not int
    ):
        raise InvalidDeclaration(f"{name} sums a fact that is no integer")


def _check_window(name: str, window: Window) -> None:
    if bool(window.count) == bool(window.sum):
        raise InvalidDeclaration(f'{name} needs either count="events" or a field, or sum="..."')
    if not window.over or any(width <= 0 for width in window.over):
        raise InvalidDeclaration(f"{name} needs widths above zero: write over=(hours(24),)")
    if window.distinct and window.count not in _FIELDS:
        raise InvalidDeclaration(f"{name} counts distinct {window.count!r}: {_WHAT_IT_MAY_READ}")
    if not window.distinct and not window.sum and window.count != "events":
        raise InvalidDeclaration(
            f'{name} counts {window.count!r} without distinct=True: write count="events"'
        )
    if window.sum and (window.sum not in FACTS or FACTS[window.sum].type is not int):
        raise InvalidDeclaration(
            f"{name} sums {window.sum!r}, which is no integer fact: engines add integers only"
        )
