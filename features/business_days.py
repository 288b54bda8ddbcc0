"""Business days: when an invoice that fell due is late, for money takes days to arrive."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache

import holidays

#: Business days that a payment made on the due day may take to be known (settlement lag).
SETTLEMENT_DAYS = 5

_DAY = 86_400_000_000
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_LAST_ORDINAL = date.max.toordinal()
_WEEKEND = frozenset({5, 6})


def late_after(due_at: int, country: str | None) -> int | None:
    """The time of day of ``due_at`` so many business days later; microseconds, days of UTC.

    Week-ends and holidays are those of the country; without one, or with one that
    has no calendar, Saturdays and Sundays. None for a due date at the end of time,
    with which systems say that there is none.
    """
    ordinal = due_at // _DAY + _EPOCH_ORDINAL
    if ordinal + 366 > _LAST_ORDINAL:
        return None
    return due_at + _business_days_take(ordinal, country) * _DAY


@lru_cache(maxsize=8192)
def _business_days_take(ordinal: int, country: str | None) -> int:
    day, left = ordinal, SETTLEMENT_DAYS
    while left:
        day += 1
        left -= _is_open(date.fromordinal(day), country)
    return day - ordinal


def _is_open(day: date, country: str | None) -> bool:
    weekend, closed = _calendar(country, day.year)
    return day.weekday() not in weekend and day not in closed


def is_holiday(day: date, country: str) -> int | None:
    """Whether a day is a public holiday of a country; unknown where it has no calendar."""
    if country not in _countries():
        return None
    return int(day in _calendar(country, day.year)[1])


@cache
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=2048)
def _calendar(country: str | None, year: int) -> tuple[frozenset[int], frozenset[date]]:
    """Weekdays (Monday is 0) and days of a year on which a country's banks are closed."""
    if country is None:
        return _WEEKEND, frozenset()
    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return _WEEKEND, frozenset()
    return frozenset(calendar.weekend), frozenset(calendar)
