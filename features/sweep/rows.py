"""First, latest and recent: a running maximum gives the place of the newest row, a join the row.

Places are unique, so the join finds one row at most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from features.series import Series
from features.sweep.line import (
    QUESTION,
    START,
    Line,
    Mark,
    belongs,
    contributions,
    has_token,
    literal,
    text,
)


def rows(line: Line, blocks: Sequence[tuple[Series, Sequence[Any]]]) -> None:
    """Adds the marks and answers of series that look at rows."""
    for series, arguments in blocks:
        top = line.top()
        line.add(contributions(series), [Mark("known_at", START, "1 = 1", {}, {top: "known_at"})])
        _ANSWERS[series.shape](line, series, arguments, top)


def _first(line: Line, series: Series, arguments: Sequence[Any], top: int) -> None:
    """A silence longer than the span begins anew."""
    in_order = "PARTITION BY token ORDER BY known_at"
    silent = f"known_at - LAG(known_at) OVER ({in_order}) > {series.span}"
    parted = (
        f"SELECT *, SUM(gap) OVER ({in_order} ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) "
        f"AS part FROM (SELECT *, CASE WHEN {silent} THEN 1 ELSE 0 END AS gap "
        f"FROM ({contributions(series)}) AS c) AS gaps"
    )
    name = line.join(
        "SELECT known_at, MIN(occurred_at) OVER (PARTITION BY token, part ORDER BY known_at "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS first FROM ({parted}) AS parts",
        top,
    )
    heard = f"instant - x{top} <= {series.span}"
    for argument in arguments:
        since = f"instant - {name}.first"
        if not isinstance(argument, int):
            unit = argument[1]
            since = (
                f"((instant - instant % {unit}) - ({name}.first - {name}.first % {unit})) / {unit}"
            )
        line.answer(series, argument, f"CASE WHEN {heard} THEN {since} END")


def _latest(line: Line, series: Series, arguments: Sequence[Any], top: int) -> None:
    name = line.join(contributions(series, f", {series.value} AS value"), top)
    for argument in arguments:
        width, *texts = argument
        inside = f"{name}.occurred_at >= instant - {width}"
        line.answer(
            series, argument, f"CASE WHEN {inside} THEN {_coded(f'{name}.value', texts)} END"
        )


def _recent(line: Line, series: Series, arguments: Sequence[Any], top: int) -> None:
    """The rows before a row stand beside it, as many as are kept."""
    fields = tuple(dict.fromkeys(("occurred_at", *series.fields)))
    plain = "".join(f", {one}" for one in fields if one != "occurred_at")
    wanted = {(row, one) for _, row, name, *_ in arguments for one in (name, "occurred_at")}
    behind = ", ".join(f"LAG({one}, {row}) OVER w AS {one}_{row}" for row, one in sorted(wanted))
    name = line.join(
        f"SELECT known_at, {behind} FROM ({contributions(series, plain)}) AS c "
        "WINDOW w AS (PARTITION BY token ORDER BY known_at)",
        top,
    )
    for argument in arguments:
        width, row, field, *texts = argument
        inside = f"{name}.occurred_at_{row} >= instant - {width}"
        value = _coded(f"{name}.{field}_{row}", texts)
        line.answer(series, argument, f"CASE WHEN {inside} THEN {value} END")


def _coded(value: str, texts: Sequence[str]) -> str:
    if not texts:
        return value
    branches = " ".join(f"WHEN {literal(text)} THEN {code}" for code, text in enumerate(texts))
    return f"CASE {value} {branches} END"


_ANSWERS = {"first": _first, "latest": _latest, "recent": _recent}


def current(wanted: Mapping[str, Series]) -> str:
    """What the customers of the table ``asked`` used last: its number ``n``, a column per field."""
    customer = has_token(("customer",))
    marks = [
        f"SELECT customer, t AS instant, {QUESTION} AS step, n, "
        f"{', '.join(f'CAST(NULL AS BIGINT) AS m{place}' for place in range(len(wanted)))} "
        f"FROM asked WHERE {customer}"
    ]
    for place, series in enumerate(wanted.values()):
        offered = ", ".join(
            f"CAST({'known_at' if other == place else 'NULL'} AS BIGINT) AS m{other}"
            for other in range(len(wanted))
        )
        marks.append(
            f"SELECT customer, known_at, {START}, CAST(NULL AS BIGINT), {offered} "
            f"FROM entries WHERE {customer} AND {belongs(series)}"
        )
    window = (
        "PARTITION BY customer ORDER BY instant, step "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    )
    places = ", ".join(f"MAX(m{place}) OVER w AS x{place}" for place in range(len(wanted)))
    values, joins = [], []
    for place, (field, series) in enumerate(wanted.items()):
        inside = f"e{place}.occurred_at >= instant - {series.span}"
        values.append(f"CASE WHEN {inside} THEN {text(f'e{place}.{field}')} END AS {field}")
        joins.append(
            f" LEFT JOIN (SELECT known_at, occurred_at, {field} FROM entries "
            f"WHERE {belongs(series)}) AS e{place} ON placed.x{place} = e{place}.known_at"
        )
    return (
        f"SELECT n, {', '.join(values)} FROM (SELECT * FROM (SELECT n, instant, {places} FROM "
        f"({' UNION ALL '.join(marks)}) AS marks WINDOW w AS ({window})) AS every "
        f"WHERE n IS NOT NULL) AS placed{''.join(joins)}"
    )
