"""Days: what each UTC day came to, and which values were seen on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.durations import DAY
from features.fact_types import Value
from features.series import Series
from features.state.shapes.stored import Integers


class Days:
    """Sums per UTC day."""

    __slots__ = ("span", "sums", "upto")
    EMPTY = 0

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.span = series.span
        self.upto: int = packed[0]
        self.sums: dict[int, int] = dict(packed[1])

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Adds an amount to its day."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        day = occurred_at // DAY
        if day not in self.sums:
            kept = (known_at - self.span) // DAY
            self.sums = {old: amount for old, amount in self.sums.items() if old >= kept}
        self.sums[day] = self.sums.get(day, 0) + int(value)

    def read(self, t: int, arguments: Sequence[tuple[int, int]]) -> Integers:
        """The sum from so many days ago up to, not including, so many; 0 where there was none."""
        today, sums = t // DAY, self.sums
        return [
            sums.get(today - start, 0)
            if end - start == 1
            else sum([sums.get(day, 0) for day in range(today - end + 1, today - start + 1)])
            for start, end in arguments
        ]

    def pack(self) -> tuple[Any, ...]:
        """Place and days."""
        return (self.upto, list(self.sums.items()))


class Novel:
    """On which UTC days each value was seen: the ``cap`` values seen last."""

    __slots__ = ("cap", "days", "span", "upto")
    EMPTY = 0

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap, self.span = series.cap, series.span
        self.upto: int = packed[0]
        self.days: dict[str, list[int]] = {member: list(days) for member, days in packed[1]}

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Sees a value on a day."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        day, kept = occurred_at // DAY, (known_at - self.span) // DAY
        seen = self.days.get(str(value), [])
        if day in seen:
            return
        self.days[str(value)] = [old for old in (*seen, day) if old >= kept]
        self.days = {one: days for one, days in self.days.items() if max(days, default=-1) >= kept}
        while len(self.days) > self.cap:
            del self.days[min(self.days, key=lambda one: (max(self.days[one]), one))]

    def read(self, t: int, arguments: Sequence[tuple[int, int, int]]) -> Integers:
        """How many values were seen in a stretch of days, unless there were too many in all."""
        today = t // DAY
        return [
            None if self._count(today, 0, whole) >= self.cap else self._count(today, start, end)
            for start, end, whole in arguments
        ]

    def _count(self, today: int, start: int, end: int) -> int:
        return sum(any(start <= today - day < end for day in days) for days in self.days.values())

    def pack(self) -> tuple[Any, ...]:
        """Place and days by value."""
        return (self.upto, list(self.days.items()))
