"""The window: rows that none of the models was trained on, old enough to be judged.

    a model's rows ──► its cut │
    another's rows ────► its cut │◄──── window ────►│ too young to be judged ──► end of history

One matrix holds the columns of all models, each in the version that it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.contract import Contract
from features.declared import Catalogue
from features.domain import Domain
from features.errors import NotEnoughData
from features.offline import History, Matrix, matrix
from features.versions import Together, together
from training.exposures import exposed
from training.funnel import Rows
from training.history import date
from training.labels import Asked, Floats, Names, Target, Truths, judge
from training.questions import named, questions
from training.run import TrainingRun
from training.segments import said
from training.steps import Steps


@dataclass(frozen=True)
class Window:
    """The rows: whether each is bad, how many it stands for, its exposure, its country (or None).

    ``exposure`` is in minor units, NaN where unknown.
    ``names`` has an entry a contract: the columns of its model, in its order.
    """

    table: Matrix
    names: tuple[tuple[str, ...], ...]
    positive: Truths
    weight: Floats
    exposure: Floats
    country: Names

    @property
    def says(self) -> str:
        """Which rows they are, for people."""
        first, last = date(int(self.table.at[0])), date(int(self.table.at[-1]))
        return (
            f"{len(self.table):,} rows from {first} to {last} that are new to both, "
            f"{int(self.positive.sum()):,} of them bad"
        )

    def vectors(self, model: int) -> Floats:
        """The rows as one of the models wants them, shape (rows, its columns)."""
        place = {name: number for number, name in enumerate(self.table.columns)}
        return self.table.values[:, [place[name] for name in self.names[model]]]


def of_run(run: TrainingRun, history: History, contracts: Sequence[Contract]) -> Window:
    """The rows of a run's test part that the models were not trained on.

    The matrix of the run serves, unless a model needs columns of another version. Raises
    `InvalidBundle` where one cannot be computed, `NotEnoughData` where no row is left.
    """
    both = together(run.catalogue, contracts)
    table, part = run.matrix, run.judged
    if not set(table.columns) >= {name for names in both.names for name in names}:
        table = matrix(
            history, both.catalogue, table.moment, questions(history, run.target, run.split.as_of)
        )
        if not np.array_equal(table.ids, run.matrix.ids):
            raise NotEnoughData(f"{run.source} has changed since it was trained on: train again")
    since = _since(contracts)
    kept = table.at[part.rows] >= since
    return _window(
        history,
        run.catalogue.domain,
        run.target,
        _rows(table, part.rows[kept]),
        both,
        part.positive[kept],
        part.weight[kept],
        since,
    )


def of_history(
    history: History,
    catalogue: Catalogue,
    target: Target,
    contracts: Sequence[Contract],
    steps: Steps,
) -> Window:
    """The rows of a history that the models were not trained on, judged as of its end.

    Raises `InvalidBundle` where a column cannot be computed, `NotEnoughData` where no row is
    left.
    """
    history.demand(catalogue.domain)
    both, since, as_of = together(catalogue, contracts), _since(contracts), history.span()[1]
    moment = catalogue.domain.named(target.moment)
    also = {weight.signal for weight in moment.weights} | {*moment.risks[target.risk].exposure.of}
    read = both.catalogue.only(also.union(*both.names))
    asked = questions(history, target, as_of)
    if asked is not None:
        asked = asked.filter(pa.compute.greater_equal(asked["t"], since))
    with steps("building the matrix"):
        table = matrix(history, read, target.moment, asked, steps.watcher.went_on)
    judged = judge(history, target, Asked(table.ids, table.customers, table.at), as_of)
    known = np.array([one is not None for one in table.customers], dtype=np.bool_)
    kept = known & judged.mature & ~judged.blocked & ~judged.known_before & (table.at >= since)
    rows = np.flatnonzero(kept)
    return _window(
        history,
        catalogue.domain,
        target,
        _rows(table, rows),
        both,
        judged.positive[rows],
        judged.weight[rows],
        since,
    )


def _since(contracts: Sequence[Contract]) -> int:
    return max(contract.unseen_from for contract in contracts)


def _rows(table: Matrix, rows: Rows) -> Matrix:
    return Matrix(
        table.moment,
        table.columns,
        table.values[rows],
        table.ids[rows],
        table.customers[rows],
        table.at[rows],
    )


def _window(
    history: History,
    domain: Domain,
    target: Target,
    table: Matrix,
    both: Together,
    positive: Truths,
    weight: Floats,
    since: int,
) -> Window:
    bad = int(positive.sum())
    if not 0 < bad < len(positive):
        told = f"{bad:,} of them bad" if len(positive) else "so nothing can be compared"
        raise NotEnoughData(
            f"since {date(since)}, when the last of the models was cut off from history, there "
            f"are {len(positive):,} {named(target)} that are {target.wait} days old, {told}: "
            "wait for labels, or give a longer --history"
        )
    asked = Asked(table.ids, table.customers, table.at)
    country = said(history, target, asked, "country")
    exposure = exposed(history, domain, target, table, np.arange(len(table)))
    return Window(table, both.names, positive, weight, exposure, country)
