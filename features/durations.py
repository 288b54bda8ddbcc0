"""Durations: integer microseconds, with the short names that columns carry."""

from __future__ import annotations

import re
from functools import lru_cache

from features.errors import InvalidInput

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


@lru_cache(maxsize=256)  # few are written, and every hit of a policy reads its own
def read(text: str) -> int:
    """Microseconds of a duration as people write it. Raises `InvalidInput`.

    >>> read("90d") == days(90), read("12h") == hours(12)
    (True, True)
    """
    if re.fullmatch("[0-9]{1,5}[dhms]", text) is None:
        raise InvalidInput("a duration is a whole number and d, h, m or s: `90d`, `12h`")
    return int(text[:-1]) * dict(_UNITS)[text[-1]]
