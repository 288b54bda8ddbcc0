"""Thresholds: from which probability, or expected loss, a score alone asks for an outcome.

    shares     how many honest customers one is willing to bother
    costs      what is expected to be the cheapest, in money
    reviews    the same, with no more reviews than can be done in a day

All are set on rows that taught the model nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from msgspec import UNSET, structs

from features.decide.outcomes import ORDER, Outcome
from features.durations import DAY
from features.thresholds import Losses, Thresholds
from training.costs import Costs, Expected
from training.effect import asked
from training.labels import Floats, Times, Truths

Way = Literal["shares", "costs", "reviews"]
_RUSHES = 0.05  # the share of days on which there may be more reviews than can be done
_CLOSE = 1e-6


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
    costs: Costs,
    expected: Expected,
    minor_units: int,
    probability: Floats,
    exposure: Floats,
    at: Times,
    weight: Floats,
) -> Thresholds:
    """As costs say, were a review so dear that reviewers can do all that are worth it.

    At most so many rows of a UTC day are reviewed: in the mean of the days that these rows lie
    in, and on 19 of 20 of them; a row stands for ``weight`` rows. Whoever costs least to leave
    unreviewed is, and gets what is cheapest otherwise; but nobody is declined for want of time.
    The price that makes the constraint hold is its Lagrange multiplier, above ``costs.review``.
    """
    wished = by_costs(costs, expected, minor_units)
    of_day = np.unique(at // DAY, return_inverse=True)[1]

    def priced(more: float) -> Thresholds:
        dearer = replace(costs, review=costs.review + more, decline=None)
        return _declining(by_costs(dearer, expected, minor_units), wished)

    def can_be_done(limits: Thresholds) -> bool:
        reviewed = asked(limits, probability, exposure) == ORDER.index("review")
        each = np.bincount(of_day, weights=weight * reviewed)
        rushes = int((each > costs.reviews_a_day).sum())
        return bool(each.mean() <= costs.reviews_a_day and rushes <= _RUSHES * len(each))

    if can_be_done(wished):
        return wished
    too_cheap, dear = 0.0, 1.0
    while not can_be_done(priced(dear)):
        too_cheap, dear = dear, 2 * dear
    while dear - too_cheap > _CLOSE * dear:
        between = (too_cheap + dear) / 2
        if can_be_done(priced(between)):
            dear = between
        else:
            too_cheap = between
    return priced(dear)


def _declining(limits: Thresholds, wished: Thresholds) -> Thresholds:
    """With the limits from which on everybody is declined, of other thresholds."""
    losses = limits.losses
    if losses is not UNSET and wished.losses is not UNSET:
        losses = structs.replace(losses, decline=wished.losses.decline)
    return structs.replace(limits, decline=wished.decline, losses=losses)


def _named(turns: Mapping[Outcome, float]) -> Thresholds:
    return Thresholds(turns.get("challenge"), turns.get("review"), turns.get("decline"))
