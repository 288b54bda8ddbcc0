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
from features.formulas.one_row import NAN, Twin, bound, taking
from features.series import Argument, Asked, Input, Now, Read, Series

Places = npt.NDArray[np.intp]
_Alike = tuple[Places, Formula, Places]


class VectorPlan:
    """How one moment's vector is put together; made once, used for one row or millions.

    Engines that answer many questions apply ``formulas``, each to all of its rows; `row` does
    so with their twins for one row (`features.formulas.one_row`).

    ``blocks`` are the series to read with the arguments for each, those of one ``by`` together,
    ``facts`` what the event asked about says. The inputs of a row are the integers of all
    blocks in order, then the facts, then the time of the question. ``current`` are the fields
    that a question about a customer does not say itself, each with the series of its last value.
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
        together = {one.by: place for place, (one, _) in enumerate(wanted.values())}
        ordered = sorted(wanted.values(), key=lambda block: together[block[0].by])
        self.blocks = tuple((series, tuple(found)) for series, found in ordered)
        self.facts = tuple(sorted(facts, key=lambda fact: fact.categories is not None))
        self.reads = tuple((series.digest, one) for series, found in self.blocks for one in found)
        self.integers = len(self.reads)
        self._read_place = {read: place for place, read in enumerate(self.reads)}
        self._fact_place = {fact: self.integers + n for n, fact in enumerate(self.facts)}
        self.width = self.integers + len(self.facts) + 1
        #: Columns that are one of the inputs: (place in the vector, place in the inputs).
        self.plain = tuple(
            (self.position[column.name], int(self.sources(column)[0]))
            for column in columns
            if column.formula is None
        )
        self.formulas: tuple[tuple[int, Formula, Places], ...] = tuple(
            (self.position[column.name], column.formula, self.sources(column))
            for column in columns
            if column.formula is not None
        )
        self._alone: list[Twin] = []
        order, without_twin = dict(self.plain), []
        for target, formula, sources in self.formulas:
            twin = bound(formula, sources.tolist())
            if twin is None:
                without_twin.append((target, formula, sources))
            else:
                order[target] = self.width + len(self._alone)
                self._alone.append(twin)
        self._without_twin = tuple(_alike(without_twin))
        self._ordered = taking([order.get(place, 0) for place in range(len(self.columns))])
        self.bys = tuple(dict.fromkeys(series.by for series, _ in self.blocks))
        self._numbers = [one.field for one in self.facts if one.categories is None]
        self._texts = [
            (one.field, _codes(one.categories)) for one in self.facts if one.categories is not None
        ]
        self._attributes = [one.field for one in self.facts if one.field.startswith("attributes.")]

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
        said = fields.get
        return [
            NAN if (value := said(name)) is None or isinstance(value, str) else float(value)
            for name in self._numbers
        ] + [codes.get(said(name), NAN) for name, codes in self._texts]

    def row(
        self,
        integers: Sequence[int | None],
        entry: Entry,
        t: int,
        fields: Mapping[str, Value | None] | None = None,
    ) -> Floats:
        """The vector of one question, shape (columns,); ``fields`` if they are at hand."""
        values = [NAN if value is None else float(value) for value in integers]
        values += self._facts_of(entry.fields() if fields is None else fields, entry)
        values.append(float(t))
        values += [twin(values) for twin in self._alone]
        vector: Floats = np.array(self._ordered(values), dtype=np.float64)
        if self._without_twin:
            inputs = np.array(values[: self.width])
            for targets, formula, sources in self._without_twin:
                vector[targets] = formula(inputs.take(sources))
        return vector


def _alike(formulas: Sequence[tuple[int, Formula, Places]]) -> Iterator[_Alike]:
    """Formulas that differ only in their inputs work on all of them at once."""
    groups: dict[tuple[Formula, int], list[tuple[int, Places]]] = {}
    for target, formula, sources in formulas:
        groups.setdefault((formula, len(sources)), []).append((target, sources))
    for (formula, _), held in groups.items():
        targets = np.array([target for target, _ in held], dtype=np.intp)
        yield targets, formula, np.array([sources for _, sources in held], dtype=np.intp)


def _codes(categories: tuple[str, ...]) -> Mapping[Value | None, float]:
    return {category: float(code) for code, category in enumerate(categories)}
