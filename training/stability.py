"""The population stability index: how far a distribution has moved, less what chance would show.

The index is the sum over bins of ``(now - then) * ln(now / then)`` (Siddiqi 2006, "Credit Risk
Scorecards"; the J-divergence of Jeffreys 1946). By custom 0.1 is worth a look and 0.25 a shift.

Of `n` rows and `m` rows drawn from one distribution over `B` bins it is not zero: it is about
``(1/n + 1/m)`` times a chi-square of ``B - 1`` degrees of freedom (Yurdakul & Naranjo 2020,
"Statistical properties of the population stability index", Journal of Risk Model Validation).
With 200 rows and ten bins that is 0.05 for nothing. So its mean is taken off, and what chance
alone could show is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from training.labels import Floats

#: How often one of all tests together may see a shift where there is none.
_FALSE_ALARMS = 0.01
_FLOOR = 0.5  # rows that every bin holds at least: no bin is empty, and an empty one no proof


@dataclass(frozen=True)
class Stability:
    """The index less its mean under chance, and whether chance alone would hardly show it."""

    index: float
    by_chance: bool


def psi(then: Floats, now: Floats) -> float:
    """The index of two lists of shares, none of them zero.

    >>> round(psi(np.array([0.5, 0.5]), np.array([0.8, 0.2])), 4)
    0.4159
    """
    return float(((now - then) * np.log(now / then)).sum())


def stability(then: Floats, rows: int, now: Floats, tests: int = 1) -> Stability:
    """How far the counts ``now`` have moved from the shares ``then``, which rest on ``rows``.

    ``tests`` is how many such questions are asked together. Bins that were and are empty
    play no part; another bin counts half a row more than it holds.
    """
    there = (then > 0) | (now > 0)
    before, after = then[there] * rows + _FLOOR, now[there] + _FLOOR
    found = psi(before / before.sum(), after / after.sum())
    noise, freedom = 1.0 / rows + 1.0 / now.sum(), int(there.sum()) - 1
    limit = noise * _chi_square(freedom, 1.0 - _FALSE_ALARMS / tests)
    return Stability(max(found - noise * freedom, 0.0), found <= limit)


def _chi_square(freedom: int, probability: float) -> float:
    """A quantile, a little high far out (Wilson & Hilferty 1931, doi:10.1073/pnas.17.12.684)."""
    if freedom == 0:
        return 0.0
    part = 2.0 / (9.0 * freedom)
    root = 1.0 - part + NormalDist().inv_cdf(probability) * math.sqrt(part)
    return freedom * root**3
