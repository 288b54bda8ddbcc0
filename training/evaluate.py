"""Evaluation: every candidate on the same test rows, each figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.durations import DAY
from training.costs import Costs, cost, reviewed
from training.labels import Floats, Names, Times, Truths
from training.metrics import (
    Ranking,
    Rows,
    listed_each_day,
    numbered,
    probability_metrics,
    resamples,
)

RESAMPLES = 200
_SEED = 7
_LEVEL = (0.025, 0.975)
#: Metrics of which less is better.
LESS_IS_BETTER = frozenset(("brier", "calibration_error", "cost"))

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
    "cost": "cost of a row",
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
class Ground:
    """The rows that candidates are compared on, shape (rows,) each.

    ``loss`` is what a bad row costs if it is let pass, major units; ``expected_loss`` what one
    expects it to before it is known; ``weight`` how many rows a row stands for.
    """

    positive: Truths
    customers: Names
    at: Times
    weight: Floats
    loss: Floats
    expected_loss: float

    def __len__(self) -> int:
        return len(self.at)

    @property
    def base_rate(self) -> float:
        """The share that is bad."""
        return float(np.average(self.positive, weights=self.weight))


@dataclass(frozen=True)
class Comparison:
    """All candidates beside each other. ``a_day`` is how long the list of a day is."""

    rows: tuple[Scored, ...]
    ground: Ground
    costs: Costs
    a_day: int

    @property
    def base_rate(self) -> float:
        """The share of the tested rows that is bad."""
        return self.ground.base_rate

    def of(self, name: str) -> Scored:
        """The row of a candidate."""
        return next(row for row in self.rows if row.candidate.name == name)


def compare(
    candidates: tuple[Candidate, ...], tested: Ground, costs: Costs | None = None
) -> Comparison:
    """Figures of every candidate on the same rows and the same 200 resamples of customers.

    The list of a day holds as many customers as can be reviewed, or a tenth of those of an
    average day where that is less: a list as long as the day finds everything and says nothing.
    """
    costs = costs or Costs()
    entities = numbered(tested.customers)
    a_day = _list_length(entities, tested.at, costs.reviews_a_day)
    measures = [_Measure(candidate, tested, entities, costs, a_day) for candidate in candidates]
    drawn: list[list[dict[str, Floats]]] = [[] for _ in candidates]
    for weights in resamples(entities, RESAMPLES, _SEED):
        for found, measure in zip(drawn, measures, strict=True):
            found.append(measure(weights * tested.weight))
    rows = tuple(
        _scored(candidate, measure(tested.weight[None, :]), found)
        for candidate, measure, found in zip(candidates, measures, drawn, strict=True)
    )
    return Comparison(rows, tested, costs, a_day)


def _list_length(entities: Rows, at: Times, most: int) -> int:
    day = at // DAY
    days = len(np.unique(day))
    seen = len(np.unique(entities * (int(day.max()) + 1) + day))
    return max(1, min(most, seen // (10 * days)))


class _Measure:
    """The metrics of one candidate as a function of weights."""

    def __init__(
        self, candidate: Candidate, tested: Ground, entities: Rows, costs: Costs, a_day: int
    ) -> None:
        score, probability = candidate.score, candidate.probability
        self._probability, self._positive = probability, tested.positive
        self._ranking = Ranking(score, tested.positive)
        listed = listed_each_day(score, tested.positive, entities, tested.at, a_day)
        self._listed, self._hits = listed[0], listed[1].astype(np.float64)
        review = reviewed(costs, probability, tested.at, tested.expected_loss)
        self._cost = cost(costs, review, tested.positive, tested.loss)

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        found = self._ranking.metrics(weights)
        listed = weights[:, self._listed]
        hits = listed @ self._hits
        found["precision_top_a_day"] = hits / np.maximum(listed.sum(axis=1), 1e-12)
        found |= probability_metrics(self._probability, self._positive, weights)
        rows = np.maximum(weights.sum(axis=1), 1e-12)
        found["cost"] = weights @ self._cost / rows
        found["lift"] = found["average_precision"] - weights @ self._positive / rows
        return found


def _scored(
    candidate: Candidate, plain: dict[str, Floats], drawn: list[dict[str, Floats]]
) -> Scored:
    def interval(name: str) -> Interval:
        low, high = np.quantile(np.concatenate([part[name] for part in drawn]), _LEVEL)
        return Interval(float(plain[name][0]), float(low), float(high))

    return Scored(candidate, {name: interval(name) for name in TITLES}, interval("lift"))
