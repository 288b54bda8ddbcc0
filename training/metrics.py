"""Metrics that matter for rare fraud, on weighted rows, so that a bootstrap is a matrix product.

Weights have shape (resamples, rows): how often a row was drawn. One row of ones
gives the plain value. Ties in the score share one point of every curve.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from features.durations import DAY
from training.labels import Floats, Names, Times, Truths

Rows = npt.NDArray[np.int64]

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


def listed_each_day(
    score: Floats, positive: Truths, entities: Rows, at: Times, a_day: int
) -> tuple[Rows, Truths]:
    """The ``a_day`` most suspicious entities of each UTC day: a row of each, and if it was bad.

    An entity stands there with its highest score of the day, and is bad if any of its rows of
    that day is. Once it was found bad it leaves the lists of later days, as it would in life
    (card precision of Le Borgne et al. 2022, "Reproducible machine learning for credit card
    fraud detection", chapter 4).
    """
    day = at // DAY
    order = np.lexsort((at, -score, day))
    begins = np.flatnonzero(np.diff(day[order], prepend=-1))
    found = np.zeros(int(entities.max(initial=-1)) + 1, dtype=np.bool_)
    listed, hits = [], []
    for rows in np.split(order, begins[1:]):
        here = rows[~found[entities[rows]]]
        _, first = np.unique(entities[here], return_index=True)
        top = here[np.sort(first)[:a_day]]
        bad = np.isin(entities[top], entities[here[positive[here]]])
        found[entities[top[bad]]] = True
        listed.append(top)
        hits.append(bad)
    return np.concatenate(listed), np.concatenate(hits)


def numbered(customers: Names) -> Rows:
    """A number for each customer, shape (rows,)."""
    return np.unique(customers.astype(str), return_inverse=True)[1]


def resamples(customer_of: Rows, count: int, seed: int) -> Iterator[Floats]:
    """Bootstrap weights in pieces of shape (some resamples, rows).

    Customers, by number, are drawn with replacement, and bring all their rows: rows of one
    customer say the same thing twice.
    """
    number = int(customer_of.max()) + 1
    random = np.random.default_rng(seed)
    at_once = max(1, min(count, _CELLS_AT_ONCE // max(len(customer_of), 1)))
    for first in range(0, count, at_once):
        drawn = [
            np.bincount(random.integers(0, number, number), minlength=number)[customer_of]
            for _ in range(min(at_once, count - first))
        ]
        yield np.array(drawn, dtype=np.float64)
