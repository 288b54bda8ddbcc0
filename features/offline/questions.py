"""Questions: the table that every sweep answers, and the facts of those who ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.declared import Catalogue
from features.formulas import Floats
from features.offline.engine import Engine
from features.series import Asked as Fact
from features.series import Series
from features.sweep.rows import current
from features.vector import VectorPlan

_ATTRIBUTE = "attributes."


@dataclass(frozen=True)
class Asked:
    """The questions of one moment in order of time; the first one's number is ``first``."""

    first: int
    facts: Floats
    ids: npt.NDArray[np.object_]
    customers: npt.NDArray[np.object_]
    at: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    def said(self, place: int) -> Floats:
        """One fact of those who ask; behind the last fact the time."""
        if place < self.facts.shape[1]:
            return self.facts[:, place]
        return self.at.astype(np.float64)


def ask(
    engine: Engine,
    catalogue: Catalogue,
    plans: Mapping[str, VectorPlan],
    given: pa.Table | None,
) -> dict[str, Asked]:
    """Makes the table ``questions``, numbered by moment and time; returns who asks."""
    fields = {field for plan in plans.values() for series, _ in plan.blocks for field in series.by}
    fields |= {fact.field for plan in plans.values() for fact in plan.facts}
    names = sorted(one for one in fields - {"customer", "id"} if not one.startswith(_ATTRIBUTE))
    if given is None:
        events = [catalogue.domain.moments[moment].event for moment in plans]
        place = " ".join(f"WHEN '{kind}' THEN {n}" for n, kind in enumerate(events))
        listed = ", ".join(f"'{kind}'" for kind in events)
        source = (
            f"SELECT {', '.join(['id', 'customer', *names, 'attributes'])}, known_at AS t, "
            f"CASE kind {place} END AS moment FROM entries WHERE kind IN ({listed})"
        )
    else:
        source = _given(engine, plans, names, given)
    engine.keep(
        "questions",
        "SELECT *, CAST(ROW_NUMBER() OVER (ORDER BY moment, t, id) - 1 AS BIGINT) AS q "
        f"FROM ({source}) AS source",
    )
    said = {fact.field for plan in plans.values() for fact in plan.facts} & set(names)
    carried = ", ".join(["q", "moment", "id", "customer", "t", *sorted(said), "attributes"])
    batches = list(engine.answer(f"SELECT {carried} FROM questions"))
    asked = pa.Table.from_batches(batches).sort_by("q") if batches else None
    return {
        moment: _asked(plan, number, asked) for number, (moment, plan) in enumerate(plans.items())
    }


def _given(
    engine: Engine, plans: Mapping[str, VectorPlan], names: list[str], given: pa.Table
) -> str:
    """Questions about customers, with what each of them used last."""
    numbered = given.append_column("n", pa.array(np.arange(given.num_rows), pa.int64()))
    engine.put("asked", numbered)
    wanted: dict[str, Series] = {
        field: one for plan in plans.values() for field, one in plan.current
    }
    found = {name: wanted[name] for name in names if name in wanted}
    said = ", ".join(
        f"f.{name} AS {name}" if name in found else f"CAST(NULL AS STRING) AS {name}"
        for name in [*names, "attributes"]
    )
    join = f" LEFT JOIN ({current(found)}) AS f ON a.n = f.n" if found else ""
    return (
        f"SELECT a.customer AS id, a.customer AS customer, {said}, a.t AS t, 0 AS moment "
        f"FROM asked AS a{join}"
    )


def _asked(plan: VectorPlan, number: int, asked: pa.Table | None) -> Asked:
    if asked is None:
        nobody = np.empty(0, dtype=object)
        return Asked(0, np.empty((0, len(plan.facts))), nobody, nobody, np.empty(0, dtype=np.int64))
    mine = asked.filter(pc.equal(asked["moment"], number))
    return Asked(
        int(mine["q"][0].as_py()) if len(mine) else 0,
        _facts(mine, plan.facts),
        mine["id"].to_numpy(zero_copy_only=False),
        mine["customer"].to_numpy(zero_copy_only=False),
        mine["t"].to_numpy(),
    )


def _facts(asked: pa.Table, facts: tuple[Fact, ...]) -> Floats:
    """What the events asked about say, shape (rows, facts)."""
    result = np.full((len(asked), len(facts)), np.nan, order="F")
    sent: list[dict[str, Any]] = []
    if any(fact.field.startswith(_ATTRIBUTE) for fact in facts):
        sent = [msgspec.json.decode(row or "{}") for row in asked["attributes"].to_pylist()]
    for index, fact in enumerate(facts):
        if fact.field.startswith(_ATTRIBUTE):
            name = fact.field.removeprefix(_ATTRIBUTE)
            values = _attribute_values([row.get(name) for row in sent], fact)
        else:
            values = asked[fact.field]
        if fact.categories is not None:
            values = pc.index_in(values, value_set=pa.array(fact.categories, pa.string()))
        result[:, index] = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return result


def _attribute_values(values: list[Any], fact: Fact) -> pa.Array:
    if fact.categories is None:
        return pa.array([None if isinstance(v, str) else v for v in values], pa.float64())
    return pa.array([v if isinstance(v, str) else None for v in values], pa.string())
