"""Evaluation: every candidate on the same test rows, each figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.durations import DAY
from training.labels import Floats, Names, Times, Truths
from training.metrics import Ranking, probability_metrics, resamples, top_of_each_day

RESAMPLES = 200
_SEED = 7
_LEVEL = (0.025, 0.975)

#: What each metric is, for tables.
TITLES: dict[str, str] = {
    "average_precision": "average precision",
    "roc_auc": "ROC AUC",
    "recall_at_0.5pct_fpr": "recall at 0.5 % FPR",
    "recall_at_1pct_fpr": "recall at 1 % FPR",
    "recall_at_5pct_fpr": "recall at 5 % FPR",
    "precision_top_a_day": "precision, top of a day",
    "brier": "Brier score",
    "calibration_error": "calibration error",
}


@dataclass(frozen=True)
class Interval:
    """A figure and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Candidate:
    """One row of the comparison: a way to score, and what it gave for the test rows."""

    name: str
    probability: Floats
    score: Floats


@dataclass(frozen=True)
class Scored:
    """A candidate and its figures; ``lift`` is average precision less the base rate."""

    candidate: Candidate
    metrics: Mapping[str, Interval]
    lift: Interval


@dataclass(frozen=True)
class Comparison:
    """All candidates beside each other. ``a_day`` is how long the list of a day is."""

    rows: tuple[Scored, ...]
    positive: Truths
    base_rate: float
    a_day: int

    def of(self, name: str) -> Scored:
        """The row of a candidate."""
        return next(row for row in self.rows if row.candidate.name == name)


def compare(
    candidates: tuple[Candidate, ...],
    positive: Truths,
    customers: Names,
    at: Times,
    most_a_day: int = 100,
) -> Comparison:
    """Figures of every candidate on the same rows and the same 200 resamples of customers.

    The list of a day holds ``most_a_day`` rows, or a tenth of an average day where that
    is less: a list as long as the day finds everything and says nothing.
    """
    a_day = _list_length(at, most_a_day)
    measures = [_Measure(candidate, positive, at, a_day) for candidate in candidates]
    plain = np.ones((1, len(positive)))
    drawn: list[list[dict[str, Floats]]] = [[] for _ in candidates]
    for weights in resamples(customers, RESAMPLES, _SEED):
        for found, measure in zip(drawn, measures, strict=True):
            found.append(measure(weights))
    rows = tuple(
        _scored(candidate, measure(plain), found)
        for candidate, measure, found in zip(candidates, measures, drawn, strict=True)
    )
    return Comparison(rows, positive, float(positive.mean()), a_day)


def _list_length(at: Times, most: int) -> int:
    days = len(np.unique(at // DAY))
    return max(1, min(most, len(at) // (10 * days)))


class _Measure:
    """The metrics of one candidate as a function of weights."""

    def __init__(self, candidate: Candidate, positive: Truths, at: Times, a_day: int) -> None:
        self._candidate = candidate
        self._positive = positive
        self._ranking = Ranking(candidate.score, positive)
        self._top = top_of_each_day(candidate.score, at, a_day).astype(np.float64)

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        found = self._ranking.metrics(weights)
        listed = np.maximum(weights @ self._top, 1e-12)
        found["precision_top_a_day"] = weights @ (self._top * self._positive) / listed
        found |= probability_metrics(self._candidate.probability, self._positive, weights)
        base_rate = weights @ self._positive / np.maximum(weights.sum(axis=1), 1e-12)
        found["lift"] = found["average_precision"] - base_rate
        return found


def _scored(
    candidate: Candidate, plain: dict[str, Floats], drawn: list[dict[str, Floats]]
) -> Scored:
    def interval(name: str) -> Interval:
        low, high = np.quantile(np.concatenate([part[name] for part in drawn]), _LEVEL)
        return Interval(float(plain[name][0]), float(low), float(high))

    return Scored(candidate, {name: interval(name) for name in TITLES}, interval("lift"))
