"""Declarations: a signal is a frozen value that says what it is and why it exists.

Everything else follows from it: column names, online reads, SQL, retention,
documentation, the contract of every model that uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from features.derived import Derived
from features.durations import DAY, short
from features.errors import InvalidDeclaration
from features.formulas import Floats, share, smoothed_rate
from features.series import BAD, DEFAULT_CAP, FIRST_DAY, MATURED, Read, Series, Shape

MOMENTS: tuple[str, ...] = ("signup", "payment", "checkup")


@dataclass(frozen=True, kw_only=True)
class Declaration(ABC):
    """What every declaration says: the reason to exist, and where it may exist."""

    why: str
    at: tuple[str, ...] = MOMENTS

    @abstractmethod
    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """The columns of this declaration under its name."""


@dataclass(frozen=True, kw_only=True)
class Fact(Declaration):
    """What the event asked about says by itself.

    ``of`` names the fact (`features.facts.FACTS`) or an attribute, ``attributes.x``.
    Texts need their ``categories``: a text is its position there, another is unknown.
    """

    of: str
    categories: tuple[str, ...] | None = None

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """One column."""
        yield Derived(
            name=name,
            why=self.why,
            at=self.at,
            family="fact",
            definition=f"fact {self.of}",
            fact=self.of,
            categories=self.categories,
        )


@dataclass(frozen=True, kw_only=True)
class OnSeries(Declaration):
    """A declaration that reads what other events left: which ones, and by what they are grouped."""

    by: str
    events: str | tuple[str, ...]
    where: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entry that count."""
        return (self.events,) if isinstance(self.events, str) else tuple(self.events)

    @property
    def condition(self) -> tuple[tuple[str, str | int], ...]:
        """``where`` in a fixed order."""
        return tuple(sorted(self.where.items()))

    def described(self) -> str:
        """Which events, in words."""
        kinds = " or ".join(self.kinds)
        held = "".join(f" with {name} {value}" for name, value in self.condition)
        return f"{kinds}{held} by {self.by}"


@dataclass(frozen=True, kw_only=True)
class Window(OnSeries):
    """Count, distinct count or sum over the last so-and-so long, one column per width.

    ``count="events"`` counts occurrences; ``count="customer", distinct=True`` counts
    different customers; ``sum="amount"`` adds in buckets of ``step``. A count stops
    at ``cap``.

    >>> from features.durations import days
    >>> window = Window(count="customer", distinct=True, by="device", events="signup",
    ...                 over=(days(1), days(30)), why="A farm, not a customer.")
    >>> [column.name for column in window.derive("accounts_on_device", {})]
    ['accounts_on_device_24h', 'accounts_on_device_30d']
    """

    over: tuple[int, ...]
    count: str = ""
    distinct: bool = False
    sum: str = ""
    step: int = 60_000_000
    cap: int = DEFAULT_CAP

    def series(self) -> Series:
        """Where the window is read."""
        shape: Shape = "sums" if self.sum else "members" if self.distinct else "times"
        return Series(
            shape=shape,
            by=self.by,
            events=self.kinds,
            span=max(self.over),
            where=self.condition,
            value=self.sum or (self.count if self.distinct else ""),
            step=self.step if self.sum else 1,
            cap=0 if self.sum else self.cap,
        )

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """One column per width."""
        series = self.series()
        what = f"sum of {self.sum}" if self.sum else f"distinct {self.count}" * self.distinct
        for width in self.over:
            yield Derived(
                name=f"{name}_{short(width)}",
                why=self.why,
                at=self.at,
                family="velocity",
                definition=f"{what or 'count'} of {self.described()} in {width} µs {series.digest}",
                reads=(Read(series, width),),
            )


