"""The effect of thresholds on some rows: what each catches, how many a day, and in money."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np

from features import reference
from features.decide.outcomes import ORDER, Outcome
from features.durations import DAY
from features.thresholds import Thresholds
from training.costs import Costs, Outcomes, cost_of
from training.evaluate import Ground
from training.labels import Floats

_REVIEW = ORDER.index("review")


@dataclass(frozen=True)
class Catch:
    """What a threshold does on some rows: those that reach it or a stricter one, what they are.

    ``threshold`` is a probability and ``loss`` an expected loss in minor units, either None
    where it never asks. ``a_day`` is how many get this outcome and no stricter one.
    """

    outcome: str
    threshold: float | None
    rows: int
    positives: int
    legitimate_share: float
    recall: float
    loss: int | None
    a_day: float

    @property
    def precision(self) -> float:
        """Bad rows among those at or above; NaN where there are none."""
        return self.positives / self.rows if self.rows else float("nan")


@dataclass(frozen=True)
class Effect:
    """What thresholds do together, money in major units, and each by itself, strictest first.

    ``reviews_a_day`` is the mean over the days there are, ``busiest`` the most of one day;
    ``by_loss`` how many rows only their expected loss has stopped. ``let_pass`` is what it would
    have cost to approve everything, ``spent`` what these decisions cost.
    """

    catches: tuple[Catch, ...]
    days: int
    reviews_a_day: float
    busiest: float
    by_loss: int
    let_pass: float
    spent: float

    @property
    def saved(self) -> float:
        """What the decisions cost less than letting everybody pass."""
        return self.let_pass - self.spent

    @property
    def sentence(self) -> str:
        """The same in words."""
        unit = reference.load().currency
        rows = "row" if self.by_loss == 1 else "rows"
        alone = f", {self.by_loss:,} {rows} stopped by expected loss alone"
        return (
            f"In {self.days} days: {self.reviews_a_day:,.1f} reviews a day, {self.busiest:,.0f} on "
            f"the busiest{alone if self.by_loss else ''}. Letting everybody pass costs "
            f"{self.let_pass:,.0f} {unit}, this {self.spent:,.0f}: {self.saved:,.0f} {unit} saved."
        )


def asked(limits: Thresholds, probability: Floats, exposure: Floats) -> Outcomes:
    """The strictest outcome that a score alone asks for, by its place in `ORDER`.

    ``exposure`` in minor units, NaN where unknown.
    """
    found = np.zeros(len(probability), dtype=np.int8)
    for _, place, least, loss in _limits(limits):
        reached = probability >= (2.0 if least is None else least)
        if loss is not None:
            reached |= probability * exposure >= loss
        found[reached] = place
    return found


def _limits(limits: Thresholds) -> Iterator[tuple[Outcome, int, float | None, int | None]]:
    losses = limits.losses
    for place, outcome in enumerate(ORDER[1:], 1):
        loss = None if losses is msgspec.UNSET else getattr(losses, outcome)
        yield outcome, place, getattr(limits, outcome), loss


def effect(
    limits: Thresholds, probability: Floats, exposure: Floats, tested: Ground, costs: Costs
) -> Effect:
    """What the thresholds do; a row stands for as many as its weight says."""
    outcomes = asked(limits, probability, exposure)
    without = asked(_of_probability(limits), probability, exposure)
    of_day = np.unique(tested.at // DAY, return_inverse=True)[1]
    reviews = np.bincount(of_day, weights=tested.weight * (outcomes == _REVIEW))

    def money(chosen: Outcomes) -> float:
        return float(tested.weight @ cost_of(costs, chosen, tested.positive, tested.loss))

    return Effect(
        catches=tuple(_catches(limits, outcomes, tested, len(reviews)))[::-1],
        days=len(reviews),
        reviews_a_day=float(reviews.mean()),
        busiest=float(reviews.max()),
        by_loss=int((outcomes > without).sum()),
        let_pass=money(np.zeros_like(outcomes)),
        spent=money(outcomes),
    )


def _catches(limits: Thresholds, outcomes: Outcomes, tested: Ground, days: int) -> Iterator[Catch]:
    positive = tested.positive
    for outcome, place, least, loss in _limits(limits):
        if least is None and loss is None:
            continue
        flagged = outcomes >= place
        rows, bad = int(flagged.sum()), int((flagged & positive).sum())
        yield Catch(
            outcome=outcome,
            threshold=least,
            loss=loss,
            rows=rows,
            positives=bad,
            legitimate_share=(rows - bad) / max(int((~positive).sum()), 1),
            recall=bad / max(int(positive.sum()), 1),
            a_day=float(tested.weight[outcomes == place].sum()) / days,
        )


def _of_probability(limits: Thresholds) -> Thresholds:
    return Thresholds(limits.challenge, limits.review, limits.decline)
