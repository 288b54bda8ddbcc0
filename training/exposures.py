"""Exposures: what the rows of a matrix are exposed to, as the service would say of each."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from features.decide.exposure import Exposures
from features.domain import Domain
from features.fact_types import Value
from features.offline import History, Matrix
from training.funnel import Rows
from training.labels import Asked, Floats, Target


def exposed(history: History, domain: Domain, target: Target, table: Matrix, rows: Rows) -> Floats:
    """Minor units of the base currency for the target's risk, shape (rows,), NaN where unknown.

    ``rows`` are places in the matrix.
    """
    moment = domain.named(target.moment)
    of = moment.risks[target.risk].exposure.of
    signals = [name for name in of if name in table.columns]
    position = {name: place for place, name in enumerate(signals)}
    columns = [table.column(name)[rows] for name in signals]
    vectors = np.column_stack(columns).tolist() if columns else [()] * len(rows)
    said = {name for name in of if name not in position and name in domain.all_facts}
    asked = Asked(table.ids[rows], table.customers[rows], table.at[rows])
    facts = _said(history, target, asked, said)
    prepared = Exposures(moment, position)
    found = (prepared(target.risk, row, vector) for row, vector in zip(facts, vectors, strict=True))
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64)


def _said(
    history: History, target: Target, asked: Asked, names: Collection[str]
) -> list[dict[str, Value]]:
    """The facts that each row's own event says; a customer who is asked about says none."""
    rows: list[dict[str, Value]] = [{} for _ in range(len(asked))]
    if target.asks and names:
        wanted = ", ".join(f"e.{name}" for name in sorted(names))
        history.connection.register("exposed_rows", asked.table())
        found = history.connection.sql(
            f"SELECT r.n, {wanted} FROM exposed_rows AS r "
            "JOIN entries AS e ON e.id = r.id WHERE e.kind = ?",
            params=[target.asks],
        ).fetchall()
        history.connection.unregister("exposed_rows")
        for number, *values in found:
            rows[number] = dict(zip(sorted(names), values, strict=True))
    return rows
