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
from typing import Literal

Shape = Literal["times", "members", "sums", "last", "days", "matured"]

DEFAULT_CAP = 1024


@dataclass(frozen=True)
class Series:
    """One stored shape.

    ``shape``    times: occurrences; members: distinct values of ``value``; sums: of ``value``
                 in buckets of ``step``; last: the latest occurrence; days: sum of ``value``
                 (or count) per UTC day; matured: customers past ``matures_after`` and how many
                 of them carry a label of ``bad``
    ``by``       field whose value picks the stored object; "" is one object for all
    ``events``   kinds of entry that are folded, if ``where`` holds for their facts
    ``span``     microseconds after which nothing is read any more
    """

    shape: Shape
    by: str
    events: tuple[str, ...]
    span: int
    where: tuple[tuple[str, str | int], ...] = ()
    value: str = ""
    step: int = 1
    cap: int = DEFAULT_CAP
    matures_after: int = 0
    bad: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """Names the series in a store. Widening the span keeps the name."""
        content = (
            self.shape,
            self.by,
            self.events,
            self.where,
            self.value,
            self.step,
            self.cap,
            self.matures_after,
            self.bad,
        )
        return hashlib.sha256(repr(content).encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Read:
    """One integer of a series.

    ``argument`` is a width in microseconds; for days a lag in days, or `FIRST_DAY` for
    the days since the first known one; for matured `MATURED` or `BAD`.
    """

    series: Series
    argument: int


FIRST_DAY = -1
MATURED = 0
BAD = 1
