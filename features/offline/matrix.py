"""Matrices: every question of a history answered at once.

    entries ──┬──► one sweep per `by` ──► integers ──► formulas ─┐
              └──► questions ──► facts ──────────────────────────┴──► Matrix

A question is an event of the moment, asked as of its own place in the order, or
a customer and a time (checkup). The integers become vectors by the same
formulas that the online engine uses, so that both agree to the last bit. A formula
runs as soon as its inputs are there, a batch at a time: what is not needed later is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.declared import Catalogue
from features.errors import NotEnoughData
from features.formulas import Floats, Formula
from features.offline.history import History
from features.offline.questions import Asked, ask
from features.series import Argument, Series
from features.sweep import Statement, statements
from features.vector import Places, VectorPlan

Progress = Callable[[int, int], None]
_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True)
class Matrix:
    """Vectors of many questions, ordered by time.

    ``values`` is float64 of shape (rows, columns), NaN where unknown; ``at`` the times
    asked about, microseconds; ``ids`` the events' ids (of a checkup, the customers').
    """

    moment: str
    columns: tuple[str, ...]
    values: Floats
    ids: npt.NDArray[np.object_]
    customers: npt.NDArray[np.object_]
    at: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    def column(self, name: str) -> Floats:
        """One column, shape (rows,)."""
        return self.values[:, self.columns.index(name)]


def checkups(customers: Sequence[str], t: int | Sequence[int]) -> pa.Table:
    """Questions about customers at a time, or each at its own, for `matrix`."""
    times = [t] * len(customers) if isinstance(t, int) else list(t)
    return pa.table(
        {"customer": pa.array(customers, pa.string()), "t": pa.array(times, pa.int64())}
    )


def matrix(
    history: History,
    catalogue: Catalogue,
    moment: str,
    questions: pa.Table | None = None,
    progress: Progress | None = None,
) -> Matrix:
    """The vectors of all events of the moment, or of the given `checkups`.

    ``progress`` is called with (statements answered, statements in all).
    """
    return matrices(history, catalogue, (moment,), questions, progress)[moment]


def matrices(
    history: History,
    catalogue: Catalogue,
    moments: Sequence[str],
    questions: pa.Table | None = None,
    progress: Progress | None = None,
) -> dict[str, Matrix]:
    """The matrices of several moments, answered together: what they share is swept once."""
    history.demand(catalogue.domain)
    for moment in moments:
        if questions is None and not catalogue.domain.named(moment).event:
            raise NotEnoughData(
                f"{moment} is asked about customers: give the questions, checkups(customers, t)"
            )
    plans = {moment: catalogue.plan(moment) for moment in moments}
    engine = history.engine
    asked = ask(engine, catalogue, plans, questions)
    parts = {moment: _Part(plan, asked[moment]) for moment, plan in plans.items()}
    todo = list(statements(_blocks(plans.values())))
    for done, statement in enumerate(todo):
        if progress is not None:
            progress(done, len(todo))
        for part in parts.values():
            part.expect(statement)
        for batch in engine.answer(statement.sql):
            for part in parts.values():
                part.take(batch)
        for part in parts.values():
            part.finish()
    if progress is not None:
        progress(len(todo), len(todo))
    engine.drop("questions")
    return {moment: part.matrix(moment) for moment, part in parts.items()}


def _blocks(plans: Iterable[VectorPlan]) -> list[tuple[Series, tuple[Argument, ...]]]:
    wanted: dict[str, tuple[Series, dict[Argument, None]]] = {}
    for plan in plans:
        for series, arguments in plan.blocks:
            known = wanted.setdefault(series.digest, (series, {}))
            known[1].update(dict.fromkeys(arguments))
            if known[0].span < series.span:
                wanted[series.digest] = (series, known[1])
    return [(series, tuple(arguments)) for series, arguments in wanted.values()]


class _Part:
    """The matrix of one moment, while answers come in."""

    def __init__(self, plan: VectorPlan, asked: Asked) -> None:
        self._plan, self._asked = plan, asked
        self._values = np.full((len(asked), len(plan.columns)), np.nan)
        self._plain: dict[int, list[int]] = {}
        for target, source in plan.plain:
            self._plain.setdefault(source, []).append(target)
            if source >= plan.integers:
                self._values[:, target] = asked.said(source - plan.integers)
        used = {place for _, _, sources in plan.formulas for place in sources.tolist()}
        self._fixed = {
            place: asked.said(place - plan.integers) for place in used if place >= plan.integers
        }
        self._waiting = list(plan.formulas)
        self._now = self._waiting[:0]
        self._kept: dict[int, Floats] = {}
        self._numbers: dict[int, int] = {}
        self._seen = np.zeros(len(asked), dtype=bool)

    def expect(self, statement: Statement) -> None:
        """Looks at what a statement will answer, and which formulas that completes."""
        places = {read: place for place, read in enumerate(self._plan.reads)}
        self._numbers = {
            places[read]: number for number, read in enumerate(statement.reads) if read in places
        }
        self._seen[:] = False
        there = self._numbers.keys() | self._fixed.keys()
        self._now = [one for one in self._waiting if there >= set(one[2].tolist())]
        self._waiting = [one for one in self._waiting if not there >= set(one[2].tolist())]
        later = {place for _, _, sources in self._waiting for place in sources.tolist()}
        for place in self._numbers.keys() & later:
            self._kept[place] = np.full(len(self._asked), np.nan)

    def take(self, batch: pa.RecordBatch) -> None:
        """Takes some rows of the answer."""
        rows = batch["q"].to_numpy() - self._asked.first
        mine = (rows >= 0) & (rows < len(self._asked))
        rows = rows[mine]
        columns = {
            place: _floats(batch[f"v{number}"])[mine] for place, number in self._numbers.items()
        }
        for place, values in columns.items():
            for target in self._plain.get(place, ()):
                self._values[rows, target] = values
            if place in self._kept:
                self._kept[place][rows] = values
        self._work_out(self._now, rows, columns)
        self._seen[rows] = True

    def finish(self) -> None:
        """Questions without a token have no answer: their formulas get nothing."""
        self._work_out(self._now, np.flatnonzero(~self._seen), {})

    def matrix(self, moment: str) -> Matrix:
        """What came of it; formulas over several statements run now."""
        every = np.arange(len(self._asked))
        for start in range(0, len(every), _ROWS_AT_ONCE):
            rows = every[start : start + _ROWS_AT_ONCE]
            kept = {place: values[rows] for place, values in self._kept.items()}
            self._work_out(self._waiting, rows, kept)
        asked = self._asked
        return Matrix(moment, self._plan.names, self._values, asked.ids, asked.customers, asked.at)

    def _work_out(
        self,
        formulas: Sequence[tuple[int, Formula, Places]],
        rows: npt.NDArray[np.intp],
        columns: Mapping[int, Floats],
    ) -> None:
        if not len(rows):
            return
        nothing = np.full(len(rows), np.nan)
        for target, formula, sources in formulas:
            inputs = [
                self._fixed[place][rows] if place in self._fixed else columns.get(place, nothing)
                for place in sources.tolist()
            ]
            self._values[rows, target] = formula(np.column_stack(inputs))


def _floats(column: pa.Array) -> Floats:
    values: Floats = column.to_numpy(zero_copy_only=False).astype(np.float64)
    return values
