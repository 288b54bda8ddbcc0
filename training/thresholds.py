"""Thresholds: from which probability, or expected loss, a score alone asks for an outcome.

    shares     how many honest customers one is willing to bother
    costs      what is expected to be the cheapest, in money
    reviews    the same, with no more reviews than can be done in a day

All are set on rows that taught the model nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.contract import Losses, Thresholds
from features.decide.outcomes import Outcome
from features.durations import DAY
from training.costs import Costs, Expected
from training.labels import Floats, Times, Truths

Way = Literal["shares", "costs", "reviews"]
_DAYS_KEPT = 0.95  # the share of days on which there are no more reviews than can be done


@dataclass(frozen=True)
class Budgets:
    """Shares of legitimate rows that a score alone may send to each outcome or a stricter one.

    There is none for declining: what is declined outright is for policies to say.
    """

    review: float = 0.01
    challenge: float = 0.03


def by_shares(probability: Floats, positive: Truths, budgets: Budgets) -> Thresholds:
    """Least probabilities above which at most the budgeted share of legitimate rows lies."""
    legitimate = np.sort(probability[~positive])[::-1]
    return Thresholds(
        challenge=_least(legitimate, budgets.challenge),
        review=_least(legitimate, budgets.review),
        decline=None,
    )


def _least(legitimate: Floats, budget: float) -> float:
    allowed = min(int(budget * len(legitimate)), len(legitimate) - 1)
    return float(np.nextafter(legitimate[allowed], 2.0))


def by_costs(costs: Costs, expected: Expected, minor_units: int) -> Thresholds:
    """From where each outcome is the cheapest, were each bad row to cost what one expects.

    Where more is at stake, its expected loss asks for the outcome at a smaller probability: those
    limits are in minor units of exposure, as much of which is lost as was before.
    """
    limits = _named(costs.cheapest_from(expected.loss))
    if not expected.of_exposure > 0:
        return limits
    unit = 10**minor_units / expected.of_exposure
    turns = {one: round(unit * least) for one, least in costs.cheapest_from_loss().items()}
    return Thresholds(
        challenge=limits.challenge,
        review=limits.review,
        decline=limits.decline,
        losses=Losses(turns.get("challenge"), turns.get("review"), turns.get("decline")),
    )


def by_reviews(
    costs: Costs, expected: Expected, probability: Floats, at: Times, weight: Floats
) -> Thresholds:
    """As costs say, but reviewers do at most so many rows of a UTC day.

    That holds for the mean of the days that these rows lie in, and on 19 of 20 of them; a row
    stands for ``weight`` rows. What there is no time to review gets what is cheapest otherwise.
    """
    wished = _named(costs.cheapest_from(expected.loss))
    if wished.review is None:
        return wished
    limited = _named(costs.cheapest_from(expected.loss, "review"))
    open_to = probability < (2.0 if wished.decline is None else wished.decline)
    possible = _possible(costs.reviews_a_day, probability[open_to], at[open_to], weight[open_to])
    review = max(wished.review, possible)
    challenge = limited.challenge
    is_of_use = challenge is not None and challenge < review
    return Thresholds(challenge if is_of_use else None, review, wished.decline)


def _named(turns: Mapping[Outcome, float]) -> Thresholds:
    return Thresholds(turns.get("challenge"), turns.get("review"), turns.get("decline"))


def _possible(a_day: int, probability: Floats, at: Times, weight: Floats) -> float:
    """The least probability from which on there are at most so many rows a day."""
    if not len(at):
        return 0.0
    of_day = at // DAY
    days = np.unique(of_day)
    each = np.sort([_too_many(a_day, probability[of_day == d], weight[of_day == d]) for d in days])
    usual = float(each[min(int(np.ceil(_DAYS_KEPT * len(days))), len(days)) - 1])
    total = _too_many(a_day * len(days), probability, weight)
    return max(0.0, float(np.nextafter(max(usual, total), 2.0)))


def _too_many(allowed: int, probability: Floats, weight: Floats) -> float:
    """The largest probability from which on there are more rows than allowed; -1 if never."""
    order = np.argsort(-probability, kind="stable")
    over = np.flatnonzero(np.cumsum(weight[order]) > allowed)
    return float(probability[order[over[0]]]) if len(over) else -1.0