@dataclass(frozen=True, kw_only=True)
class Since(OnSeries):
    """How long ago it last happened, in ``unit``; unknown if not within ``over``."""

    over: int
    unit: int

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """One column."""
        series = Series(
            shape="last", by=self.by, events=self.kinds, span=self.over, where=self.condition
        )
        yield Derived(
            name=name,
            why=self.why,
            at=self.at,
            family="history",
            definition=f"time since {self.described()} within {self.over} µs in {self.unit} µs",
            reads=(Read(series, self.over),),
            formula=partial(_in_units, unit=float(self.unit)),
        )


@dataclass(frozen=True, kw_only=True)
class Daily(OnSeries):
    """A formula over the sums of the last so many UTC days, today first.

    With ``from_first_day`` the formula's last input is the number of days since the
    first known one.
    """

    sum: str
    days: int
    formula: Callable[..., Floats]
    parameters: Mapping[str, float] = field(default_factory=dict)
    from_first_day: bool = False

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """One column."""
        series = Series(
            shape="days",
            by=self.by,
            events=self.kinds,
            span=(self.days + 1) * DAY,
            where=self.condition,
            value=self.sum,
        )
        lags = (*range(self.days), *((FIRST_DAY,) * self.from_first_day))
        parameters = dict(sorted(self.parameters.items()))
        yield Derived(
            name=name,
            why=self.why,
            at=self.at,
            family="spike",
            definition=f"{self.formula.__name__}{parameters} of the sum of {self.sum} of "
            f"{self.described()} on {self.days} days {series.digest}",
            reads=tuple(Read(series, lag) for lag in lags),
            formula=partial(self.formula, **parameters),
        )


@dataclass(frozen=True, kw_only=True)
class Rate(OnSeries):
    """Smoothed share of bad customers among those whose labels have matured.

    A customer enters ``matures_after`` its first event, and counts for ``over``;
    ``weight`` customers' worth of the overall share is mixed in.
    """

    bad: tuple[str, ...]
    matures_after: int
    over: int
    weight: float = 50.0

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """The rate, and beside it the number of customers it rests on."""
        here, everywhere = (
            Series(
                shape="matured",
                by=by,
                events=self.kinds,
                span=self.over,
                where=self.condition,
                matures_after=self.matures_after,
                bad=self.bad,
            )
            for by in (self.by, "")
        )
        definition = f"{self.bad} of {self.described()} after {self.matures_after} µs, {self.over}"
        yield Derived(
            name=name,
            why=self.why,
            at=self.at,
            family="rate",
            definition=f"share of {definition} weight {self.weight}",
            reads=tuple(
                Read(series, part) for series in (here, everywhere) for part in (MATURED, BAD)
            ),
            formula=partial(smoothed_rate, weight=self.weight),
        )
        yield Derived(
            name=f"{name}_customers",
            why=f"How many customers {name} rests on.",
            at=self.at,
            family="rate",
            definition=f"number of {definition}",
            reads=(Read(here, MATURED),),
        )


@dataclass(frozen=True, kw_only=True)
class Ratio(Declaration):
    """One column over another, both counts of this catalogue; unknown when saturated."""

    of: str
    to: str

    def derive(self, name: str, catalogue: Mapping[str, Declaration]) -> Iterator[Derived]:
        """One column."""
        columns = {
            column.name: column
            for other, declaration in catalogue.items()
            if isinstance(declaration, Window)
            for column in declaration.derive(other, catalogue)
        }
        parts = []
        for part in (self.of, self.to):
            if part not in columns:
                raise InvalidDeclaration(
                    f"the ratio {name} names {part}, which is no window of this catalogue: "
                    "write a window's column, such as accounts_on_device_24h"
                )
            parts.append(columns[part].reads[0])
        yield Derived(
            name=name,
            why=self.why,
            at=self.at,
            family="ratio",
            definition=f"{columns[self.of].definition} over {columns[self.to].definition}",
            reads=tuple(parts),
            formula=partial(share, cap=float(min(part.series.cap or 2**53 for part in parts))),
        )


def _in_units(elapsed: Floats, unit: float) -> Floats:
    return elapsed[:, 0] / unit
