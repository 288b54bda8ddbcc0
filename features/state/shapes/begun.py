"""Begun: what the first fold into a shape leaves, as plain values, just as it would be packed.

Most tokens are seen only once: they need no objects. Each of these gives what an empty object
of its shape would pack after the same fold; a test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from features.durations import DAY
from features.fact_types import Value
from features.series import Series
from features.state.shapes.stored import Change
from features.windows import bucket_start, oldest

Packed = tuple[Any, ...]


def _times(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    late = occurred_at < oldest(known_at, series.span)
    return (known_at, () if late else (occurred_at,))


def _members(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    late = occurred_at < oldest(known_at, series.span)
    return (known_at, () if late else ((occurred_at, str(value)),))


def _sums(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    return (known_at, ((bucket_start(occurred_at, series.step), int(value)),))


def _seen(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    return (known_at, occurred_at)


def _latest(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    return (known_at, occurred_at, value)


def _recent(series: Series, known_at: int, occurred_at: int, value: Sequence[Any]) -> Packed:
    return (known_at, ((occurred_at, *value),))


def _days(series: Series, known_at: int, occurred_at: int, value: Value) -> Packed:
    return (known_at, ((occurred_at // DAY, int(value)),))


def _matured(
    series: Series, known_at: int, occurred_at: int, token: str | None
) -> tuple[Packed, Sequence[Change]]:
    cohort = (known_at + series.delay) // DAY + 1
    change = (cohort, 1, cohort, 0)
    packed = (known_at, cohort, token, (), ((known_at, change),))
    return packed, () if token is None else (Change(token, change),)


def _linked(
    series: Series, known_at: int, occurred_at: int, token: str
) -> tuple[Packed, Sequence[Change]]:
    return (known_at, ((token, max(occurred_at, 0)),), (), (), ()), ()


#: For shapes that are plain: takes what a fold takes. What is not here begins as an object.
BEGUN: dict[str, Callable[..., Packed]] = {
    "times": _times,
    "members": _members,
    "sums": _sums,
    "last": _seen,
    "first": _seen,
    "latest": _latest,
    "recent": _recent,
    "days": _days,
}

#: For anchors: takes what an entering takes, and gives the changes besides.
ENTERED: dict[str, Callable[..., tuple[Packed, Sequence[Change]]]] = {
    "matured": _matured,
    "linked": _linked,
}

#: Those of them that are kept however long ago they were folded last.
LASTING = frozenset(("matured",))
