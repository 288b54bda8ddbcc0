"""Formulas over bills and what was paid: what is open, how late, and how late it usually is.

A row is (occurred_at, amount, due_at, late_after, is_received): of an invoice the last is
unknown, of a settlement the two before it. What was received pays the oldest bills first,
over the rows that are kept. ``asked`` has the time of the question first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.durations import DAY
from features.formulas import Floats, divided

VALUES = ("occurred_at", "amount", "due_at", "late_after", "is_received")


class _Bills(NamedTuple):
    """Per row, the oldest first: whether it is a bill, amounts, what is still open, when paid."""

    is_bill: npt.NDArray[np.bool_]
    amount: Floats
    open: Floats
    due: Floats
    late_after: Floats
    paid_at: Floats
    received: Floats


def _bills(rows: Floats) -> _Bills:
    happened, amount, due, late_after, received = np.moveaxis(rows[:, ::-1], 2, 0)
    is_bill = ~np.isnan(amount) & np.isnan(received) & ~np.isnan(due)
    billed = np.where(is_bill, amount, 0.0)
    paid = np.where(received == 1, np.nan_to_num(amount), 0.0)
    upto, paid_upto = np.cumsum(billed, axis=1), np.cumsum(paid, axis=1)
    rest = np.clip(upto - paid_upto[:, -1:], 0.0, np.maximum(billed, 0.0))
    covered = (paid_upto[:, None, :] >= upto[:, :, None]) & (paid[:, None, :] > 0)
    when = np.where(covered, happened[:, None, :], np.inf).min(axis=2)
    paid_at = np.where(is_bill & (rest == 0), when, np.inf)
    return _Bills(is_bill, billed, np.where(is_bill, rest, 0.0), due, late_after, paid_at, paid)


def _where_any(bills: _Bills, values: Floats) -> Floats:
    return np.where(bills.is_bill.any(axis=1), values, np.nan)


def open_amount(rows: Floats, asked: Floats) -> Floats:
    """What is billed and not paid; unknown where nothing was billed."""
    bills = _bills(rows)
    return _where_any(bills, bills.open.sum(axis=1))


def overdue_amount(rows: Floats, asked: Floats, least: float, most: float) -> Floats:
    """What is open and late, ``least`` to ``most`` days past due."""
    bills, t = _bills(rows), asked[:, :1]
    with np.errstate(invalid="ignore"):
        days = (t - bills.due) / DAY
        held = (t > bills.late_after) & (days >= least) & (days < most)
    return _where_any(bills, np.where(held, bills.open, 0.0).sum(axis=1))


def oldest_overdue_days(rows: Floats, asked: Floats) -> Floats:
    """Days since the oldest bill that is open and late was due; 0 where none is."""
    bills, t = _bills(rows), asked[:, :1]
    with np.errstate(invalid="ignore"):
        late = (bills.open > 0) & (t > bills.late_after)
        days = np.where(late, (t - bills.due) / DAY, 0.0)
    return _where_any(bills, days.max(axis=1))


def days_sales_outstanding(rows: Floats, asked: Floats, days: float) -> Floats:
    """What is open over what was billed in so many days, in days."""
    bills, t = _bills(rows), asked[:, :1]
    happened = rows[:, ::-1, 0]
    with np.errstate(invalid="ignore"):
        lately = bills.is_bill & (happened >= t - days * DAY)
    billed = np.where(lately, bills.amount, 0.0).sum(axis=1)
    return divided(bills.open.sum(axis=1) * days, billed)


def _days_late(rows: Floats, asked: Floats, last: int) -> Floats:
    """Of the last bills that fell due, how many days after it each was paid, or still is not."""
    bills, t = _bills(rows), asked[:, :1]
    with np.errstate(invalid="ignore"):
        counted = bills.is_bill & (bills.due < t)
    from_the_end = np.cumsum(counted[:, ::-1], axis=1)[:, ::-1]
    counted &= from_the_end <= last
    settled = np.minimum(bills.paid_at, t)
    return np.where(counted, np.maximum((settled - bills.due) / DAY, 0.0), np.nan)


def late_share(rows: Floats, asked: Floats, last: float, grace: float) -> Floats:
    """Share of the last bills paid, or still open, more than ``grace`` days after they fell due."""
    late = _days_late(rows, asked, int(last))
    known = (~np.isnan(late)).sum(axis=1).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return divided((late > grace).sum(axis=1).astype(np.float64), known)


def mean_days_late(rows: Floats, asked: Floats, last: float) -> Floats:
    """Days between due and paid, on average over the last bills."""
    late = _days_late(rows, asked, int(last))
    known = (~np.isnan(late)).sum(axis=1).astype(np.float64)
    return divided(np.nansum(late, axis=1), known)


def trend_of_days_late(rows: Floats, asked: Floats, last: float) -> Floats:
    """By how many days each bill is paid later than the one before; unknown below three."""
    late = _days_late(rows, asked, int(last))
    known = ~np.isnan(late)
    count = known.sum(axis=1)
    place = np.where(known, np.cumsum(known, axis=1) - 1.0, 0.0)
    value = np.where(known, late, 0.0)
    middle = divided(place.sum(axis=1), count.astype(np.float64))
    dx = np.where(known, place - middle[:, None], 0.0)
    result = divided((dx * value).sum(axis=1), (dx * dx).sum(axis=1))
    return np.where(count >= 3, result, np.nan)


def open_over_largest_paid(rows: Floats, asked: Floats) -> Floats:
    """What is open over the largest payment ever received, of those that are kept."""
    bills = _bills(rows)
    return divided(bills.open.sum(axis=1), bills.received.max(axis=1))
