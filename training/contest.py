"""The contest: challenger and champion on the same rows, or the scorecard in the champion's place.

window ──► both score it ──► the same resamples of customers for both ──► differences
                             runs that alternate ──────────────────────► latency
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import numpy as np

from features.booster import Booster
from features.contract import Bundle
from features.decide.outcomes import ORDER
from features.decide.scorecard import REVIEW_AT, Scorecard
from features.declared import Catalogue
from features.trial import TrialFailed, stand
from training.effect import asked
from training.gate import Check, Difference, Findings, Gate, Verdict, decide
from training.labels import Floats, Truths
from training.latency import Timed, latency
from training.metrics import Ranking, numbered, probability_metrics, resamples
from training.window import Window

_SEED = 13
_SECONDS = 60.0
_NO_PROBABILITY = "not compared: the scorecard gives no probability"
_NO_MODEL = "not compared: the scorecard is no model"


def self_test(bundle: Bundle) -> Check:
    """Whether a child that loads the model gives its golden rows to the last bit."""
    golden = bundle.contract.golden
    try:
        stand(
            bundle.model,
            [one.vector for one in golden],
            [one.margin for one in golden],
            _SECONDS,
        )
    except TrialFailed as failed:
        return Check("self-test", False, f"the model failed its self-test: {failed}; retrain it")
    return Check(
        "self-test", True, f"{len(golden)} golden rows, to the last bit, in a process apart"
    )


def contest(
    challenger: Bundle, champion: Bundle | None, window: Window, catalogue: Catalogue, gate: Gate
) -> Verdict:
    """The verdict over a challenger that stood its self-test, on rows that are new to both.

    ``window`` names the columns of the challenger, then of the champion.
    """
    with _of_bundle("challenger", challenger, window, 0) as ours:
        if champion is None:
            theirs = _of_scorecard(window, catalogue)
            return decide(_findings(ours, theirs, window, gate, _NO_MODEL), gate)
        with _of_bundle(f"the champion {champion.digest[:8]}", champion, window, 1) as other:
            timed = latency(ours.timed(), other.timed(), gate)
            return decide(_findings(ours, other, window, gate, timed), gate)


@dataclass(frozen=True)
class _Side:
    """One side, and what it says of the rows. ``flagged``: it would send them to review."""

    name: str
    score: Floats
    probability: Floats | None
    flagged: Truths


@dataclass(frozen=True)
class _ModelSide(_Side):
    booster: Booster
    vectors: Floats
    explained: float

    def timed(self) -> Timed:
        return Timed(self.booster, self.vectors, self.explained)


@contextmanager
def _of_bundle(name: str, bundle: Bundle, window: Window, model: int) -> Iterator[_ModelSide]:
    vectors = window.vectors(model)
    with closing(Booster(bundle.model)) as booster:
        margin = booster.margins(vectors)
        probability = bundle.contract.calibration(margin)
        outcome = asked(bundle.contract.thresholds, probability, window.exposure)
        yield _ModelSide(
            name,
            margin,
            probability,
            outcome >= ORDER.index("review"),
            booster,
            vectors,
            float((outcome > 0).mean()),
        )


def _of_scorecard(window: Window, catalogue: Catalogue) -> _Side:
    table = window.table
    weights = catalogue.domain.named(table.moment).weights
    card = Scorecard(weights, {name: place for place, name in enumerate(table.columns)})
    points = card.points_of_many(table.values).astype(np.float64)
    return _Side("the scorecard", points, None, points >= REVIEW_AT)


def _findings(
    ours: _Side, theirs: _Side, window: Window, gate: Gate, timed: Difference | str
) -> Findings:
    regions = _regions(window, gate.honest_in_region)
    customers = numbered(window.table.customers)
    sides = [_Measure(side, window, regions) for side in (ours, theirs)]
    drawn = [
        [side(weights * window.weight) for side in sides]
        for weights in resamples(customers, gate.resamples, _SEED)
    ]
    plain = [side(window.weight[None, :]) for side in sides]
    tail = (1.0 - gate.level) / 2.0

    def difference(name: str) -> Difference:
        between = np.concatenate([mine[name] - other[name] for mine, other in drawn])
        low, high = np.quantile(between, (tail, 1.0 - tail))
        mine, other = (float(found[name][0]) for found in plain)
        return Difference(mine, other, float(low), float(high))

    return Findings(
        against=theirs.name,
        rows=window.says,
        precision=difference("average_precision"),
        calibration=_NO_PROBABILITY
        if theirs.probability is None
        else difference("calibration_error"),
        disparity=difference("disparity")
        if regions.shape[1]
        else f"not compared: no country has {gate.honest_in_region} honest rows",
        latency=timed,
    )


def _regions(window: Window, least: int) -> Floats:
    """Which honest row lies in which country that is large enough, shape (rows, countries)."""
    named = np.array([one or "" for one in window.country])
    honest = ~window.positive
    countries, counts = np.unique(named[honest & (named != "")], return_counts=True)
    large = countries[counts >= least]
    within: Truths = (named[:, None] == large[None, :]) & honest[:, None]
    return within.astype(np.float64)


class _Measure:
    """The figures of one side as a function of weights, shape (resamples, rows)."""

    def __init__(self, side: _Side, window: Window, regions: Floats) -> None:
        self._side, self._positive = side, window.positive
        self._ranking = Ranking(side.score, window.positive)
        true, _ = self._ranking.curve(np.ones((1, len(window.positive))))
        self._steps = np.flatnonzero(np.diff(true[0], prepend=0.0))  # where recall grows
        self._honest = (~window.positive).astype(np.float64)
        self._regions = regions

    def __call__(self, weights: Floats) -> dict[str, Floats]:
        found = {"average_precision": self._average_precision(weights)}
        if self._side.probability is not None:
            found["calibration_error"] = probability_metrics(
                self._side.probability, self._positive, weights
            )["calibration_error"]
        if self._regions.shape[1]:
            found["disparity"] = self._disparity(weights)
        return found

    def _average_precision(self, weights: Floats) -> Floats:
        """As `Ranking.metrics` has it, and nothing else: a large window takes its time."""
        true, false = (counts[:, self._steps] for counts in self._ranking.curve(weights))
        gained = np.diff(true, axis=1, prepend=0.0)
        reached: Floats = (gained * _share(true, true + false)).sum(axis=1)
        return _share(reached, true[:, -1])

    def _disparity(self, weights: Floats) -> Floats:
        """The largest false-positive rate of a country above that of all."""
        bothered = weights * self._side.flagged
        overall = _share(bothered @ self._honest, weights @ self._honest)
        each = _share(bothered @ self._regions, weights @ self._regions)
        largest: Floats = each.max(axis=1)
        return largest - overall


def _share(part: Floats, whole: Floats) -> Floats:
    return part / np.maximum(whole, 1e-12)
