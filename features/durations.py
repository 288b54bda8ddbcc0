"""Durations: integer microseconds, with the short names that columns carry."""

from __future__ import annotations

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_UNITS = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))


def minutes(count: int) -> int:
    """Microseconds of so many minutes."""
    return count * MINUTE


def hours(count: int) -> int:
    """Microseconds of so many hours."""
    return count * HOUR


def days(count: int) -> int:
    """Microseconds of so many days of 24 hours."""
    return count * DAY


def short(width: int) -> str:
    """The name of a width in the largest unit that divides it; one day is 24h.

    >>> short(minutes(10)), short(hours(24)), short(days(30))
    ('10m', '24h', '30d')
    """
    if width == DAY:
        return "24h"
    for letter, unit in _UNITS:
        if width % unit == 0:
            return f"{width // unit}{letter}"
    return f"{width}us"
