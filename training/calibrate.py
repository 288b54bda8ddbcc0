"""Calibration: raw margins become probabilities that can be multiplied with money.

Two ways are tried on the validation window and the better one by cross-fitted
Brier score is kept, as numbers (`features.contract.Calibration`):

* Platt, a logistic curve (Platt 1999, "Probabilistic outputs for support vector machines");
* centred isotonic regression (Oron & Flournoy 2017, doi:10.1080/19466315.2017.1286256): each
  flat step of an isotonic fit becomes one knot at its mean margin, so that different
  margins keep different probabilities.

With few positives only Platt is tried: two parameters can be learned from them, steps cannot.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from features.contract import Calibration
from training.labels import Floats, Truths

Way = Callable[[Floats, Truths, Floats], Calibration]

FEW_POSITIVES = 50
_FOLDS = 5
_LOG_ODDS = np.linspace(-10.0, 10.0, 81)


def calibrate(
    margin: Floats, positive: Truths, weight: Floats | None = None
) -> tuple[Calibration, str]:
    """The better calibration of ``margin`` (rows,) and its name, ``platt`` or ``isotonic``."""
    weight = np.ones(len(margin)) if weight is None else weight
    if positive.sum() < FEW_POSITIVES:
        return platt(margin, positive, weight), "platt"
    ways: dict[str, Way] = {
        "platt": platt,
        "isotonic": isotonic,
    }
    scores = {name: _held_out_brier(way, margin, positive, weight) for name, way in ways.items()}
    best = min(scores, key=scores.__getitem__)
    return ways[best](margin, positive, weight), best


def platt(margin: Floats, positive: Truths, weight: Floats) -> Calibration:
    """A logistic curve, never falling, as 81 knots a quarter of a log-odds unit apart."""
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e6).fit(margin[:, None], positive, weight)
    slope, intercept = float(curve.coef_[0, 0]), float(curve.intercept_[0])
    if slope <= 0.0:
        share = float(np.average(positive, weights=weight))
        return Calibration((0.0, 1.0), (share, share))
    knots = (_LOG_ODDS - intercept) / slope
    return _numbers(knots, 1.0 / (1.0 + np.exp(-_LOG_ODDS)))


def isotonic(margin: Floats, positive: Truths, weight: Floats) -> Calibration:
    """Centred isotonic regression; no step claims more certainty than half a row."""
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression().fit(margin, positive.astype(np.float64), weight)
    fitted = curve.predict(margin)
    steps, step_of = np.unique(fitted, return_inverse=True)
    knots = np.bincount(step_of, weights=margin * weight) / np.bincount(step_of, weights=weight)
    least = 0.5 / (len(margin) + 1)
    return _numbers(knots, np.clip(steps, least, 1.0 - least))


def _numbers(knots: Floats, probabilities: Floats) -> Calibration:
    return Calibration(tuple(knots.tolist()), tuple(probabilities.tolist()))


def _held_out_brier(way: Way, margin: Floats, positive: Truths, weight: Floats) -> float:
    fold = np.arange(len(margin)) % _FOLDS
    error = 0.0
    for held_out in range(_FOLDS):
        here = fold == held_out
        if not 0 < positive[~here].sum() < (~here).sum():
            return float("inf")
        predicted = way(margin[~here], positive[~here], weight[~here])(margin[here])
        error += float(weight[here] @ (predicted - positive[here]) ** 2)
    return error
