"""The funnel: what is left of the rows of a history after each step of a split."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.labels import Names, Truths

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """One step of the funnel: what is left after it."""

    part: str
    name: str
    rows: int
    customers: int
    positives: int


class Funnel:
    """Counts what is left after each step; ``positive`` is what counts as bad unless told."""

    def __init__(self, customers: Names, positive: Truths) -> None:
        named = [customer or "" for customer in customers]
        self._customer = np.unique(named, return_inverse=True)[1]
        self._nobody = np.array([not customer for customer in named], dtype=np.bool_)
        self._positive = positive
        self._steps: list[Step] = []

    def add(
        self, part: str, name: str, kept: Truths | Rows, positive: Truths | None = None
    ) -> None:
        """A step, and the rows it leaves."""
        bad = self._positive if positive is None else positive
        customers = self._customer[kept][~self._nobody[kept]]
        rows, distinct = len(bad[kept]), len(np.unique(customers))
        self._steps.append(Step(part, name, rows, distinct, int(bad[kept].sum())))

    def in_order(self) -> tuple[Step, ...]:
        """The steps, part by part."""
        parts = ("all", "training", "test")
        return tuple(sorted(self._steps, key=lambda step: parts.index(step.part)))
