"""Columns that became constant, or began to vary, between learning and testing.

Such a column says something else now than when it was learned from: a sender stopped sending,
a form changed, a flag was switched on. It stops nothing; it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.offline import Matrix
from training.funnel import Rows
from training.labels import Floats, Truths
from training.split import Split

_BY_CHANCE = 1e-4  # a rare value may well be missing from few rows


@dataclass(frozen=True)
class Change:
    """A column whose rows all have one ``value`` (None: unknown) on one side of the cut only.

    ``share`` is how many rows of the other side have another.
    """

    column: str
    happened: Literal["became constant", "began to vary"]
    value: float | None
    share: float

    @property
    def sentence(self) -> str:
        """For people."""
        value = "unknown" if self.value is None else f"{self.value:g}"
        if self.happened == "became constant":
            return f"{self.column} became constant: always {value} in the test part"
        return f"{self.column} began to vary: always {value} in what was learned from"


def changes(matrix: Matrix, parts: Split) -> tuple[Change, ...]:
    """Those of the columns of a matrix that chance would hardly explain."""
    learned, tested = parts.learned, parts.test.rows
    found = []
    for place, column in enumerate(matrix.columns):
        values = matrix.values[:, place]
        found.append(_changed(column, "became constant", values, learned, tested))
        found.append(_changed(column, "began to vary", values, tested, learned))
    return tuple(one for one in found if one is not None)


def _changed(
    column: str,
    happened: Literal["became constant", "began to vary"],
    values: Floats,
    varying: Rows,
    constant: Rows,
) -> Change | None:
    held = values[constant]
    if not _same(held, held[0]).all():
        return None
    share = float((~_same(values[varying], held[0])).mean())
    if (1.0 - share) ** len(constant) > _BY_CHANCE:
        return None
    value = None if np.isnan(held[0]) else float(held[0])
    return Change(column, happened, value, share)


def _same(values: Floats, value: float) -> Truths:
    return np.isnan(values) if np.isnan(value) else np.equal(values, value)
