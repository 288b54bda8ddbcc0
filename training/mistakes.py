"""Mistakes: the rows a model was most wrong about, and what it looked at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np

from features.booster import Booster
from features.decide.reasons import Explainer, Factor
from features.derived import Derived
from training.evaluate import Candidate, Ground
from training.fitting import Fitted
from training.funnel import Rows
from training.labels import Floats, Names, Truths
from training.split import Part

_REASONS = 3


@dataclass(frozen=True)
class Mistake:
    """A row, its score (0 to 1000), what it cost, and what pushed it there, the heaviest first.

    ``reasons`` of a fraud that was missed are those that made it look honest.
    """

    id: str
    at: int
    score: int
    kind: str
    loss: float
    reasons: tuple[Factor, ...]


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

    booster = Booster(fitted.model.text)
    explainer = Explainer(fitted.model.columns, columns, booster.contributions)

    def reasons(row: Floats, direction: float) -> tuple[Factor, ...]:
        pulling = (one for one in explainer(row) if direction * one.contribution > 0)
        return tuple(islice(pulling, _REASONS))

    def told(rows: Rows, direction: float) -> tuple[Mistake, ...]:
        return tuple(
            Mistake(
                id=str(ids[part.rows[row]]),
                at=int(tested.at[row]),
                score=round(1000 * float(scored.probability[row])),
                kind=str(part.kind[row]),
                loss=float(tested.loss[row]),
                reasons=reasons(values[part.rows[row], fitted.places], direction),
            )
            for row in rows.tolist()
        )

    worst = Mistakes(told(bothered, 1.0), told(missed, -1.0))
    booster.close()
    return worst
