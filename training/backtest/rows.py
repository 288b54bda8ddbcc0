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
import pyarrow as pa

from features.decide.columns import Columns
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.formulas import Floats
from features.offline import History, Matrix, matrix
from features.offline.matrix import Progress
from training.history import date
from training.labels import Asked
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
    kind = domain.named(moment).event
    signals = {column.name: column.categories for column in catalogue.derived(moment)}
    answered = matrix(
        history,
        catalogue.only(signals.keys() & set(used)),
        moment,
        None if kind else weekly(history, span.as_of),
        progress,
    )
    kept = _within(answered, span)
    facts = sorted(set(used) - signals.keys())
    said = _said(history, kind, facts).take(kept) if facts else pa.table({})
    values: dict[str, Any] = {
        name: _signal(answered.column(name)[kept], signals[name]) for name in answered.columns
    } | {name: _fact(said[name], domain.all_facts[name].type is str) for name in facts}
    asked = Asked(answered.ids[kept], answered.customers[kept], answered.at[kept])
    return Rows(moment, asked, Columns(values, len(kept)))


def _within(answered: Matrix, span: Span) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    what = named_at(answered.moment, 1)
    known = answered.at <= span.as_of
    if not known.any():
        raise NotEnoughData(
            f"this history has no {what} by {date(span.as_of)}: import some, or choose another "
            "--moment"
        )
    kept = known.copy()
    if span.since is not None:
        kept &= answered.at >= span.since
    if span.until is not None:
        kept &= answered.at < span.until
    if not kept.any():
        first, last = date(int(answered.at[known][0])), date(int(answered.at[known][-1]))
        raise NotEnoughData(
            f"there is no {what} between --since and --until: this history has some from {first} "
            f"to {last}"
        )
    return np.flatnonzero(kept)


def _said(history: History, kind: str, facts: list[str]) -> pa.Table:
    """Facts of all events of a kind, in the order in which they ask."""
    query = f"SELECT {', '.join(facts)} FROM entries WHERE kind = ? ORDER BY known_at, id"
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
