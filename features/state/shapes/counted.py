"""Counts and sums: what happened how often, to how many, and how much it came to."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any

from features.fact_types import Value
from features.series import Series
from features.state.shapes.stored import Integers
from features.windows import bucket_start, last_instant_of_bucket, oldest


class Times:
    """When something happened: the newest ``cap`` times, sorted."""

    __slots__ = ("cap", "span", "times", "upto")
    EMPTY = 0

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


_FEW = 8  # members that are looked through one by one


class Members:
    """Which different values were seen, each with its last time: the newest ``cap``.

    Most tokens have few: only many members are looked up in a dictionary, ``last``.
    """

    __slots__ = ("cap", "last", "order", "span", "upto")
    EMPTY = 0

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap, self.span = series.cap, series.span
        self.upto: int = packed[0]
        self.order: list[tuple[int, str]] = list(map(tuple, packed[1]))
        self.last: dict[str, int] | None = None

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Sees a member once more."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        member, order = str(value), self.order
        if order and order[-1][1] == member:
            self._newest_again(occurred_at, member)
        else:
            self._other(occurred_at, member)
        if len(order) > self.cap or order[0][0] < oldest(known_at, self.span):
            self._let_go(known_at)

    def _newest_again(self, occurred_at: int, member: str) -> None:
        if self.order[-1][0] < occurred_at:
            self.order[-1] = (occurred_at, member)
            if self.last is not None:
                self.last[member] = occurred_at

    def _other(self, occurred_at: int, member: str) -> None:
        order = self.order
        if self.last is None and len(order) > _FEW:
            self.last = {one: time for time, one in order}
        last = self.last
        before = self._among_few(member) if last is None else last.get(member)
        if before is None or before < occurred_at:
            if before is not None:
                del order[bisect_left(order, (before, member))]
            insort(order, (occurred_at, member))
            if last is not None:
                last[member] = occurred_at

    def _let_go(self, known_at: int) -> None:
        order = self.order
        gone = bisect_left(order, (oldest(known_at, self.span),))
        gone = max(gone, len(order) - self.cap)
        if self.last is not None:
            for _, left in order[:gone]:
                del self.last[left]
        del order[:gone]

    def _among_few(self, member: str) -> int | None:
        for time, one in self.order:
            if one == member:
                return time
        return None

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """How many different members were seen within each width."""
        order, count = self.order, len(self.order)
        if count == 1:
            return [int(order[0][0] >= oldest(t, width)) for width in arguments]
        return [count - bisect_left(order, (oldest(t, width),)) for width in arguments]

    def pack(self) -> tuple[Any, ...]:
        """Place and members in order of time."""
        return (self.upto, self.order)


class Sums:
    """Sums in buckets of ``step``."""

    __slots__ = ("buckets", "span", "step", "upto")
    EMPTY = 0

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
