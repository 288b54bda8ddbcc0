"""A formula over columns that have formulas of their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.formulas import Floats, Formula


@dataclass(frozen=True)
class Part:
    """One column: where its inputs lie, its own formula, and where it stops, 0 if nowhere.

    It is unknown from there on, as more is hidden behind it.
    """

    start: int
    end: int
    formula: Formula | None
    cap: int


@dataclass(frozen=True)
class Composed(Formula):
    """The columns first, each from its inputs, then the formula over them."""

    parts: tuple[Part, ...] = ()

    def __call__(self, inputs: Floats) -> Floats:
        columns = np.column_stack([_values(part, inputs) for part in self.parts])
        return super().__call__(columns)

    @property
    def definition(self) -> tuple[object, ...]:
        """The formula's own and that of every part."""
        own = [
            (part.start, None if part.formula is None else part.formula.definition, part.cap)
            for part in self.parts
        ]
        return (*super().definition, own)


def _values(part: Part, inputs: Floats) -> Floats:
    taken = inputs[:, part.start : part.end]
    values = taken[:, 0] if part.formula is None else part.formula(taken)
    return np.where(taken[:, 0] >= part.cap, np.nan, values) if part.cap else values
