"""Different members: intervals of one member are joined first, so that each counts once.

    rows of a member   ├────────┤
                            ├──────────┤        ├─────┤
    joined             ├───────────────┤        ├─────┤

``reach`` is how far a member's rows last, up to this one. A row known after the reach of
those before it starts an interval; one after whose reach the next row becomes known ends it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.series import Series
from features.sweep.line import (
    END,
    START,
    Line,
    Mark,
    belongs,
    contributions,
    has_token,
    text,
    token,
)
from features.windows import (
    instant_before_days_sql,
    last_instant_of_days_sql,
    last_instant_sql,
)


def members(line: Line, blocks: Sequence[tuple[Series, Sequence[Any]]]) -> None:
    """All series that count the same members are joined in one sort."""
    by_member: dict[str, list[tuple[Series, Sequence[int]]]] = {}
    for series, arguments in blocks:
        by_member.setdefault(series.value, []).append((series, arguments))
    for member, held in by_member.items():
        _joined(line, member, held)


def _joined(line: Line, member: str, blocks: Sequence[tuple[Series, Sequence[int]]]) -> None:
    reads = [(series, width) for series, widths in blocks for width in widths]
    ends = ", ".join(
        f"CASE WHEN {belongs(series)} AND known_at < {last_instant_sql(width)} "
        f"THEN {last_instant_sql(width)} END AS e{n}"
        for n, (series, width) in enumerate(reads)
    )
    wanted = " OR ".join(f"({belongs(series)})" for series, _ in blocks)
    rows = (
        f"SELECT {token(line.by)} AS token, {text(member)} AS member, known_at, {ends} "
        f"FROM entries WHERE {has_token(line.by)} AND ({wanted})"
    )
    sums = [line.sum() for _ in reads]
    line.add(_reaching(rows, len(reads)), _marks(sums))
    for (series, width), place in zip(reads, sums, strict=True):
        line.answer(series, width, f"LEAST(r{place}, {series.cap})")


def _reaching(rows: str, count: int) -> str:
    """Rows with, per end, the reach before them (``b``) and with them (``p``), and the next row."""
    before = "PARTITION BY token, member ORDER BY known_at ROWS BETWEEN UNBOUNDED PRECEDING AND "
    reaches = ", ".join(f"MAX(e{n}) OVER w AS b{n}" for n in range(count))
    with_it = ", ".join(
        f"CASE WHEN b{n} IS NULL OR e{n} > b{n} THEN e{n} ELSE b{n} END AS p{n}"
        for n in range(count)
    )
    ends = ", ".join(f"e{n}, b{n}" for n in range(count))
    return (
        f"SELECT token, known_at, following, {ends}, {with_it} FROM ("
        f"SELECT *, {reaches}, LEAD(known_at) OVER (PARTITION BY token, member ORDER BY known_at) "
        f"AS following FROM ({rows}) AS ended WINDOW w AS ({before}1 PRECEDING)) AS reached"
    )


def _marks(sums: Sequence[int]) -> list[Mark]:
    """One start for all widths, and an end for each."""
    starts = [f"e{n} IS NOT NULL AND (b{n} IS NULL OR known_at > b{n})" for n in range(len(sums))]
    adds = {
        place: f"CASE WHEN {start} THEN 1 ELSE 0 END"
        for place, start in zip(sums, starts, strict=True)
    }
    any_starts = " OR ".join(f"({start})" for start in starts)
    return [
        Mark("known_at", START, any_starts, adds, {}),
        *(
            Mark(
                f"p{n}",
                END,
                f"p{n} >= known_at AND (following IS NULL OR following > p{n})",
                {place: "-1"},
                {},
            )
            for n, place in enumerate(sums)
        ),
    ]


def novel(line: Line, blocks: Sequence[tuple[Series, Sequence[Any]]]) -> None:
    """Members by stretches of days; unknown where too many were seen in all."""
    for series, arguments in blocks:
        stretches: dict[tuple[int, int], int] = {}
        for start, end, whole in arguments:
            for stretch in ((start, end), (0, whole)):
                if stretch not in stretches:
                    stretches[stretch] = _stretch(line, series, *stretch)
            value = f"r{stretches[start, end]}"
            kept = f"r{stretches[0, whole]} < {series.cap}"
            line.answer(series, (start, end, whole), f"CASE WHEN {kept} THEN {value} END")


def _stretch(line: Line, series: Series, start: int, end: int) -> int:
    first = instant_before_days_sql(start)
    begins = "known_at" if start == 0 else f"GREATEST(known_at, {first})"
    rows = (
        f"SELECT token, member, {begins} AS begins, {last_instant_of_days_sql(end)} AS ends "
        f"FROM ({contributions(series, f', {text(series.value)} AS member')}) AS days"
    )
    return union(line, rows)


def union(line: Line, rows: str) -> int:
    """A running count of members, each by its intervals (begins, ends]; returns its place."""
    place = line.sum()
    joined = (
        "SELECT token, begins, "
        "MAX(ends) OVER (PARTITION BY token, member ORDER BY begins, ends "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before, "
        "MAX(ends) OVER (PARTITION BY token, member ORDER BY begins, ends "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS reach, "
        "LEAD(begins) OVER (PARTITION BY token, member ORDER BY begins, ends) AS following "
        f"FROM ({rows}) AS given WHERE begins < ends"
    )
    line.add(
        joined,
        [
            Mark("begins", START, "before IS NULL OR begins > before", {place: "1"}, {}),
            Mark("reach", END, "following IS NULL OR following > reach", {place: "-1"}, {}),
        ],
    )
    return place
