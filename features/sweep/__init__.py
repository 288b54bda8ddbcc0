"""Interval sweeps: the SQL that answers many series for many questions at once.

    contributions        (known_at ─────────── last instant]
    of one token              +1                   -1
                     ─────────┬────────────────────┬─────────► time
    questions           ?          ?          ?          ?
    running sum         0          1          1          0

An event contributes on the half-open interval that `features.windows` gives. Starts, ends
and questions are marks on one line; they are put in one order (at equal times questions
come first) and a running sum answers every question in O(n log n), however hot the
token and however late the events. A running maximum gives what was last.

All series and widths with the same ``by`` are answered by one statement over one sort; only
single days, of which a baseline needs many, have their own. Only
integers, only plain SQL: the text runs unchanged on DuckDB and on Spark. It reads the
tables ``entries`` (a column per field) and ``questions`` (``q``, ``t`` and a column per field).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from features.series import Argument, Series
from features.sweep.days import days_one_by_one, single
from features.sweep.labels import linked, matured
from features.sweep.line import Line
from features.sweep.members import members, novel
from features.sweep.plain import plain
from features.sweep.rows import rows

Block = tuple[Series, Sequence[Argument]]
#: Kinds of event that machines write: many times as many as people make. They have a line of
#: their own, so that their marks do not carry the columns of all others.
_MACHINE_MADE = frozenset(("usage", "activity"))
_SOURCES = {
    "members": members,
    "novel": novel,
    "matured": matured,
    "linked": linked,
    "first": rows,
    "latest": rows,
    "recent": rows,
}


class Statement(NamedTuple):
    """A query with the columns ``q`` and ``v0``, ``v1``, ..., and which read each one answers."""

    sql: str
    reads: tuple[tuple[str, Argument], ...]


def statements(blocks: Iterable[Block]) -> Iterator[Statement]:
    """The queries that answer all blocks, one for each ``by``."""
    groups: dict[tuple[tuple[str, ...], str], list[Block]] = {}
    for series, arguments in blocks:
        by_day = single(series, arguments)
        if by_day:
            yield Statement(
                days_one_by_one(series, by_day), tuple((series.digest, one) for one in by_day)
            )
        rest = [one for one in arguments if one not in by_day]
        if rest:
            alone = series.digest if _MACHINE_MADE & set(series.events) else ""
            groups.setdefault((series.by, alone), []).append((series, rest))
    for (by, _), group in groups.items():
        line = Line(by)
        plain(line, [block for block in group if block[0].shape not in _SOURCES])
        for shape, add in _SOURCES.items():
            if held := [block for block in group if block[0].shape == shape]:
                add(line, held)
        yield Statement(line.sql(), tuple(line.reads))
