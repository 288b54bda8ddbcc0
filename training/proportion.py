"""A proportion and its 95 % interval, where rows of one customer say the same thing twice.

Wilson's interval (1927, J. Am. Stat. Assoc. 22:209) holds for rows that are independent. Here
it is given the effective number of rows: as many as would vary as much as the customers do
(Rao & Scott 1992, Biometrics 48:577), fewer still where customers are few (Korn & Graubard
1998, Survey Methodology 24:193).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from training.labels import Floats, Truths

_Z = 1.959964


@dataclass(frozen=True)
class Proportion:
    """A share between 0 and 1 with its interval; NaN, between 0 and 1, where there is no row."""

    value: float
    low: float
    high: float


def proportion(held: Truths, weight: Floats, customer: npt.NDArray[np.int64]) -> Proportion:
    """The weighted share of rows for which ``held`` is true; all of shape (rows,).

    ``customer`` are small numbers from 0, the same for rows that belong together.

    >>> who = np.arange(10)
    >>> proportion(who < 3, np.ones(10), who)  # doctest: +ELLIPSIS
    Proportion(value=0.3, low=0.107..., high=0.603...)
    >>> proportion(who < 3, np.ones(10), who // 10)  # doctest: +ELLIPSIS
    Proportion(value=0.3, low=0.020..., high=0.896...)
    """
    if not len(held):
        return Proportion(float("nan"), 0.0, 1.0)
    every: Floats = np.bincount(customer, weight).astype(np.float64)
    found: Floats = np.bincount(customer, weight * held).astype(np.float64)
    of, found = every[every > 0.0], found[every > 0.0]
    share = float(found.sum() / of.sum())
    rows = _effective(share, found, of, len(held))
    middle = share + _Z**2 / (2.0 * rows)
    half = _Z * sqrt(share * (1.0 - share) / rows + _Z**2 / (4.0 * rows**2))
    below, above = ((middle + side) / (1.0 + _Z**2 / rows) for side in (-half, half))
    return Proportion(share, max(0.0, below), min(1.0, above))


def _effective(share: float, found: Floats, of: Floats, rows: int) -> float:
    """How many independent rows say as much about the share as these do."""
    customers = len(of)
    if customers == 1:
        return 1.0
    effective = float(customers)
    spread = float(((found - share * of) ** 2).sum() / of.sum() ** 2)
    if spread > 0.0:
        variance = spread * customers / (customers - 1)
        effective = rows * share * (1.0 - share) / ((rows - 1) * variance)
    effective *= (_student(rows - 1) / _student(customers - 1)) ** 2
    return min(max(effective, 1.0), float(rows))


def _student(freedom: int) -> float:
    """97.5 % quantile of Student's t (Abramowitz & Stegun 1964, 26.7.5)."""
    terms = (
        (_Z**3 + _Z) / 4.0,
        (5.0 * _Z**5 + 16.0 * _Z**3 + 3.0 * _Z) / 96.0,
        (3.0 * _Z**7 + 19.0 * _Z**5 + 17.0 * _Z**3 - 15.0 * _Z) / 384.0,
    )
    return _Z + sum(float(term / freedom**power) for power, term in enumerate(terms, 1))
