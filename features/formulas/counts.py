"""Formulas over counts and other columns: shares, rates, differences, the largest of several."""

from __future__ import annotations

import numpy as np

from features.formulas import Floats, divided


def share(columns: Floats) -> Floats:
    """First over second, shape (rows, 2); unknown where the second is 0."""
    return divided(columns[:, 0], columns[:, 1])


def difference(columns: Floats) -> Floats:
    """First minus second, shape (rows, 2)."""
    result: Floats = columns[:, 0] - columns[:, 1]
    return result


def largest(columns: Floats) -> Floats:
    """The largest of what is known."""
    result: Floats = np.fmax.reduce(columns, axis=1)
    return result


def smallest(columns: Floats) -> Floats:
    """The smallest of what is known."""
    result: Floats = np.fmin.reduce(columns, axis=1)
    return result


def is_unknown(columns: Floats) -> Floats:
    """1 where the only column is unknown, else 0: a missing budget is no budget of zero."""
    return np.isnan(columns[:, 0]).astype(np.float64)


def others(columns: Floats, width: float, cap: float) -> Floats:
    """A distinct count without the one who asks, who is in it if seen within ``width``.

    ``columns`` has shape (rows, 2): the count, and for how long its own value was not seen.
    Unknown where the count has reached its cap.
    """
    count = columns[:, 0]
    with np.errstate(invalid="ignore"):
        own = columns[:, 1] <= width
        return np.where(count >= cap, np.nan, count - own)


def smoothed_rate(counts: Floats, weight: float) -> Floats:
    """Share of bad customers, pulled to the share of a larger group where there are few.

    ``counts`` has shape (rows, 2 groups): matured and bad of each group, the narrowest
    first and everybody last; ``(bad + weight p) / (matured + weight)`` with ``p`` the rate of
    the group around it. Unknown while nobody has matured anywhere; a group that the event
    does not name is passed over.
    """
    rate = divided(counts[:, -1], counts[:, -2])
    for place in range(counts.shape[1] - 4, -1, -2):
        matured, bad = counts[:, place], counts[:, place + 1]
        narrower = (bad + weight * rate) / (matured + weight)
        rate = np.where(np.isnan(matured), rate, narrower) if place else narrower
    return rate


def in_units(elapsed: Floats, unit: float) -> Floats:
    """Microseconds in units of so many."""
    result: Floats = elapsed[:, 0] / unit
    return result


def age(columns: Floats, unit: float) -> Floats:
    """How long before the question a time lies, shape (rows, 2): the time, the question's."""
    result: Floats = (columns[:, 1] - columns[:, 0]) / unit
    return result
