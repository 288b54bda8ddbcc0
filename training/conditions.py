"""Conditions: what policies may read of the rows of a matrix.

vectors, of the columns that policies read ──┬──► Columns
facts of the events, that they read besides ─┘
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.decide.columns import Columns
from features.declared import Catalogue
from features.formulas import Floats
from features.offline import History, Matrix


def readable(
    history: History,
    catalogue: Catalogue,
    answered: Matrix,
    used: Collection[str],
    kept: npt.NDArray[np.int64] | None = None,
) -> Columns:
    """The names that are ``used`` for the rows of a matrix, or for those ``kept``, by place."""
    domain = catalogue.domain
    kind = domain.named(answered.moment).event
    rows = np.arange(len(answered)) if kept is None else kept
    signals = {one.name: one.categories for one in catalogue.derived(answered.moment)}
    there = [name for name in answered.columns if name in signals.keys() & set(used)]
    values: dict[str, Any] = {
        name: _signal(answered.column(name)[rows], signals[name]) for name in there
    }
    facts = sorted(set(used) - signals.keys())
    if facts:
        said = asking(history, kind, ", ".join(facts)).take(rows)
        texts = {name for name in facts if domain.all_facts[name].type is str}
        values |= {name: _fact(said[name], name in texts) for name in facts}
    return Columns(values, len(rows))


def asking(history: History, kind: str, fields: str) -> pa.Table:
    """Some fields of all events of a kind, in the order in which they ask."""
    query = f"SELECT {fields} FROM entries WHERE kind = ? ORDER BY known_at, id"
    return history.connection.sql(query, params=[kind]).to_arrow_table()


def _signal(values: Floats, categories: tuple[str, ...] | None) -> Floats | pa.Array:
    """A text signal is its place among its categories, and a policy reads the text."""
    if categories is None:
        return values
    places = pa.array(np.nan_to_num(values), pa.int64(), mask=np.isnan(values))
    return pa.array(categories, pa.string()).take(places)


def _fact(values: pa.ChunkedArray, is_text: bool) -> Floats | pa.Array:
    if is_text:
        return values
    numbers: Floats = values.cast(pa.float64(), safe=False).to_numpy()
    return numbers
