"""Formulas over the last rows: streaks, gaps, bursts, and how unusual a value is beside them.

``rows`` has shape (questions, n, values), the row learned last first, NaN where there is
none; ``asked`` has shape (questions, 1 + facts), the time of the question first.
"""

from __future__ import annotations

import numpy as np

from features.durations import MINUTE
from features.formulas import Floats, divided, median


def _has(rows: Floats, fewest: float) -> bool:
    """Whether any question has that many rows; where none has, the rest need not be worked out.

    A row learned between others may be unknown, as it happened too long ago.
    """
    known = rows.shape[1] - np.isnan(rows[:, :, 0]).sum(axis=1)
    return bool((known >= fewest).any())


def streak(rows: Floats, asked: Floats, value: float) -> Floats:
    """How many of the newest rows in a row have a value; unknown where there is no row."""
    held = rows[:, :, 0] == value
    length: Floats = np.cumprod(held, axis=1).sum(axis=1).astype(np.float64)
    return np.where(np.isnan(rows[:, 0, 0]), np.nan, length)


def gap_variation(rows: Floats, asked: Floats, fewest: float) -> Floats:
    """Standard deviation over mean of the gaps between rows: low when a machine keeps time.

    The first value of a row is when it happened. Unknown for fewer than ``fewest`` rows.
    """
    if not _has(rows, fewest):
        return np.full(len(rows), np.nan)
    gaps = np.diff(np.sort(rows[:, :, 0], axis=1), axis=1)
    known = ~np.isnan(gaps)
    count = known.sum(axis=1).astype(np.float64)
    gaps = np.where(known, gaps, 0.0)
    mean = divided(gaps.sum(axis=1), count)
    square = divided(np.where(known, (gaps - mean[:, None]) ** 2, 0.0).sum(axis=1), count)
    variation = np.where(mean > 0, divided(np.sqrt(square), mean), 0.0)
    return np.where(count >= fewest - 1, variation, np.nan)


def burst(rows: Floats, asked: Floats, width: float, over: float) -> Floats:
    """The most rows of the last ``over`` that happened within any ``width`` microseconds.

    0 where there is none.
    """
    times = rows[:, :, 0]
    with np.errstate(invalid="ignore"):
        times = np.sort(np.where(times >= asked[:, :1] - over, times, np.nan), axis=1)
        inside = (times[:, None, :] >= times[:, :, None]) & (
            times[:, None, :] <= times[:, :, None] + width
        )
    most: Floats = inside.sum(axis=2).max(axis=1).astype(np.float64)
    return most


def robust_z(rows: Floats, asked: Floats, fewest: float, floor: float) -> Floats:
    """How far the fact asked lies from the rows' median, in their own spread.

    ``(x - med) / max(1.4826 MAD, 0.1 med, floor)``; unknown for fewer than ``fewest`` rows.
    """
    if not _has(rows, fewest):
        return np.full(len(rows), np.nan)
    values = rows[:, :, 0]
    middle, count = median(values)
    deviation, _ = median(np.abs(values - middle[:, None]))
    scale = np.maximum(np.maximum(1.4826 * deviation, 0.1 * middle), floor)
    return np.where(count >= fewest, (asked[:, 1] - middle) / scale, np.nan)


def slope(rows: Floats, asked: Floats, fewest: float) -> Floats:
    """By how much a value grows from row to row: the least-squares line through them, oldest first.

    Unknown for fewer than ``fewest`` rows.
    """
    values = rows[:, ::-1, 0]
    known = ~np.isnan(values)
    count = known.sum(axis=1)
    place = np.cumsum(known, axis=1) - 1.0
    result = np.full(len(rows), np.nan)
    enough = count >= fewest
    if enough.any():
        x = np.where(known, place, np.nan)[enough]
        y = values[enough]
        dx = x - np.nanmean(x, axis=1, keepdims=True)
        dy = y - np.nanmean(y, axis=1, keepdims=True)
        result[enough] = np.nansum(dx * dy, axis=1) / np.nansum(dx * dx, axis=1)
    return result


def changes(rows: Floats, asked: Floats) -> Floats:
    """How often a value differs from the one before it; unknown for fewer than two rows."""
    values = rows[:, :, 0]
    both = ~np.isnan(values[:, 1:]) & ~np.isnan(values[:, :-1])
    differ = both & (values[:, 1:] != values[:, :-1])
    return np.where(both.any(axis=1), differ.sum(axis=1).astype(np.float64), np.nan)


def followed_by(rows: Floats, asked: Floats, within_minutes: float) -> Floats:
    """1 if a row with the second value is followed by one with the third in time, else 0.

    A row is (occurred_at, first mark, second mark), 0 or 1 or unknown; it says whether the
    second mark came after the first within so many minutes. Unknown where there is no row.
    """
    times, first, second = rows[:, :, 0], rows[:, :, 1] == 1, rows[:, :, 2] == 1
    with np.errstate(invalid="ignore"):
        later = times[:, None, :] - times[:, :, None]
        in_time = (later >= 0) & (later <= within_minutes * MINUTE)
    found = (in_time & first[:, :, None] & second[:, None, :]).any(axis=(1, 2))
    return np.where(np.isnan(times[:, 0]), np.nan, found.astype(np.float64))


def largest_recent(rows: Floats, asked: Floats) -> Floats:
    """The largest value of the rows where the second value, if there is one, is 1."""
    values = rows[:, :, 0]
    if rows.shape[2] > 1:
        values = np.where(rows[:, :, 1] == 1, values, np.nan)
    result: Floats = np.fmax.reduce(values, axis=1)
    return result
