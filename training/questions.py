"""The rows that are asked about: events of the moment, or customers once a week.

An event asks as of its own place in the order. Customers are asked about each week at the
midnight of a weekday drawn anew, so that no weekday's habits become a signal. The draw depends
on customer and week alone: more history, or other customers, change no row.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History, checkups
from training.labels import Target

_WEEK = 7
_EVENTS = {"signup": "sign-up", "payment": "payment"}


def named(target: Target, number: int = 2) -> str:
    """What a row is, for people: "sign-ups", "payment", "checkups"."""
    return named_at(target.moment, number)


def named_at(moment: str, number: int = 2) -> str:
    """What is asked about at a moment, for people."""
    one = _EVENTS.get(moment, moment.replace("_", " "))
    return one if number == 1 else f"{one}s"


def questions(history: History, target: Target, as_of: int) -> pa.Table | None:
    """Weekly questions about customers, old enough to be judged; None where events ask.

    Raises `NotEnoughData` where no customer is known for long enough.
    """
    if target.asks:
        return None
    asked = weekly(history, as_of - target.wait * DAY)
    if not len(asked):
        raise NotEnoughData(
            f"nobody is known for {target.wait} days, after which a checkup can be judged: "
            "wait, or import older history"
        )
    return asked


def weekly(history: History, until: int) -> pa.Table:
    """A question each week about every customer, after it became known and not after ``until``."""
    rows = history.connection.execute(
        "SELECT customer, min(known_at) FROM entries WHERE customer IS NOT NULL "
        "GROUP BY customer HAVING min(known_at) < ? ORDER BY customer",
        [until],
    ).fetchall()
    customers = [customer for customer, _ in rows]
    since = np.array([first for _, first in rows], dtype=np.int64)
    first_week, weeks = since // (_WEEK * DAY), until // (_WEEK * DAY) + 1
    who = np.repeat(np.arange(len(rows)), weeks - first_week)
    week = np.concatenate([np.arange(first, weeks) for first in first_week] or [since])
    seeds = np.array([crc32(customer.encode()) for customer in customers], dtype=np.uint64)
    at = (week * _WEEK + _drawn(seeds[who], week)) * DAY
    kept = (at > since[who]) & (at <= until)
    order = np.lexsort((who[kept], at[kept]))
    asked = who[kept][order].tolist()
    return checkups([customers[one] for one in asked], at[kept][order].tolist())


def _drawn(seeds: npt.NDArray[np.uint64], week: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """A weekday, 0 to 6, for each customer and week (SplitMix64, Steele et al. 2014)."""
    mixed = seeds * np.uint64(0x9E3779B97F4A7C15) + week.astype(np.uint64)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) % np.uint64(_WEEK)).astype(np.int64)
