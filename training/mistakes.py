"""Mistakes: the rows a model was most wrong about, and what it looked at.

Reasons are LightGBM's additive contributions (Lundberg et al. 2020, "From local explanations to
global understanding with explainable AI for trees"): they and a constant add up to the margin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.derived import Derived
from training.evaluate import Candidate, Ground
from training.fitting import Fitted
from training.funnel import Rows
from training.labels import Floats, Names, Truths
from training.split import Part

_REASONS = 3


@dataclass(frozen=True)
class Mistake:
    """A row, its score (0 to 1000), what it cost, and the signals that pushed it there.

    ``reasons`` are (signal, value or None if unknown, contribution in log-odds), the heaviest
    first; of a fraud that was missed those that made it look honest.
    """

    id: str
    at: int
    score: int
    kind: str
    loss: float
    reasons: tuple[tuple[str, float | None, float], ...]


@dataclass(frozen=True)
class Mistakes:
    """The worst of both sides: the highest scores of honest rows, the dearest frauds let pass."""

    bothered: tuple[Mistake, ...]
    missed: tuple[Mistake, ...]


def mistakes(
    fitted: Fitted,
    columns: tuple[Derived, ...],
    values: Floats,
    part: Part,
    ids: Names,
    scored: Candidate,
    tested: Ground,
    flagged: Truths,
    most: int = 5,
) -> Mistakes:
    """The ``most`` worst of the test rows; ``values`` and ``ids`` are of the whole matrix."""
    honest = np.flatnonzero(~tested.positive & flagged)
    bothered = honest[np.argsort(-scored.score[honest], kind="stable")][:most]
    bad = np.flatnonzero(tested.positive & ~flagged)
    missed = bad[np.argsort(-tested.loss[bad], kind="stable")][:most]

    def told(rows: Rows, direction: float) -> tuple[Mistake, ...]:
        return tuple(
            Mistake(
                id=str(ids[part.rows[row]]),
                at=int(tested.at[row]),
                score=round(1000 * float(scored.probability[row])),
                kind=str(part.kind[row]),
                loss=float(tested.loss[row]),
                reasons=_reasons(fitted, columns, values[part.rows[row]], direction),
            )
            for row in rows.tolist()
        )

    return Mistakes(told(bothered, 1.0), told(missed, -1.0))


def _reasons(
    fitted: Fitted, columns: tuple[Derived, ...], row: Floats, direction: float
) -> tuple[tuple[str, float | None, float], ...]:
    """Contributions summed by signal; the value is that of its heaviest column."""
    seen = np.ascontiguousarray(row[fitted.places])
    shares = np.asarray(
        fitted.model.booster.predict(seen[None, :], pred_contrib=True, num_threads=1)
    )[0, :-1]
    signals: dict[str, tuple[float, float, float]] = {}
    for place, share, value in zip(fitted.places.tolist(), shares.tolist(), seen, strict=True):
        name = columns[place].signal
        total, heaviest, shown = signals.get(name, (0.0, -1.0, 0.0))
        if abs(share) > heaviest:
            heaviest, shown = abs(share), float(value)
        signals[name] = (total + share, heaviest, shown)
    ordered = sorted(signals.items(), key=lambda item: -direction * item[1][0])[:_REASONS]
    return tuple(
        (name, None if np.isnan(shown) else shown, total)
        for name, (total, _, shown) in ordered
        if direction * total > 0
    )
