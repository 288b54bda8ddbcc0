"""Formulas: floats made from the integers of the engines, in NumPy, once for all engines.

Each takes float64 columns of shape (rows,) or (rows, days), NaN where unknown,
and returns float64 of shape (rows,).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Formula = Callable[[Floats], Floats]

_UNSETTLED_DAYS = 3  # today and the two days before: usage arrives up to 48 h late
_BASELINE_DAYS = 28
_FEWEST_DAYS = 7
DAYS_NEEDED = _UNSETTLED_DAYS + _BASELINE_DAYS


def spike(days: Floats, floor: float) -> Floats:
    """Robust z of the larger of today and yesterday against the 28 days that ended 48 h ago.

    ``days`` has shape (rows, 32): lags 0 to 30 in days, then the days since the first
    known one. ``z = (x - med) / max(1.4826 MAD, 0.1 med, floor)``; only days since the
    first known one count, and fewer than 7 of them are unknown. 1.4826 makes the median
    absolute deviation estimate a normal distribution's standard deviation.
    """
    lags = np.arange(_UNSETTLED_DAYS, DAYS_NEEDED)
    age = days[:, -1]
    with np.errstate(invalid="ignore"):
        known = lags[None, :] <= age[:, None]
    result = np.full(len(days), np.nan)
    enough = known.sum(axis=1) >= _FEWEST_DAYS
    if enough.any():
        baseline = np.where(known[enough], days[enough][:, _UNSETTLED_DAYS:DAYS_NEEDED], np.nan)
        median = np.nanmedian(baseline, axis=1)
        deviation = np.nanmedian(np.abs(baseline - median[:, None]), axis=1)
        scale = np.maximum(np.maximum(1.4826 * deviation, 0.1 * median), floor)
        latest = np.maximum(days[enough][:, 0], days[enough][:, 1])
        result[enough] = (latest - median) / scale
    return result


def week_over_month(days: Floats) -> Floats:
    """Mean of the last 7 days over the mean of the 28 before; unknown where those are 0.

    ``days`` has shape (rows, 35): lags 0 to 34.
    """
    recent: Floats = days[:, :7].sum(axis=1)
    before: Floats = days[:, 7:35].sum(axis=1)
    return _divided(recent * 4.0, before)


def smoothed_rate(counts: Floats, weight: float) -> Floats:
    """Share of bad customers, pulled to the overall share where there are few.

    ``counts`` has shape (rows, 4): matured and bad here, matured and bad overall;
    ``(bad + weight p0) / (matured + weight)`` with ``p0`` the overall share. Unknown while
    nobody has matured anywhere.
    """
    matured, bad, all_matured, all_bad = counts.T
    rate: Floats = (bad + weight * _divided(all_bad, all_matured)) / (matured + weight)
    return rate


def share(counts: Floats, cap: float) -> Floats:
    """First over second; unknown where the second is 0 or either is saturated at ``cap``."""
    part, whole = counts.T
    saturated = (part >= cap) | (whole >= cap)
    result: Floats = np.where(saturated, np.nan, _divided(part, whole))
    return result


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    quotient: Floats = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
