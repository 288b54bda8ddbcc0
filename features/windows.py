"""The rule of time, stated once: what counts in a window asked at a moment.

              known_at                          occurred_at + W
    ──────────────┤██████████ counts ███████████├──────────────► t
                  (not at known_at itself)      (still at the end)

An event counts in a window of width W asked at t if and only if it was known
before t and had not happened longer than W ago. These are the forms of that one
rule: the question (the slow truth), the oldest time that counts (sorted lists
online), and the last instant at which it counts (interval sweeps in SQL).
"""

from __future__ import annotations

from features.durations import DAY


def counts(known_at: int, occurred_at: int, t: int, width: int) -> bool:
    """Whether an event counts at ``t``. All in microseconds."""
    return known_at < t and occurred_at >= t - width


def oldest(t: int, width: int) -> int:
    """The oldest ``occurred_at`` that counts at ``t``."""
    return t - width


def bucket_start(occurred_at: int, step: int) -> int:
    """Start of the bucket of a sum. A row leaves when its whole bucket has left."""
    return occurred_at - occurred_at % step


def last_instant_of_bucket(start: int, step: int, width: int) -> int:
    """The last ``t`` at which a bucket of a sum counts."""
    return start + step - 1 + width


def last_instant_of_days_sql(end: int) -> str:
    """The last ``t`` at which the UTC day of an event is fewer than ``end`` days ago."""
    return f"(occurred_at - occurred_at % {DAY} + {end * DAY - 1})"


def instant_before_days_sql(start: int) -> str:
    """The last ``t`` at which the UTC day of an event is not yet ``start`` days ago."""
    return f"(occurred_at - occurred_at % {DAY} + {start * DAY - 1})"


def last_instant_sql(width: int) -> str:
    """The last ``t`` at which an event counts: it contributes on ``(known_at, this]``."""
    return f"(occurred_at + {width})"


def last_instant_of_bucket_sql(step: int, width: int) -> str:
    """The last ``t`` at which the bucket of an event counts."""
    return f"(occurred_at - occurred_at % {step} + {step - 1 + width})"
