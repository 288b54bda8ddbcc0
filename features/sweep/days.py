"""Single days: a baseline asks for days one by one, and a day's sum grows as it is learned.

A mark per day would be needed twice for every row; here each question is put beside
each of its days instead, and rows are looked at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from features.durations import DAY
from features.series import Series
from features.sweep.line import QUESTION, START, contributions, has_token, token

_FEW = 4


def single(series: Series, arguments: Sequence[Any]) -> list[Any]:
    """The arguments that are single days, if there are many."""
    if series.shape != "days":
        return []
    found = [one for one in arguments if one[1] - one[0] == 1]
    return found if len(found) > _FEW else []


def days_one_by_one(series: Series, arguments: Sequence[tuple[int, int]]) -> str:
    """The query for single days."""
    lags = " UNION ALL ".join(f"SELECT {start} AS lag" for start, _ in arguments)
    amount = series.value or "1"
    rows = contributions(series, f", {amount} AS amount")
    marks = (
        f"SELECT {token(series.by)} AS token, t - t % {DAY} - lag * {DAY} AS day, t AS instant, "
        f"{QUESTION} AS step, q, lag, CAST(0 AS BIGINT) AS amount "
        f"FROM questions CROSS JOIN ({lags}) AS lags WHERE {has_token(series.by)} UNION ALL "
        f"SELECT token, occurred_at - occurred_at % {DAY}, known_at, {START}, "
        f"CAST(NULL AS BIGINT), CAST(NULL AS INT), CAST(amount AS BIGINT) FROM ({rows}) AS c"
    )
    swept = (
        "SELECT q, lag, SUM(amount) OVER (PARTITION BY token, day ORDER BY instant, step "
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS r FROM ({marks}) AS marks"
    )
    values = ", ".join(
        f"CAST(MAX(CASE WHEN lag = {start} THEN r END) AS BIGINT) AS v{place}"
        for place, (start, _) in enumerate(arguments)
    )
    return f"SELECT q, {values} FROM ({swept}) AS swept WHERE q IS NOT NULL GROUP BY q"
