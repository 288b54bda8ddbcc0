"""Time in the simulated world: integer microseconds since 1970, UTC, as the ledger has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_datetime(at: int) -> datetime:
    """A point in time as events carry it."""
    return _EPOCH + timedelta(microseconds=at)


def midnight(at: int) -> int:
    """Start of the UTC day."""
    return at - at % DAY


def next_hour(at: int) -> int:
    """The next full hour: batches of usage lines are delivered then, many at one time."""
    return at - at % HOUR + HOUR
