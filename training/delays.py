"""How long fraud takes to become known: the censoring curve.

Young rows have had no time to be found out late, so the plain distribution of delays looks too
short. The product-limit estimator for right-truncated data puts that right (Lagakos,
Barraj & De Gruttola 1988, doi:10.1093/biomet/75.3.515): of what is found within the longest
delay that could be seen at all, which share is found within `d` days.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.durations import DAY
from training.labels import Floats, Times


@dataclass(frozen=True)
class Delays:
    """The share ``known`` of the fraud that is found within so many ``days``; both ascend."""

    days: Floats
    known: Floats

    def until(self, share: float) -> float:
        """Days after which a share of what will be found is found.

        >>> Delays(np.array([1.0, 5.0, 20.0]), np.array([0.25, 0.5, 1.0])).until(0.5)
        5.0
        """
        return float(self.days[np.searchsorted(self.known, share)])

    def within(self, days: float) -> float:
        """The share found within so many days."""
        place = int(np.searchsorted(self.days, days, side="right"))
        return float(self.known[place - 1]) if place else 0.0


def delays(at: Times, known_at: Times, as_of: int) -> Delays:
    """The curve of bad rows asked ``at``, known at ``known_at``, seen ``as_of``; all in µs."""
    took, could = (known_at - at) / DAY, (as_of - at) / DAY
    days, found = np.unique(took, return_counts=True)
    at_risk = np.searchsorted(np.sort(took), days, side="right") - np.searchsorted(
        np.sort(could), days, side="left"
    )
    stay = 1.0 - found / at_risk
    known = np.append(np.cumprod(stay[::-1])[::-1][1:], 1.0)
    return Delays(days, known)
