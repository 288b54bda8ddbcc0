"""The vector of a moment: integers and facts become the ordered float64 row a model sees.

event asked about ──► facts, time ───────────┐
                                             ├──► inputs ──► formulas ──► one row
series, read as of t ──► integers ───────────┘               NaN where unknown
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from features.derived import Derived
from features.fact_types import Value
from features.facts import Entry
from features.formulas import Floats, Formula
from features.series import Argument, Asked, Input, Now, Read, Series

NAN = float("nan")
Places = npt.NDArray[np.intp]
_Alike = tuple[Places, Formula, Places]


class VectorPlan:
    """How one moment's vector is put together; made once, used for one row or millions.

    ``blocks`` are the series to read with the arguments for each, ``facts`` what the event
    asked about says. The inputs of a row are the integers of all blocks in order, then the
    facts, then the time of the question. ``current`` are the fields that a question about
    a customer does not say itself, each with the series of its last value.
    """

    def __init__(
        self, columns: Sequence[Derived], current: tuple[tuple[str, Series], ...] = ()
    ) -> None:
        self.columns = tuple(columns)
        self.current = current
        self.names = tuple(column.name for column in columns)
        self.position = {name: place for place, name in enumerate(self.names)}
        wanted: dict[str, tuple[Series, dict[Argument, None]]] = {}
        facts: dict[Asked, None] = {}
        for one in (one for column in columns for one in column.inputs):
            if isinstance(one, Read):
                held = wanted.setdefault(one.series.digest, (one.series, {}))
                held[1][one.argument] = None
            elif isinstance(one, Asked):
                facts[one] = None
        self.blocks = tuple((series, tuple(found)) for series, found in wanted.values())
        self.facts = tuple(facts)
        self.reads = tuple((series.digest, one) for series, found in self.blocks for one in found)
        self.integers = len(self.reads)
        self._read_place = {read: place for place, read in enumerate(self.reads)}
        self._fact_place = {fact: self.integers + n for n, fact in enumerate(self.facts)}
        self.width = self.integers + len(self.facts) + 1
        plain = [column for column in columns if column.formula is None]
        self._plain_targets = np.array([self.position[one.name] for one in plain], dtype=np.intp)
        self._plain_sources = np.array([self.sources(one)[0] for one in plain], dtype=np.intp)
        self.formulas: tuple[tuple[int, Formula, Places], ...] = tuple(
            (self.position[column.name], column.formula, self.sources(column))
            for column in columns
            if column.formula is not None
        )
        self._alike = tuple(_alike(self.formulas))
        self.asking = tuple((series, found, series.by) for series, found in self.blocks)
        self.bys = tuple(dict.fromkeys(series.by for series, _ in self.blocks))
        self._encoders = tuple(
            (fact.field, None if fact.categories is None else _codes(fact.categories))
            for fact in self.facts
        )

        self._attributes = [one.field for one in self.facts if one.field.startswith("attributes.")]

    @property
    def plain(self) -> tuple[tuple[int, int], ...]:
        """Columns that are one of the inputs: (place in the vector, place in the inputs)."""
        pairs = zip(self._plain_targets.tolist(), self._plain_sources.tolist(), strict=True)
        return tuple(pairs)

    def sources(self, column: Derived) -> Places:
        """Where the inputs of a column stand."""
        return np.array([self._place(one) for one in column.inputs], dtype=np.intp)

    def _place(self, one: Input) -> int:
        if isinstance(one, Read):
            return self._read_place[one.series.digest, one.argument]
        return self.width - 1 if isinstance(one, Now) else self._fact_place[one]

    def _facts_of(self, fields: Mapping[str, Value | None], entry: Entry) -> list[float]:
        if self._attributes:
            fields = {**fields, **{name: entry.field(name) for name in self._attributes}}
        return [
            NAN if (value := fields.get(name)) is None else _encoded(value, codes)
            for name, codes in self._encoders
        ]

    def assemble(self, inputs: Floats) -> Floats:
        """Vectors of shape (rows, columns) from inputs of shape (rows, `width`)."""
        result = np.empty((len(inputs), len(self.columns)))
        result[:, self._plain_targets] = inputs[:, self._plain_sources]
        for targets, formula, sources in self._alike:
            taken = inputs.take(sources, axis=1).reshape(-1, sources.shape[1])
            result[:, targets] = formula(taken).reshape(len(inputs), -1)
        return result

    def row(
        self,
        integers: Sequence[int | None],
        entry: Entry,
        t: int,
        fields: Mapping[str, Value | None] | None = None,
    ) -> Floats:
        """The vector of one question, shape (columns,); ``fields`` if they are at hand."""
        inputs = [NAN if value is None else value for value in integers]
        inputs += self._facts_of(entry.fields() if fields is None else fields, entry)
        inputs.append(t)
        vector: Floats = self.assemble(np.array([inputs], dtype=np.float64))[0]
        return vector


def _alike(formulas: Sequence[tuple[int, Formula, Places]]) -> Iterator[_Alike]:
    """Formulas that differ only in their inputs work on all of them at once."""
    groups: dict[tuple[Formula, int], list[tuple[int, Places]]] = {}
    for target, formula, sources in formulas:
        groups.setdefault((formula, len(sources)), []).append((target, sources))
    for (formula, _), held in groups.items():
        targets = np.array([target for target, _ in held], dtype=np.intp)
        yield targets, formula, np.array([sources for _, sources in held], dtype=np.intp)


def _codes(categories: tuple[str, ...]) -> Mapping[str, float]:
    return {category: float(code) for code, category in enumerate(categories)}


def _encoded(value: Value, codes: Mapping[str, float] | None) -> float:
    if codes is not None:
        return codes.get(value, NAN) if isinstance(value, str) else NAN
    return NAN if isinstance(value, str) else float(value)
