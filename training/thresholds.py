"""Thresholds as alert budgets: how many honest customers one is willing to bother."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.contract import Thresholds
from training.labels import Floats, Truths


@dataclass(frozen=True)
class Budgets:
    """Shares of legitimate rows that a score alone may send to each outcome or a stricter one.

    There is none for declining: what is declined outright is for policies to say.
    """

    review: float = 0.01
    challenge: float = 0.03


@dataclass(frozen=True)
class Catch:
    """What a threshold does on some rows: those at or above it, and what they are."""

    outcome: str
    threshold: float
    rows: int
    positives: int
    legitimate_share: float
    recall: float

    @property
    def precision(self) -> float:
        """Bad rows among those at or above; NaN where there are none."""
        return self.positives / self.rows if self.rows else float("nan")


def thresholds(probability: Floats, positive: Truths, budgets: Budgets) -> Thresholds:
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


def catches(limits: Thresholds, probability: Floats, positive: Truths) -> tuple[Catch, ...]:
    """What each threshold does on rows, strictest first."""
    named = {"decline": limits.decline, "review": limits.review, "challenge": limits.challenge}
    return tuple(
        _catch(outcome, limit, probability >= limit, positive)
        for outcome, limit in named.items()
        if limit is not None
    )


def _catch(outcome: str, limit: float, flagged: Truths, positive: Truths) -> Catch:
    bad = int((flagged & positive).sum())
    rows = int(flagged.sum())
    return Catch(
        outcome=outcome,
        threshold=limit,
        rows=rows,
        positives=bad,
        legitimate_share=(rows - bad) / max(int((~positive).sum()), 1),
        recall=bad / max(int(positive.sum()), 1),
    )
