"""Rows: who was asked about at a moment, and what policies read of each.

    history ──┬──► vectors, of the columns that policies read ──┬──► Columns
              └──► facts that they read besides ────────────────┘

Events ask as of their own place in the order, customers are asked about each week
(`training/questions.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.decide.columns import Columns
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.formulas import Floats
from features.offline import History, matrix
from features.offline.matrix import Progress
from training.history import date
from training.labels import Asked, Times
from training.questions import named_at, weekly


@dataclass(frozen=True)
class Span:
    """Rows asked from ``since`` on and before ``until`` (None: no limit), in µs.

    ``as_of`` is when somebody looks: what was asked, or became known, after it is not there.
    """

    as_of: int
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of one moment in order of time, and what conditions may read of them."""

    moment: str
    asked: Asked
    columns: Columns


def read_rows(
    history: History,
    catalogue: Catalogue,
    moment: str,
    used: Collection[str],
    span: Span,
    progress: Progress | None = None,
) -> Rows:
    """The rows of a moment in a span, with the names that are ``used``, and no others.

    Raises `NotEnoughData` where there are none.
    """
    domain = catalogue.domain
    kind, what = domain.named(moment).event, named_at(moment, 1)
    if kind:
        kept = _within(_asking(history, kind, "known_at")["known_at"].to_numpy(), what, span)
        customers = None
    else:
        customers = weekly(history, span.as_of)
        customers = customers.take(_within(customers["t"].to_numpy(), what, span))
        kept = np.arange(len(customers))
    signals = {column.name: column.categories for column in catalogue.derived(moment)}
    read = catalogue.only(signals.keys() & set(used))
    answered = matrix(history, read, moment, customers, progress)
    facts = sorted(set(used) - signals.keys())
    said = _asking(history, kind, ", ".join(facts)).take(kept) if facts else pa.table({})
    values: dict[str, Any] = {
        name: _signal(answered.column(name)[kept], signals[name]) for name in answered.columns
    } | {name: _fact(said[name], domain.all_facts[name].type is str) for name in facts}
    asked = Asked(answered.ids[kept], answered.customers[kept], answered.at[kept])
    return Rows(moment, asked, Columns(values, len(kept)))


def _asking(history: History, kind: str, fields: str) -> pa.Table:
    """Some fields of all events of a kind, in the order in which they ask."""
    query = f"SELECT {fields} FROM entries WHERE kind = ? ORDER BY known_at, id"
    return history.connection.sql(query, params=[kind]).to_arrow_table()


def _within(at: Times, what: str, span: Span) -> npt.NDArray[np.int64]:
    """The places of the times in a span."""
    known = at[at <= span.as_of]
    if not len(known):
        raise NotEnoughData(
            f"this history has no {what} by {date(span.as_of)}: import some, or choose another "
            "--moment"
        )
    kept = at <= span.as_of
    if span.since is not None:
        kept &= at >= span.since
    if span.until is not None:
        kept &= at < span.until
    if not kept.any():
        raise NotEnoughData(
            f"there is no {what} between --since and --until: this history has some from "
            f"{date(int(known[0]))} to {date(int(known[-1]))}"
        )
    return np.flatnonzero(kept)


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
