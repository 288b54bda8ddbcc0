"""The vector of a moment: integers and facts become the ordered float64 row a model sees.

event asked about ──► facts ─────────────┐
                                         ├──► one row, NaN where unknown
series, read as of t ──► integers ──► formulas
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.derived import Derived
from features.fact_types import Value
from features.facts import Entry
from features.formulas import Floats
from features.series import Read, Series

NAN = float("nan")


class VectorPlan:
    """How one moment's vector is put together; made once, used for one row or millions.

    ``blocks`` are the series to read with the arguments for each, in the order in
    which ``integers`` expects them; ``facts`` the fact columns in order.
    """

    def __init__(self, columns: Sequence[Derived]) -> None:
        self.columns = tuple(columns)
        self.names = tuple(column.name for column in columns)
        self.position = {name: place for place, name in enumerate(self.names)}
        self.facts = tuple(column for column in columns if column.fact)
        arguments: dict[Series, dict[int, None]] = {}
        for column in columns:
            for read in column.reads:
                arguments.setdefault(read.series, {})[read.argument] = None
        self.blocks = tuple((series, tuple(sorted(wanted))) for series, wanted in arguments.items())
        reads = [Read(series, argument) for series, wanted in self.blocks for argument in wanted]
        place = {read: index for index, read in enumerate(reads)}
        self.integers = len(reads)
        self._fact_targets = np.array([self.position[fact.name] for fact in self.facts], dtype=int)
        plain = [column for column in columns if column.reads and column.formula is None]
        self._plain_targets = np.array([self.position[column.name] for column in plain], dtype=int)
        self._plain_sources = np.array([place[column.reads[0]] for column in plain], dtype=int)
        self._formulas = tuple(
            (
                self.position[column.name],
                column.formula,
                np.array([place[read] for read in column.reads], dtype=int),
            )
            for column in columns
            if column.formula is not None
        )
        self._encoders = tuple(
            (fact.fact, None if fact.categories is None else _codes(fact.categories))
            for fact in self.facts
        )

    def facts_of(self, entry: Entry) -> list[float]:
        """The fact columns of one entry."""
        return [_encoded(entry.field(name), codes) for name, codes in self._encoders]

    def assemble(self, integers: Floats, facts: Floats) -> Floats:
        """Vectors of shape (rows, columns) from integers (rows, `integers`) and facts."""
        result = np.empty((len(integers), len(self.columns)))
        result[:, self._fact_targets] = facts
        result[:, self._plain_targets] = integers[:, self._plain_sources]
        for target, formula, sources in self._formulas:
            result[:, target] = formula(integers[:, sources])
        return result


def _codes(categories: tuple[str, ...]) -> dict[str, float]:
    return {category: float(code) for code, category in enumerate(categories)}


def _encoded(value: Value | None, codes: dict[str, float] | None) -> float:
    if value is None:
        return NAN
    if codes is not None:
        return codes.get(value, NAN) if isinstance(value, str) else NAN
    return NAN if isinstance(value, str) else float(value)
