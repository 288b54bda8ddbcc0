"""Costs: what a decision costs, so that thresholds can be chosen in money.

A row is sent to review where that is expected to cost less than letting it pass,

    review + (1 - p) honest + p (1 - caught) loss  <  p loss

and at most ``reviews_a_day`` of them, those with the highest probability first: reviewers
are a constraint, not a price (Elkan 2001, "The foundations of cost-sensitive learning").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.durations import DAY
from features.errors import NotEnoughData
from training.labels import Floats, Times, Truths


@dataclass(frozen=True)
class Costs:
    """Prices in major units of the base currency, and how many reviews a day can be done.

    ``review`` is a reviewer's time, ``honest`` what it costs to keep an honest customer waiting,
    ``loss`` what a bad row costs where history does not say it, ``caught`` the share of the
    bad rows that a review stops.
    """

    review: float = 10.0
    honest: float = 20.0
    loss: float = 500.0
    caught: float = 0.9
    reviews_a_day: int = 100

    def __post_init__(self) -> None:
        if min(self.review, self.honest) < 0 or self.loss <= 0 or not 0 < self.caught <= 1:
            raise NotEnoughData(
                "costs are zero or more, a loss above zero, and the share that reviews catch "
                "lies above 0 and at most at 1"
            )
        if self.reviews_a_day < 1:
            raise NotEnoughData("at least one review a day must be possible")

    def threshold(self, loss: float | None = None) -> float:
        """The probability from which a review is worth its price, for an expected loss.

        >>> round(Costs(review=10, honest=20, caught=0.9).threshold(500), 4)
        0.0638
        """
        gained = self.caught * (self.loss if loss is None else loss) + self.honest
        return min((self.review + self.honest) / gained, 1.0)


def reviewed(costs: Costs, probability: Floats, at: Times, loss: float) -> Truths:
    """Which rows are sent to review: worth it, and among the first of their UTC day."""
    worth = np.flatnonzero(probability >= costs.threshold(loss))
    day = at[worth] // DAY
    order = np.lexsort((at[worth], -probability[worth], day))
    ordered = day[order]
    place = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
    chosen = np.zeros(len(probability), dtype=np.bool_)
    chosen[worth[order[place < costs.reviews_a_day]]] = True
    return chosen


def cost(costs: Costs, review: Truths, positive: Truths, losses: Floats) -> Floats:
    """What each row costs, major units, shape (rows,); ``losses`` are what the bad ones cost."""
    missed = np.where(review, 1.0 - costs.caught, 1.0) * losses * positive
    return missed + review * (costs.review + costs.honest * ~positive)
