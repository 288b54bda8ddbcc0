"""Rows: who was asked about at a moment, and what policies read of each.

    history ──┬──► vectors, of the columns that policies read ──┬──► Columns
              └──► facts that they read besides ────────────────┘

Events ask as of their own place in the order, customers are asked about each week
(`training/questions.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.decide.columns import Columns
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.offline import History, matrix
from features.offline.matrix import Progress
from training.conditions import asking, readable
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
        kept = _within(asking(history, kind, "known_at")["known_at"].to_numpy(), what, span)
        customers = None
    else:
        customers = weekly(history, span.as_of)
        customers = customers.take(_within(customers["t"].to_numpy(), what, span))
        kept = np.arange(len(customers))
    signals = {column.name: column.categories for column in catalogue.derived(moment)}
    read = catalogue.only(signals.keys() & set(used))
    answered = matrix(history, read, moment, customers, progress)
    asked = Asked(answered.ids[kept], answered.customers[kept], answered.at[kept])
    return Rows(moment, asked, readable(history, catalogue, answered, used, kept))


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
