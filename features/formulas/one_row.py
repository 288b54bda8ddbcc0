"""The same formulas for one row, in plain Python: a score asks about one row at a time.

A call into NumPy costs a microsecond, whatever it does, and a formula is five to thirty calls.
IEEE 754 rounds ``+ - * /`` in one way, so plain floats give the bits that NumPy gives; a test
(`tests/laws/test_one_row.py`) compares each twin with its formula. What sums many floats has no
twin, for NumPy adds them in an order of its own, nor have roots, powers and logarithms.

A twin of a formula over columns takes the values of the row; one of a formula over rows takes
each of their values, the newest first, and what is asked.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from math import copysign
from operator import itemgetter
from typing import Any

import numpy as np

from features.formulas import Floats, Formula, counts, daily, recent
from features.formulas.composed import Composed, Part

Row = Sequence[float]
NAN = float("nan")
Values = Sequence[Row]
Twin = Callable[[Row], float]
_INFINITE = float("inf")


def bound(formula: Formula, places: Sequence[int]) -> Twin | None:
    """The twin of a formula over the ``places`` of a row; None where it has none."""
    twin = _TWINS.get(formula.function)
    if twin is None or type(formula) not in (Formula, Composed):
        return None
    if formula.parameters:
        twin = partial(twin, **dict(formula.parameters))
    if isinstance(formula, Composed):
        parts = [_part(part, places[part.start : part.end]) for part in formula.parts]
        known = [part for part in parts if part is not None]
        return None if None in parts else lambda row: twin([part(row) for part in known])
    if formula.rows is None:
        taken = taking(places)
        return lambda row: twin(taken(row))
    held, fields = formula.rows[0] * formula.rows[1], formula.rows[1]
    values = [taking(places[field:held:fields]) for field in range(fields)]
    asked = taking(places[held:])
    return lambda row: twin([one(row) for one in values], asked(row))


def _part(part: Part, places: Sequence[int]) -> Twin | None:
    value = itemgetter(places[0]) if part.formula is None else bound(part.formula, places)
    if value is None or not part.cap:
        return value
    counted, cap = places[0], part.cap
    return lambda row: NAN if row[counted] >= cap else value(row)


def taking(places: Sequence[int]) -> Callable[[Row], Row]:
    """What takes the values at some places out of a row."""
    if len(places) < 2:  # of one, `itemgetter` gives the value alone
        return lambda row: [row[place] for place in places]
    return itemgetter(*places)


def _quotient(numerator: float, denominator: float) -> float:
    """What IEEE 754 says of a division, by zero too."""
    if denominator:
        return numerator / denominator
    if not numerator or numerator != numerator:
        return NAN
    return copysign(_INFINITE, numerator) * copysign(1.0, denominator)


def _divided(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator > 0 else NAN


def _median(ordered: Row) -> float:
    """The median of known values in order; unknown where there are none."""
    count = len(ordered)
    return (ordered[(count - 1) // 2] + ordered[count // 2]) / 2 if count else NAN


def _share(values: Row) -> float:
    return _divided(values[0], values[1])


def _difference(values: Row) -> float:
    return values[0] - values[1]


def _largest(values: Row) -> float:
    return max([one for one in values if one == one], default=NAN)


def _smallest(values: Row) -> float:
    return min([one for one in values if one == one], default=NAN)


def _is_unknown(values: Row) -> float:
    return float(values[0] != values[0])


def _others(values: Row, width: float, cap: float) -> float:
    count = values[0]
    return NAN if count >= cap else count - (values[1] <= width)


def _smoothed_rate(values: Row, weight: float) -> float:
    rate = _divided(values[-1], values[-2])
    for place in range(len(values) - 4, -1, -2):
        matured, bad = values[place], values[place + 1]
        if matured == matured or not place:
            rate = _quotient(bad + weight * rate, matured + weight)
    return rate


def _in_units(values: Row, unit: float) -> float:
    return values[0] / unit


def _age(values: Row, unit: float) -> float:
    return (values[1] - values[0]) / unit


def _recent_over_before(values: Row, recent: float, before: float) -> float:
    return _divided(values[0] * before, values[1] * recent)


def _woken_up(values: Row, floor: float) -> float:
    latest, silent, age = values
    return float(silent == 0 and latest > floor) if age >= 15 else NAN


def _projected_month(values: Row) -> float:
    return _divided(values[0] * 30.4, min(values[1], 7.0))


def _while_young(values: Row, days: float) -> float:
    return values[0] if values[1] <= days else NAN


def _streak(rows: Values, asked: Row, value: float) -> float:
    values = rows[0]
    if values[0] != values[0]:
        return NAN
    length = 0
    while length < len(values) and values[length] == value:
        length += 1
    return float(length)


def _gap_variation(rows: Values, asked: Row, fewest: float) -> float:
    times = rows[0]
    if sum([one == one for one in times]) < fewest:
        return NAN
    alone: Floats = np.array(times).reshape(1, -1, 1)
    return float(recent.gap_variation(alone, np.array([asked]), fewest)[0])


def _burst(rows: Values, asked: Row, width: float, over: float) -> float:
    since = asked[0] - over
    kept = sorted([one for one in rows[0] if one >= since])
    most = 0
    for start in kept:
        within = bisect_right(kept, start + width) - bisect_left(kept, start)
        most = max(most, within)
    return float(most)


def _robust_z(rows: Values, asked: Row, fewest: float, floor: float) -> float:
    known = sorted([one for one in rows[0] if one == one])
    if len(known) < fewest:
        return NAN
    middle = _median(known)
    apart = [abs(one - middle) for one in known]
    deviation = _median(sorted([one for one in apart if one == one]))
    if deviation != deviation:
        return NAN
    return _quotient(asked[1] - middle, max(1.4826 * deviation, 0.1 * middle, floor))


def _largest_recent(rows: Values, asked: Row) -> float:
    if len(rows) == 1:
        return _largest(rows[0])
    return _largest([one for one, kept in zip(rows[0], rows[1], strict=True) if kept == 1])


_TWINS: dict[Callable[..., Floats], Callable[..., Any]] = {
    counts.share: _share,
    counts.difference: _difference,
    counts.largest: _largest,
    counts.smallest: _smallest,
    counts.is_unknown: _is_unknown,
    counts.others: _others,
    counts.smoothed_rate: _smoothed_rate,
    counts.in_units: _in_units,
    counts.age: _age,
    daily.recent_over_before: _recent_over_before,
    daily.woken_up: _woken_up,
    daily.projected_month: _projected_month,
    daily.while_young: _while_young,
    recent.streak: _streak,
    recent.gap_variation: _gap_variation,
    recent.burst: _burst,
    recent.robust_z: _robust_z,
    recent.largest_recent: _largest_recent,
}
