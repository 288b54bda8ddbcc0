"""Shapes: one small class per shape of series, folded in the ledger's order.

Every shape remembers the place up to which it has been folded and ignores what
it has seen, so that folding an event twice changes nothing. Reads are asked at
times that only grow; what no later read can see is dropped while folding.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any, Protocol

from features.durations import DAY
from features.fact_types import Value
from features.series import FIRST_DAY, Series
from features.windows import bucket_start, last_instant_of_bucket, oldest

Integers = list[int | None]


class Stored(Protocol):
    """What a store keeps for one value of ``by``."""

    upto: int

    def read(self, t: int, arguments: Sequence[int]) -> Sequence[int | None]:
        """The integers at ``t``, one per argument."""

    def pack(self) -> tuple[Any, ...]:
        """Plain values that `unpack` of the same shape understands."""


class Times:
    """When something happened: the newest ``cap`` times, sorted."""

    __slots__ = ("cap", "span", "times", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap, self.span = series.cap, series.span
        self.upto: int = packed[0]
        self.times: list[int] = list(packed[1])

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Adds one occurrence."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        times = self.times
        insort(times, occurred_at)
        gone = bisect_left(times, oldest(known_at, self.span))
        del times[: max(gone, len(times) - self.cap)]

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """How many happened within each width."""
        times = self.times
        return [len(times) - bisect_left(times, oldest(t, width)) for width in arguments]

    def pack(self) -> tuple[Any, ...]:
        """Place and times."""
        return (self.upto, self.times)


class Members:
    """Which different values were seen, each with its last time: the newest ``cap``."""

    __slots__ = ("cap", "last", "order", "span", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap, self.span = series.cap, series.span
        self.upto: int = packed[0]
        self.order: list[tuple[int, str]] = [(time, member) for time, member in packed[1]]
        self.last: dict[str, int] = {member: time for time, member in self.order}

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Sees a member once more."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        member, order = str(value), self.order
        before = self.last.get(member)
        if before is None or before < occurred_at:
            if before is not None:
                del order[bisect_left(order, (before, member))]
            insort(order, (occurred_at, member))
            self.last[member] = occurred_at
        gone = bisect_left(order, (oldest(known_at, self.span),))
        for _, left in order[: (gone := max(gone, len(order) - self.cap))]:
            del self.last[left]
        del order[:gone]

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """How many different members were seen within each width."""
        order = self.order
        return [len(order) - bisect_left(order, (oldest(t, width),)) for width in arguments]

    def pack(self) -> tuple[Any, ...]:
        """Place and members in order of time."""
        return (self.upto, self.order)


class Sums:
    """Sums in buckets of ``step``."""

    __slots__ = ("buckets", "span", "step", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.step, self.span = series.step, series.span
        self.upto: int = packed[0]
        self.buckets: dict[int, int] = dict(packed[1])

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Adds an amount."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        start = bucket_start(occurred_at, self.step)
        if start not in self.buckets:
            gone = [old for old in self.buckets if self._left(old, known_at, self.span)]
            for old in gone:
                del self.buckets[old]
        self.buckets[start] = self.buckets.get(start, 0) + int(value)

    def _left(self, start: int, t: int, width: int) -> bool:
        return last_instant_of_bucket(start, self.step, width) < t

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """The sum within each width, to the end of the oldest bucket's stay."""
        return [
            sum(amount for start, amount in self.buckets.items() if not self._left(start, t, width))
            for width in arguments
        ]

    def pack(self) -> tuple[Any, ...]:
        """Place and buckets."""
        return (self.upto, list(self.buckets.items()))


class Last:
    """The last time something happened."""

    __slots__ = ("time", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, None)) -> None:
        self.upto: int = packed[0]
        self.time: int | None = packed[1]

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Happened again."""
        if known_at > self.upto:
            self.upto = known_at
            self.time = occurred_at if self.time is None else max(self.time, occurred_at)

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """Microseconds since, unknown if longer ago than the width."""
        time = self.time
        return [
            None if time is None or time < oldest(t, width) else t - time for width in arguments
        ]

    def pack(self) -> tuple[Any, ...]:
        """Place and time."""
        return (self.upto, self.time)


class Days:
    """Sums per UTC day, and the first day there was."""

    __slots__ = ("first", "span", "sums", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, None, ())) -> None:
        self.span = series.span
        self.upto: int = packed[0]
        self.first: int | None = packed[1]
        self.sums: dict[int, int] = dict(packed[2])

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Adds an amount to its day."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        day = occurred_at // DAY
        self.first = day if self.first is None else min(self.first, day)
        if day not in self.sums:
            kept = (known_at - self.span) // DAY
            self.sums = {old: amount for old, amount in self.sums.items() if old >= kept}
        self.sums[day] = self.sums.get(day, 0) + int(value)

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """The sum of each lag's day, 0 where there was none; `FIRST_DAY` gives days since then."""
        today, sums = t // DAY, self.sums
        since = None if self.first is None else today - self.first
        return [since if lag == FIRST_DAY else sums.get(today - lag, 0) for lag in arguments]

    def pack(self) -> tuple[Any, ...]:
        """Place, first day and days."""
        return (self.upto, self.first, list(self.sums.items()))


SHAPES: dict[str, type[Times | Members | Sums | Last | Days]] = {
    "times": Times,
    "members": Members,
    "sums": Sums,
    "last": Last,
    "days": Days,
}
