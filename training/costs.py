"""Costs: what a decision costs, so that thresholds can be chosen in money.

Of a row that is bad with probability p and then loses L, each outcome is expected to cost

    approve      p L
    challenge    challenge + p (1 - challenge_caught) L
    review       review + (1 - p) honest + p (1 - caught) L
    decline      (1 - p) decline

Each is a line in p, and the cheapest at each p lies on their lower envelope, so a threshold is
where two lines cross (Elkan 2001, "The foundations of cost-sensitive learning"). Reviewers are
a constraint, not a price: at most ``reviews_a_day``, those with the highest probability first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.decide.outcomes import ORDER, Outcome
from features.durations import DAY
from features.errors import NotEnoughData
from training.labels import Floats, Times, Truths

_Line = tuple[float, float]  # what it costs at zero, and how much more for each one
Outcomes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Costs:
    """Prices in major units of the base currency, and how many reviews a day can be done.

    ``review`` is a reviewer's time, ``honest`` what it costs to keep an honest customer waiting,
    ``loss`` what a bad row costs where history does not say it, ``caught`` the share of the
    bad rows that a review stops. ``challenge`` is what one costs with the honest customers who
    give up, ``challenge_caught`` the share of the bad rows that do. ``decline`` is what an honest
    customer is worth who is turned away; without it a score declines nobody.
    """

    review: float = 10.0
    honest: float = 20.0
    loss: float = 500.0
    caught: float = 0.9
    reviews_a_day: int = 100
    challenge: float = 2.0
    challenge_caught: float = 0.4
    decline: float | None = None

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise NotEnoughData(problem)

    def _problems(self) -> Iterator[str]:
        if min(self.review, self.honest, self.challenge) < 0 or self.loss <= 0:
            yield "costs are zero or more, and a loss above zero"
        if not 0 < self.caught <= 1:
            yield "the share that reviews catch lies above 0 and at most at 1"
        if not 0 <= self.challenge_caught <= self.caught:
            yield (
                "the share that challenges catch is zero or more and at most that of reviews: "
                "otherwise nothing would ever be reviewed"
            )
        if self.decline is not None and self.decline < self.honest:
            yield "turning an honest customer away costs at least what keeping him waiting does"
        if self.reviews_a_day < 1:
            yield "at least one review a day must be possible"

    def threshold(self, loss: float | None = None) -> float:
        """The probability from which a review is worth its price, for an expected loss.

        >>> round(Costs(review=10, honest=20, caught=0.9).threshold(500), 4)
        0.0638
        """
        gained = self.caught * (self.loss if loss is None else loss) + self.honest
        return min((self.review + self.honest) / gained, 1.0)

    def cheapest_from(self, loss: float) -> dict[Outcome, float]:
        """From which probability each outcome is the cheapest; what never is, is left out.

        >>> turns = Costs(review=10, honest=20, caught=0.9, challenge=2).cheapest_from(500)
        >>> {outcome: round(least, 4) for outcome, least in turns.items()}
        {'challenge': 0.01, 'review': 0.1037}
        """
        lines: dict[Outcome, _Line] = {
            "approve": (0.0, loss),
            "challenge": (self.challenge, -self.challenge_caught * loss + loss),
            "review": (self.review + self.honest, (1 - self.caught) * loss - self.honest),
        }
        if self.decline is not None:
            lines["decline"] = (self.decline, -self.decline)
        return {outcome: least for outcome, least in _envelope(lines).items() if least <= 1.0}

    def cheapest_from_loss(self) -> dict[Outcome, float]:
        """From which expected loss, p L, each outcome is the cheapest, for small p.

        What keeping an honest customer waiting costs is counted in full, as if p were 0: at a
        larger p review pays a little earlier, and the thresholds on probability say so.

        >>> turns = Costs(review=10, honest=20, caught=0.9, challenge=2).cheapest_from_loss()
        >>> {outcome: round(least, 2) for outcome, least in turns.items()}
        {'challenge': 5.0, 'review': 56.0}
        """
        lines: dict[Outcome, _Line] = {
            "approve": (0.0, 1.0),
            "challenge": (self.challenge, 1 - self.challenge_caught),
            "review": (self.review + self.honest, 1 - self.caught),
        }
        if self.decline is not None:
            lines["decline"] = (self.decline, 0.0)
        return _envelope(lines)


@dataclass(frozen=True)
class Expected:
    """What a bad row is expected to cost, as those did that are known.

    ``loss`` in major units; ``of_exposure`` is the share of their exposures
    (`features.decide.exposure`) that was really lost, NaN where none is known.
    """

    loss: float
    of_exposure: float


def _envelope(lines: dict[Outcome, _Line]) -> dict[Outcome, float]:
    """From where on each line is the lowest; that of `approve` is, at zero."""
    lowest: Outcome = "approve"
    turns: dict[Outcome, float] = {}
    while True:
        start, slope = lines[lowest]
        crossings = [
            ((other - start) / (slope - flatter), flatter, outcome)
            for outcome, (other, flatter) in lines.items()
            if flatter < slope
        ]
        if not crossings:
            return turns
        at, _, lowest = min(crossings)
        turns[lowest] = at


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
    return cost_of(costs, review.astype(np.int8) * ORDER.index("review"), positive, losses)


def cost_of(costs: Costs, outcome: Outcomes, positive: Truths, losses: Floats) -> Floats:
    """The same where all outcomes are given, by their places in `ORDER`."""
    caught = np.array([0.0, costs.challenge_caught, costs.caught, 1.0])
    price = np.array([0.0, costs.challenge, costs.review, 0.0])
    of_honest = np.array([0.0, 0.0, costs.honest, costs.decline or 0.0])
    missed: Floats = (1.0 - caught[outcome]) * losses * positive
    spent: Floats = missed + price[outcome] + of_honest[outcome] * ~positive
    return spent
