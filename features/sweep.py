"""Interval sweeps: the SQL that answers a series for many questions at once.

    contributions        (known_at ─────────── last instant]
    of one token              +1                   -1
                     ─────────┬────────────────────┬─────────► time
    questions           ?          ?          ?          ?
    running sum         0          1          1          0

An event contributes on the half-open interval that `features.windows` gives.
Starts, ends and questions are put in one order (at equal times questions come
first, then starts, then ends) and a running sum answers every question in
O(n log n), however hot the token and however late the events. Only integers,
only plain SQL: the text is meant to run unchanged on DuckDB and Spark.

Each function returns a query with the columns ``q`` (the question's number) and
``v0, v1, ...``, one per argument of the read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from features.durations import DAY
from features.export import column
from features.series import FIRST_DAY, MATURED, Series
from features.windows import last_instant_of_bucket_sql, last_instant_sql

_QUESTION, _START, _END = 0, 1, 2


def query(series: Series, arguments: Sequence[int]) -> str:
    """The SQL for one series over the tables ``entries`` and ``questions``."""
    return _QUERIES[series.shape](series, arguments)


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _token(series: Series) -> str:
    return f"CAST({column(series.by)} AS VARCHAR(1000))" if series.by else "''"


def _has_token(series: Series) -> str:
    return f"{column(series.by)} IS NOT NULL AND {_token(series)} <> ''" if series.by else "1 = 1"


def _contributions(series: Series, extra: str = "") -> str:
    """The rows that count, with their token."""
    conditions = [f"kind IN ({', '.join(map(_literal, series.events))})", _has_token(series)]
    conditions += [f"{column(name)} = {_literal(value)}" for name, value in series.where]
    if series.value:
        conditions.append(f"{column(series.value)} IS NOT NULL")
    return (
        f"SELECT {_token(series)} AS token, known_at, occurred_at{extra} "
        f"FROM entries WHERE {' AND '.join(conditions)}"
    )


def _zeros(count: int, one: int, amount: str) -> str:
    return ", ".join(
        f"CAST({amount if index == one else 0} AS BIGINT) AS d{index}" for index in range(count)
    )


def _running(marks: list[str], count: int, answers: Sequence[str], partition: str = "token") -> str:
    """The sweep: a running sum of each d over starts, ends and questions of a partition."""
    window = (
        f"PARTITION BY {partition} ORDER BY instant, step "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    )
    sums = ", ".join(f"SUM(d{index}) OVER w AS r{index}" for index in range(count))
    values = ", ".join(f"CAST({answer} AS BIGINT) AS v{i}" for i, answer in enumerate(answers))
    return (
        f"SELECT q, {values} FROM (SELECT q, {sums} FROM ({' UNION ALL '.join(marks)}) AS marks "
        f"WINDOW w AS ({window})) AS swept WHERE q IS NOT NULL"
    )


def _questions(series: Series, count: int, at: str = "t", step: int = _QUESTION) -> str:
    zeros = ", ".join(f"CAST(0 AS BIGINT) AS d{index}" for index in range(count))
    return (
        f"SELECT {_token(series)} AS token, {at} AS instant, {step} AS step, q, {zeros} "
        f"FROM questions WHERE {_has_token(series)}"
    )


def _no_question(token: str, at: str, step: str | int, deltas: str, where: str, table: str) -> str:
    return (
        f"SELECT {token} AS token, {at} AS instant, {step} AS step, CAST(NULL AS BIGINT) AS q, "
        f"{deltas} FROM {table} WHERE {where}"
    )


def _sweep_intervals(
    series: Series, widths: Sequence[int], contributions: str, ends: Sequence[str], amount: str
) -> list[str]:
    """Marks of plain intervals ``(known_at, end]``; empty ones are dropped."""
    count, marks = len(widths), [_questions(series, len(widths))]
    for index, end in enumerate(ends):
        held = f"known_at < {end}"
        table = f"({contributions}) AS c{index}"
        for at, step, sign in (("known_at", _START, ""), (end, _END, "-")):
            deltas = _zeros(count, index, f"{sign}{amount}")
            marks.append(_no_question("token", at, step, deltas, held, table))
    return marks


def _times(series: Series, widths: Sequence[int]) -> str:
    ends = [last_instant_sql(width) for width in widths]
    marks = _sweep_intervals(series, widths, _contributions(series), ends, "1")
    return _running(marks, len(widths), _capped(series, len(widths)))


def _capped(series: Series, count: int) -> list[str]:
    return [f"LEAST(r{index}, {series.cap})" for index in range(count)]


def _sums(series: Series, widths: Sequence[int]) -> str:
    ends = [last_instant_of_bucket_sql(series.step, width) for width in widths]
    contributions = _contributions(series, f", {column(series.value)} AS amount")
    marks = _sweep_intervals(series, widths, contributions, ends, "amount")
    return _running(marks, len(widths), [f"r{index}" for index in range(len(widths))])


def _members(series: Series, widths: Sequence[int]) -> str:
    """Intervals of one member are joined first: a row adds only what it lengthens.

    ``reach`` is how far the member's earlier rows last. A row known within it moves
    the end from there to its own; one known after it starts a new interval.
    """
    member = f"CAST({column(series.value)} AS VARCHAR(1000))"
    ends = ", ".join(
        f"CASE WHEN known_at < {end} THEN {end} END AS e{index}"
        for index, end in enumerate(map(last_instant_sql, widths))
    )
    reaches = ", ".join(f"MAX(e{index}) OVER w AS p{index}" for index in range(len(widths)))
    joined = (
        f"SELECT token, known_at, {', '.join(f'e{index}' for index in range(len(widths)))}, "
        f"{reaches} FROM (SELECT token, member, known_at, {ends} FROM "
        f"({_contributions(series, f', {member} AS member')}) AS raw) AS ended "
        "WINDOW w AS (PARTITION BY token, member ORDER BY known_at "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    )
    count, marks = len(widths), [_questions(series, len(widths))]
    for index in range(count):
        end, reach = f"e{index}", f"p{index}"
        apart = f"{reach} IS NULL OR known_at > {reach}"
        lengthens = f"{end} IS NOT NULL AND ({apart} OR {end} > {reach})"
        start = f"CASE WHEN {apart} THEN known_at ELSE {reach} END"
        step = f"CASE WHEN {apart} THEN {_START} ELSE {_END} END"
        for at, place, sign in ((start, step, "1"), (end, str(_END), "-1")):
            deltas = _zeros(count, index, sign)
            marks.append(_no_question("token", at, place, deltas, lengthens, "joined"))
    return f"WITH joined AS ({joined}) {_running(marks, count, _capped(series, count))}"


def _last(series: Series, widths: Sequence[int]) -> str:
    """A running maximum of ``occurred_at`` over what was known before the question."""
    marks = (
        f"SELECT {_token(series)} AS token, t AS instant, {_QUESTION} AS step, q, "
        f"CAST(NULL AS BIGINT) AS happened FROM questions WHERE {_has_token(series)} UNION ALL "
        f"SELECT token, known_at, {_START}, CAST(NULL AS BIGINT), occurred_at "
        f"FROM ({_contributions(series)}) AS c"
    )
    window = (
        "PARTITION BY token ORDER BY instant, step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
    )
    values = ", ".join(
        f"CASE WHEN happened >= instant - {width} THEN instant - happened END AS v{index}"
        for index, width in enumerate(widths)
    )
    return (
        f"SELECT q, {values} FROM (SELECT q, instant, MAX(happened) OVER ({window}) AS happened "
        f"FROM ({marks}) AS marks) AS swept WHERE q IS NOT NULL"
    )


def _days(series: Series, lags: Sequence[int]) -> str:
    """Each question asks for a token's days one by one; a day's sum grows as it becomes known."""
    day = f"occurred_at - occurred_at % {DAY}"
    contributions = _contributions(series, f", {column(series.value)} AS amount, {day} AS day")
    sums = [lag for lag in lags if lag != FIRST_DAY]
    listed = ", ".join(f"({lag})" for lag in sums) or "(0)"
    marks = (
        f"SELECT {_token(series)} AS token, t - t % {DAY} - lag * {DAY} AS day, t AS instant, "
        f"{_QUESTION} AS step, q, lag, CAST(0 AS BIGINT) AS d0 FROM questions "
        f"CROSS JOIN (SELECT * FROM (VALUES {listed}) AS listed(lag)) AS lags "
        f"WHERE {_has_token(series)} UNION ALL SELECT token, day, known_at, {_START}, "
        f"CAST(NULL AS BIGINT), CAST(NULL AS INT), amount FROM ({contributions}) AS c"
    )
    swept = (
        "SELECT q, lag, SUM(d0) OVER (PARTITION BY token, day ORDER BY instant, step "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS r FROM ({marks}) AS marks"
    )
    first = (
        f"SELECT q, CAST((instant - instant % {DAY} - first) / {DAY} AS BIGINT) AS since FROM "
        "(SELECT q, instant, MIN(day) OVER (PARTITION BY token ORDER BY instant, step "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS first FROM "
        f"(SELECT {_token(series)} AS token, t AS instant, {_QUESTION} AS step, q, "
        f"CAST(NULL AS BIGINT) AS day FROM questions WHERE {_has_token(series)} UNION ALL "
        f"SELECT token, known_at, {_START}, CAST(NULL AS BIGINT), day "
        f"FROM ({contributions}) AS c) AS marks) AS swept WHERE q IS NOT NULL"
    )
    values = ", ".join(
        "MAX(since)"
        if lag == FIRST_DAY
        else f"CAST(MAX(CASE WHEN lag = {lag} THEN r END) AS BIGINT)"
        for lag in lags
    )
    named = ", ".join(f"{value} AS v{i}" for i, value in enumerate(values.split(", ")))
    return (
        f"SELECT swept.q AS q, {named} FROM ({swept}) AS swept LEFT JOIN ({first}) AS f "
        "ON swept.q = f.q WHERE swept.q IS NOT NULL GROUP BY swept.q"
    )


def _matured(series: Series, parts: Sequence[int]) -> str:
    """Customers enter and leave at midnights; labels move them from the midnight after."""
    conditions = " AND ".join(
        [f"kind IN ({', '.join(map(_literal, series.events))})", "customer IS NOT NULL"]
        + [f"{column(name)} = {_literal(value)}" for name, value in series.where]
    )
    midnight = "({0} - {0} % {1} + {1})".format
    entered = f"(known_at + {series.matures_after})"
    customers = (
        f"SELECT customer, token, {midnight(entered, DAY)} AS cohort FROM ("
        f"SELECT customer, known_at, CASE WHEN {_has_token(series)} THEN {_token(series)} END AS "
        "token, ROW_NUMBER() OVER (PARTITION BY customer ORDER BY known_at) AS n "
        f"FROM entries WHERE {conditions}) AS first WHERE n = 1 AND token IS NOT NULL"
    )
    moved = (
        f"SELECT c.token AS token, c.cohort AS cohort, GREATEST(c.cohort, "
        f"{midnight('l.known_at', DAY)}) AS effective, l.delta AS delta FROM ({customers}) AS c "
        f"JOIN ({_transitions(series)}) AS l ON c.customer = l.customer WHERE l.delta <> 0"
    )
    leaves = f"cohort + {series.span}"
    marks = [
        _questions(series, 2, at=f"(t - t % {DAY})", step=_END),
        _no_question("token", "cohort", _START, _zeros(2, 0, "1"), "1 = 1", f"({customers}) AS a"),
        _no_question("token", leaves, _START, _zeros(2, 0, "-1"), "1 = 1", f"({customers}) AS b"),
    ]
    stays = f"effective < {leaves}"
    for at, sign in (("effective", ""), (leaves, "-")):
        marks.append(
            _no_question(
                "token", at, _START, _zeros(2, 1, f"{sign}delta"), stays, f"({moved}) AS m{len(at)}"
            )
        )
    return _running(marks, 2, ["r0" if part == MATURED else "r1" for part in parts])


def _transitions(series: Series) -> str:
    """By how much each label changes whether its customer counts as bad: -1, 0 or 1."""
    window = (
        "OVER (PARTITION BY customer ORDER BY known_at "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    )
    held = [
        f"COALESCE(MAX(CASE WHEN label = {_literal(kind)} AND status <> 'reversed' "
        f"THEN known_at END) {window}, 0) > "
        f"COALESCE(MAX(CASE WHEN (label = {_literal(kind)} AND status = 'reversed') "
        f"OR (label = 'legitimate' AND status <> 'reversed') THEN known_at END) {window}, 0)"
        for kind in series.bad
    ]
    state = f"CASE WHEN {' OR '.join(f'({one})' for one in held)} THEN 1 ELSE 0 END"
    labels = (
        f"SELECT customer, known_at, {state} AS bad FROM entries "
        "WHERE kind = 'label' AND customer IS NOT NULL"
    )
    return (
        "SELECT customer, known_at, bad - COALESCE(LAG(bad) OVER "
        f"(PARTITION BY customer ORDER BY known_at), 0) AS delta FROM ({labels}) AS states"
    )


_QUERIES: dict[str, Callable[[Series, Sequence[int]], str]] = {
    "times": _times,
    "members": _members,
    "sums": _sums,
    "last": _last,
    "days": _days,
    "matured": _matured,
}
