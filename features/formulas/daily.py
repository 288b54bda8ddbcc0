"""Formulas over days: baselines, spikes, trends. The newest day comes first."""

from __future__ import annotations

import numpy as np

from features.formulas import Floats, divided, median

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
    with np.errstate(invalid="ignore"):
        known = lags[None, :] <= days[:, -1:]
    baseline = np.where(known, days[:, _UNSETTLED_DAYS:DAYS_NEEDED], np.nan)
    middle, count = median(baseline)
    deviation, _ = median(np.abs(baseline - middle[:, None]))
    scale = np.maximum(np.maximum(1.4826 * deviation, 0.1 * middle), floor)
    latest = np.maximum(days[:, 0], days[:, 1])
    return np.where(count >= _FEWEST_DAYS, (latest - middle) / scale, np.nan)


def recent_over_before(spans: Floats, recent: float, before: float) -> Floats:
    """Mean of the recent days over the mean of those before; unknown where those are 0.

    ``spans`` has shape (rows, 2): the sums of ``recent`` and of ``before`` days.
    """
    return divided(spans[:, 0] * before, spans[:, 1] * recent)


def woken_up(spans: Floats, floor: float) -> Floats:
    """1 if a silent time ended with more than ``floor``, else 0; unknown for the too young.

    ``spans`` has shape (rows, 3): the sum of the last days, of the 14 before, and the days
    since the first known one.
    """
    latest, silent, age = spans.T
    with np.errstate(invalid="ignore"):
        woken = ((silent == 0) & (latest > floor)).astype(np.float64)
        return np.where(age >= 15, woken, np.nan)


def projected_month(spans: Floats) -> Floats:
    """30.4 times the mean of complete days, 7 at most; unknown before there is one.

    ``spans`` has shape (rows, 2): the sum of the 7 days before today, and the days since
    the first known one.
    """
    result: Floats = divided(spans[:, 0] * 30.4, np.minimum(spans[:, 1], 7.0))
    return result


def while_young(spans: Floats, days: float) -> Floats:
    """The sum of the last days of what first appeared within so many days; else unknown."""
    with np.errstate(invalid="ignore"):
        return np.where(spans[:, 1] <= days, spans[:, 0], np.nan)
