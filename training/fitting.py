"""Fitting: from the rows of a split to a calibrated model.

    fit ──► first booster ──► validation: where to stop, how to calibrate, which thresholds
     └─────── fit and validation, as many rounds ──► the booster that is used

The newest rows teach most, so the booster that is used has learned from the validation
window too; all that was chosen there was chosen by a booster that had not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.contract import Column
from features.derived import Derived
from features.offline import Matrix
from training.calibrate import calibrate
from training.labels import Floats, Truths
from training.model import Model, Shape, fit, margins, read_booster
from training.sample import Places, Sample, families, with_holes
from training.split import Part, Split


@dataclass(frozen=True)
class Fitted:
    """A model, the places of its columns in the matrix, and its families of signals.

    ``validation`` is the probability that the first booster gave the validation rows.
    """

    model: Model
    places: Places
    families: dict[str, Places]
    validation: Floats

    def margin(self, values: Floats) -> Floats:
        """Raw log-odds of rows of the matrix."""
        return self.model.margin(np.ascontiguousarray(values[:, self.places]))


@dataclass(frozen=True)
class Seen:
    """The columns that a model sees: what its booster and its holes need to know of them."""

    places: Places
    named: tuple[Column, ...]
    families: dict[str, Places]
    raises: Truths

    @classmethod
    def of(cls, columns: Sequence[Derived], places: Places, masked: float = 0.0) -> Seen:
        """Those at some ``places`` of a matrix; without families where nothing is ``masked``."""
        seen = [columns[place] for place in places]
        return cls(
            places=places,
            named=tuple(Column(one.name, one.digest, one.categories) for one in seen),
            families=families(seen) if masked else {},
            raises=np.array([one.only_raises for one in seen], dtype=np.bool_),
        )


def sample(table: Matrix, part: Part, places: Places) -> Sample:
    """The rows of a part, as many columns as asked for."""
    return Sample(table.values[np.ix_(part.rows, places)], part.positive, part.weight)


def learn(
    table: Matrix,
    columns: Sequence[Derived],
    parts: Split,
    places: Places,
    shape: Shape,
    masked: float = 0.0,
) -> Fitted:
    """Fits, calibrates and fits again on all that may be learned from.

    ``columns`` are all of the matrix, ``places`` those that the model sees; a share
    ``masked`` of the rows is learned from a second time, with holes (`training.sample`).
    """
    seen = Seen.of(columns, places, masked)
    named, masks, raises = seen.named, seen.families, seen.raises
    learned, held_out = sample(table, parts.fit, places), sample(table, parts.validation, places)
    text, rounds = fit(
        named, with_holes(learned, masks, masked), shape, held_out=held_out, raises=raises
    )
    margin = margins(read_booster(text), held_out.values)
    calibration, way = calibrate(margin, held_out.positive, held_out.weight)
    everything = with_holes(learned.and_also(held_out), masks, masked)
    text, rounds = fit(named, everything, shape, rounds=rounds, raises=raises)
    model = Model(named, text, rounds, calibration, way, shape)
    return Fitted(model, places, masks, calibration(margin))
