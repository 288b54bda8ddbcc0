"""`Daily`: integers per UTC day, and what was new in one stretch of days and not before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from features.declaration.base import OnSeries, Scope, check_field, formula_of
from features.derived import Derived
from features.durations import DAY, days
from features.errors import InvalidDeclaration
from features.formulas import Floats
from features.formulas.counts import difference
from features.series import DEFAULT_CAP, Read, Series

MOST_DAYS = 800
_REMEMBERED = days(3650)


@dataclass(frozen=True, kw_only=True)
class Daily(OnSeries):
    """Sums per UTC day of ``sum``, or counts of events, over stretches of days.

    ``days`` hands the formula that many single days, today first; ``spans`` instead
    hands it the sum from so many days ago up to, not including, so many: (0, 7) is today
    and the six days before. Without a formula each span is a column. With
    ``from_first_day`` the formula's last input is the number of days since the first
    known one. ``new="region"`` with spans (0, 7) and (7, 37) counts the different regions
    seen in the first stretch and not in the second.
    """

    sum: str = ""
    new: str = ""
    days: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    formula: Callable[..., Floats] | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    from_first_day: bool = False
    cap: int = DEFAULT_CAP

    @property
    def stretches(self) -> tuple[tuple[int, int], ...]:
        """The stretches of days that are read."""
        return self.spans or tuple((lag, lag + 1) for lag in range(self.days))

    def series(self) -> Series:
        """Where the days are read; a day more than is asked for, as today is not over."""
        return Series(
            shape="novel" if self.new else "days",
            by=self.fields,
            events=self.kinds,
            span=(max(end for _, end in self.stretches) + 1) * DAY,
            where=self.condition,
            value=self.new or self.sum,
            cap=self.cap if self.new else 0,
        )

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column, or one per span."""
        series = self.series()
        if self.new:
            (start, middle), (_, end) = self.spans
            both = (Read(series, (start, end, end)), Read(series, (middle, end, end)))
            yield self.column(name, name, scope, both, formula_of(difference, {}))
        elif self.formula is None:
            for start, end in self.spans:
                column = f"{name}_{end}d" if start == 0 else f"{name}_{start}d_{end}d"
                yield self.column(column, name, scope, (Read(series, (start, end)),))
        else:
            reads = tuple(Read(series, stretch) for stretch in self.stretches)
            first = (Read(self._first(), (_REMEMBERED, DAY)),) * self.from_first_day
            formula = formula_of(self.formula, self.parameters)
            yield self.column(name, name, scope, reads + first, formula)

    def _first(self) -> Series:
        """When it was seen first."""
        return Series(
            shape="first",
            by=self.fields,
            events=self.kinds,
            span=_REMEMBERED,
            where=self.condition,
            cap=0,
        )

    def described(self) -> str:
        """What is added up over which days."""
        if self.new:
            (start, middle), (_, end) = self.spans
            return (
                f"{self.new} seen {start} to {middle} days ago and not {middle} to {end} days "
                f"ago: {self.counted()}"
            )
        what = f"sum of {self.sum}" if self.sum else "number"
        days = ", ".join(f"{a} to {b}" for a, b in self.spans) or f"the last {self.days}"
        done = "" if self.formula is None else f"{self.formula.__name__.replace('_', ' ')} of the "
        return f"{done}{what} per UTC day: {self.counted()}, {days} days ago"

    def check(self, name: str, scope: Scope) -> None:
        """Days or spans, of integers."""
        super().check(name, scope)
        if bool(self.days) == bool(self.spans):
            raise InvalidDeclaration(f"{name} needs either days=28 or spans=((0, 7), (7, 35))")
        if any(not 0 <= start < end <= MOST_DAYS for start, end in self.stretches):
            raise InvalidDeclaration(
                f"{name} has spans that do not go back from (0, ...) to at most {MOST_DAYS} days"
            )
        if self.new:
            spans = self.spans
            if len(spans) != 2 or spans[0][1] != spans[1][0] or self.formula or self.sum:
                raise InvalidDeclaration(
                    f"{name} counts what is new: write two spans that meet, ((0, 7), (7, 37)), "
                    "and neither sum nor formula"
                )
            check_field(name, self.new, self.kinds, scope)
        elif self.sum:
            check_field(name, self.sum, self.kinds, scope, integer=True)
        if self.days and self.formula is None:
            raise InvalidDeclaration(f"{name} has days and no formula: write spans, or a formula")
