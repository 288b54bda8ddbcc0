"""Counts, shares and money of a back-test, short enough for a column."""

from __future__ import annotations

from typing import NamedTuple

from training.proportion import Proportion

_LONG = 100_000


class Currency(NamedTuple):
    """What money is counted in, and how many decimals it has."""

    code: str
    minor_units: int

    def major(self, minor: int) -> str:
        """Whole units.

        >>> Currency("EUR", 2).major(123_456_789)
        '1,234,568'
        """
        return f"{minor / 10**self.minor_units:,.0f}"

    def short(self, minor: int) -> str:
        """Whole units, or thousands of them."""
        return count(round(minor / 10**self.minor_units))


def count(number: int) -> str:
    """A number, in thousands or millions where it is long.

    >>> count(99_999), count(1_234_567), count(123_456_789)
    ('99,999', '1,235k', '123M')
    """
    if abs(number) < _LONG:
        return f"{number:,}"
    thousands = number / 1_000
    return f"{thousands:,.0f}k" if abs(thousands) < _LONG else f"{thousands / 1_000:,.0f}M"


def percent(share: float) -> str:
    """A share.

    >>> percent(0.1234), percent(0.0001), percent(0.0)
    ('12.3 %', '<0.1 %', '0 %')
    """
    if 0.0 < share < 0.0005:
        return "<0.1 %"
    return f"{100 * share:.1f} %" if share else "0 %"


def interval(share: Proportion) -> str:
    """A share with its interval, in per cent.

    >>> interval(Proportion(0.5, 0.25, 0.75)), interval(Proportion(0.01, 0.005, 0.02))
    ('50 % (25-75)', '1.0 % (0.5-2.0)')
    >>> interval(Proportion(float("nan"), 0.0, 1.0))
    'unknown'
    """
    if share.value != share.value:  # NaN: nothing was judged
        return "unknown"
    digits = 0 if share.high >= 0.1 else 1
    value, low, high = (f"{100 * one:.{digits}f}" for one in (share.value, share.low, share.high))
    return f"{value} % ({low}-{high})"
