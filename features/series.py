"""Series: what several signals share, the unit that engines store, fold and read.

A declaration such as "accounts on a device in 10 minutes, a day, a month" is
one series (the members seen per device) read at three widths. An engine knows
series and returns integers; it knows no signals.

    signals ──► series + what to read of it ──► integers ──► formulas ──► vector
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

Shape = Literal[
    "times", "members", "sums", "last", "first", "latest", "recent", "days", "novel", "matured",
    "linked",
]  # fmt: skip
Condition = tuple[tuple[str, tuple[str | int, ...]], ...]
Argument = int | tuple[Any, ...]

DEFAULT_CAP = 1024


@dataclass(frozen=True)
class Series:
    """One stored shape.

    ``shape``    times: occurrences; members: distinct values of ``value``; sums: of ``value``
                 in buckets of ``step``; last, first: when it was seen; latest: ``value`` of the
                 newest row; recent: ``fields`` of the newest ``cap`` rows; days: sum of
                 ``value`` (or count) per UTC day; novel: on which UTC days each ``value`` was
                 seen; matured: customers past ``delay`` and how many of them carry a label of
                 ``bad``; linked: customers with such a label, by what they have used
    ``by``       fields whose values pick the stored object; none is one object for all
    ``events``   kinds of entry that are folded, if ``where`` holds for their facts
    ``span``     microseconds after which nothing is read any more
    ``delay``    of matured: microseconds until a customer enters; of linked: for how long
                 before a label a use of something counts
    """

    shape: Shape
    by: tuple[str, ...]
    events: tuple[str, ...]
    span: int
    where: Condition = ()
    value: str = ""
    fields: tuple[str, ...] = ()
    step: int = 1
    cap: int = DEFAULT_CAP
    delay: int = 0
    bad: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Names the series in a store. Widening the span keeps the name, where it may."""
        content = (
            self.shape,
            self.by,
            self.events,
            self.span if self.shape == "first" else 0,
            self.where,
            self.value,
            self.fields,
            self.step,
            self.cap,
            self.delay,
            self.bad,
        )
        return hashlib.sha256(repr(content).encode()).hexdigest()[:10]

    @cached_property
    def anchors(self) -> str:
        """Names what customers contributed to the series in a store."""
        return self.digest + "-anchors"

    @cached_property
    def place_in_row(self) -> dict[str, int]:
        """Where each of the ``fields`` stands in a row of recent, behind when it occurred."""
        return {name: place for place, name in enumerate(self.fields, start=1)}

    @cached_property
    def of_labels(self) -> bool:
        """Whether labels are counted, whose recency is when they became known."""
        return self.events == ("label",)


@dataclass(frozen=True)
class Read:
    """One integer of a series.

    ``argument`` is a width in microseconds. For first also (width, unit): then units of the
    calendar; for latest (width, texts), whose positions are answered, no texts for integers;
    for recent (width, row, field, texts), the newest row first; for days (from, to) in days
    ago, today being 0; for novel (from, to, all), unknown where as many members as the cap
    were seen in the last ``all`` days; for matured (days, `MATURED` or `BAD`).
    """

    series: Series
    argument: Argument


@dataclass(frozen=True)
class Asked:
    """What the event asked about says itself; a text is its position in ``categories``."""

    field: str
    categories: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Now:
    """The time of the question, in microseconds."""


Input = Read | Asked | Now

MATURED = 0
BAD = 1
