"""Metrics that matter for rare fraud, on weighted rows, so that a bootstrap is a matrix product.

Weights have shape (resamples, rows): how often a row was drawn. One row of ones
gives the plain value. Ties in the score share one point of every curve.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from features.durations import DAY
from training.labels import Floats, Names, Times, Truths

FALSE_POSITIVE_RATES = {"0.5": 0.005, "1": 0.01, "5": 0.05}
_CALIBRATION_BINS = 10
_CELLS_AT_ONCE = 4_000_000


class Ranking:
    """Rows from the highest score to the lowest, ready for any weights."""

    def __init__(self, score: Floats, positive: Truths) -> None:
        self._order = np.argsort(-score, kind="stable")
        ranked = score[self._order]
        self._positive = positive[self._order].astype(np.float64)
        self._ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))

    def curve(self, weights: Floats) -> tuple[Floats, Floats]:
        """True and false positives at each distinct score, shape (resamples, scores)."""
        ranked = weights[:, self._order]
        true = np.cumsum(ranked * self._positive, axis=1)[:, self._ends]
        false = np.cumsum(ranked, axis=1)[:, self._ends] - true
        return true, false

    def metrics(self, weights: Floats) -> dict[str, Floats]:
        """Average precision, area under the ROC curve, recall at fixed false-positive rates."""
        true, false = self.curve(weights)
        recall, fallout = _over_last(true), _over_last(false)
        precision = true / np.maximum(true + false, 1e-12)
        gained = np.diff(recall, axis=1, prepend=0.0)
        found = {"average_precision": (gained * precision).sum(axis=1)}
        rise = recall - gained / 2.0
        found["roc_auc"] = (np.diff(fallout, axis=1, prepend=0.0) * rise).sum(axis=1)
        for name, rate in FALSE_POSITIVE_RATES.items():
            found[f"recall_at_{name}pct_fpr"] = np.array(
                [
                    np.interp(rate, np.append(0.0, across), np.append(0.0, up))
                    for across, up in zip(fallout, recall, strict=True)
                ]
            )
        return found


def _over_last(counts: Floats) -> Floats:
    return counts / np.maximum(counts[:, -1:], 1e-12)


def probability_metrics(
    probability: Floats, positive: Truths, weights: Floats
) -> dict[str, Floats]:
    """Brier score and expected calibration error over ten bins of equal count."""
    drawn = np.maximum(weights.sum(axis=1), 1e-12)
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, _CALIBRATION_BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, probability, side="left")
    gap = probability - positive
    off = np.zeros(len(weights))
    for index in np.unique(bins):
        here = bins == index
        off += np.abs(weights[:, here] @ gap[here])
    return {"brier": weights @ gap**2 / drawn, "calibration_error": off / drawn}


def top_of_each_day(score: Floats, at: Times, a_day: int) -> Truths:
    """Which rows are among the ``a_day`` highest scores of their UTC day, earlier ones first."""
    day = at // DAY
    order = np.lexsort((at, -score, day))
    ordered = day[order]
    starts = np.searchsorted(ordered, ordered, side="left")
    top = np.zeros(len(score), dtype=np.bool_)
    top[order] = np.arange(len(score)) - starts < a_day
    return top


def resamples(customers: Names, count: int, seed: int) -> Iterator[Floats]:
    """Bootstrap weights in pieces of shape (some resamples, rows).

    Customers are drawn with replacement, and bring all their rows: rows of one
    customer say the same thing twice.
    """
    _, customer_of = np.unique(customers.astype(str), return_inverse=True)
    number = int(customer_of.max()) + 1
    random = np.random.default_rng(seed)
    at_once = max(1, min(count, _CELLS_AT_ONCE // max(len(customers), 1)))
    for first in range(0, count, at_once):
        drawn = [
            np.bincount(random.integers(0, number, number), minlength=number)[customer_of]
            for _ in range(min(at_once, count - first))
        ]
        yield np.array(drawn, dtype=np.float64)
