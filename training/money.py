"""Money: what so many reviews a day catch, whom they bother, and what they are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.costs import cost, reviewed
from training.evaluate import Comparison
from training.ladder import MODEL

REVIEWS = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True)
class Price:
    """The best use of at most so many reviews a day, on the test part; money in major units.

    ``score`` is the least that was reviewed, ``saved`` what all decisions together cost less
    than letting everybody pass.
    """

    reviews_a_day: int
    reviews: int
    score: float
    found: float
    bothered: float
    saved: float


def prices(comparison: Comparison, reviews: Sequence[int] = REVIEWS) -> tuple[Price, ...]:
    """One for each number of reviews a day, up to where more would not be used."""
    tested, costs = comparison.ground, comparison.costs
    probability = comparison.of(MODEL).candidate.probability
    positive, weight = tested.positive, tested.weight
    nothing = np.zeros(len(tested), dtype=np.bool_)
    let_pass = float(weight @ cost(costs, nothing, positive, tested.loss))
    found: list[Price] = []
    for number in reviews:
        limited = replace(costs, reviews_a_day=number)
        chosen = reviewed(limited, probability, tested.at, tested.expected_loss)
        if found and int(chosen.sum()) == found[-1].reviews:
            break
        spent = float(weight @ cost(costs, chosen, positive, tested.loss))
        found.append(
            Price(
                reviews_a_day=number,
                reviews=int(chosen.sum()),
                score=1000 * float(probability[chosen].min(initial=1.0)),
                found=float(chosen[positive].mean()),
                bothered=float(chosen[~positive].mean()),
                saved=let_pass - spent,
            )
        )
    return tuple(found)
