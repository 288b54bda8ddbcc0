"""When it was seen first and last, and what the newest rows said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from features.fact_types import Value
from features.series import Series
from features.state.shapes.stored import Integers
from features.windows import oldest


class Last:
    """The last time something happened."""

    __slots__ = ("time", "upto")
    EMPTY = None

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


class First:
    """The first time something happened, since it was last silent for longer than the span."""

    __slots__ = ("span", "time", "upto")
    EMPTY = None

    def __init__(self, series: Series, packed: Sequence[Any] = (0, None)) -> None:
        self.span = series.span
        self.upto: int = packed[0]
        self.time: int | None = packed[1]

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Happened again; after a long silence as if for the first time."""
        if known_at <= self.upto:
            return
        if self.time is None or known_at - self.upto > self.span:
            self.time = occurred_at
        self.time = min(self.time, occurred_at)
        self.upto = known_at

    def read(self, t: int, arguments: Sequence[int | tuple[int, int]]) -> Integers:
        """Microseconds since, or units of the calendar; unknown after a long silence."""
        time = self.time
        if time is None or t - self.upto > self.span:
            return [None] * len(arguments)
        return [
            t - time if isinstance(one, int) else t // one[1] - time // one[1] for one in arguments
        ]

    def pack(self) -> tuple[Any, ...]:
        """Place and time."""
        return (self.upto, self.time)


class Latest:
    """What the newest row said."""

    __slots__ = ("time", "upto", "value")
    EMPTY = None

    def __init__(self, series: Series, packed: Sequence[Any] = (0, 0, None)) -> None:
        self.upto: int = packed[0]
        self.time: int = packed[1]
        self.value: Value | None = packed[2]

    def fold(self, known_at: int, occurred_at: int, value: Value) -> None:
        """Says something else, or the same again."""
        if known_at > self.upto:
            self.upto, self.time, self.value = known_at, occurred_at, value

    def read(self, t: int, arguments: Sequence[tuple[Any, ...]]) -> Integers:
        """The value or the position of its text; unknown if it happened before the width."""
        return [coded(self.within(t, width), texts) for width, *texts in arguments]

    def within(self, t: int, width: int) -> Value | None:
        """The value as it is, if it happened within the width."""
        return self.value if self.time >= oldest(t, width) else None

    def pack(self) -> tuple[Any, ...]:
        """Place, time and value."""
        return (self.upto, self.time, self.value)


class Run(NamedTuple):
    """Fields of the rows from ``first`` to before ``last``; no texts where all are integers."""

    width: int
    first: int
    last: int
    places: tuple[int, ...]
    texts: tuple[Sequence[str], ...]


class Recent:
    """The newest ``cap`` rows, the newest first."""

    __slots__ = ("_place", "cap", "rows", "upto")
    EMPTY = None

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap = series.cap
        self._place = series.place_in_row
        self.upto: int = packed[0]
        self.rows: list[Sequence[Any]] = [tuple(row) for row in packed[1]]

    def fold(self, known_at: int, occurred_at: int, value: tuple[Value | None, ...]) -> None:
        """Learns one more row."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        self.rows.insert(0, (occurred_at, *value))
        del self.rows[self.cap :]

    def read(self, t: int, arguments: Sequence[tuple[Any, ...]]) -> Integers:
        """Fields of rows; unknown where there is none, or it happened before the width."""
        answers: Integers = []
        for width, first, last, places, texts in runs(self._place, arguments):
            since, rows = oldest(t, width), self.rows[first:last]
            if texts:
                fields = [*zip(places, texts, strict=True)]
                answers += [
                    coded(row[place], known) if row[0] >= since else None
                    for row in rows
                    for place, known in fields
                ]
            else:
                answers += [
                    row[place] if row[0] >= since and isinstance(row[place], int) else None
                    for row in rows
                    for place in places
                ]
            answers += [None] * ((last - first - len(rows)) * len(places))
        return answers

    def pack(self) -> tuple[Any, ...]:
        """Place and rows."""
        return (self.upto, self.rows)


class Runs(tuple[Run, ...]):
    """Rows that follow each other, of which the same is asked."""


def runs(place: Mapping[str, int], arguments: Sequence[tuple[Any, ...]]) -> Runs:
    """The arguments of recent, together where they ask the same of rows one after the other."""
    if isinstance(arguments, Runs):
        return arguments
    found: list[Run] = []
    for (width, row), together in groupby(arguments, key=lambda one: one[:2]):
        asked = [(place[field], texts) for _, _, field, *texts in together]
        known = tuple(texts for _, texts in asked)
        one = Run(width, row, row + 1, tuple(one for one, _ in asked), known if any(known) else ())
        if found and found[-1] == one._replace(first=found[-1].first, last=row):
            one = one._replace(first=found.pop().first)
        found.append(one)
    return Runs(found)


def coded(value: Value | None, texts: Sequence[str]) -> int | None:
    """An integer as it is, a text as its position among the texts that are known."""
    if not texts:
        return value if isinstance(value, int) else None
    return texts.index(value) if value in texts else None
