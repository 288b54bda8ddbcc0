"""The ledger's decisions as Parquet, with the vectors they were made of (`features.decisions`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.decisions import SCHEMA, written
from serving.answer import Versions
from serving.layouts import Layouts
from serving.ledger.protocol import StoredDecision

_ROWS_PER_GROUP = 10_000


class Decisions(Protocol):
    """A reader of a ledger."""

    def decisions(self, until: int | None = None) -> Iterator[StoredDecision]:
        """The first decision about each event, in order."""
        ...


class _Named(msgspec.Struct):
    id: str


class _Risk(msgspec.Struct):
    risk: str
    probability: float


class _Explored(msgspec.Struct):
    instead_of: str


class _Answer(msgspec.Struct):
    """What the table takes of an answer; one of an earlier Vouch may lack what has a default."""

    event_id: str
    moment: str
    customer: str | None
    outcome: str
    score: int
    risks: list[_Risk]
    policies: list[_Named]
    mode: str
    exploration: _Explored | None = None


class _Entry(msgspec.Struct):
    known_at: int
    attributes: msgspec.Raw = msgspec.Raw()


class _Kept(msgspec.Struct):
    entry: _Entry
    vector: list[float | None]
    versions: Versions


class _Row(NamedTuple):
    id: str
    answer: _Answer
    kept: _Kept
    layout: int | None


_answer = msgspec.json.Decoder(_Answer).decode
_kept = msgspec.json.Decoder(_Kept).decode


def export_decisions(
    ledger: Decisions,
    path: Path,
    layouts: Layouts,
    progress: Callable[[int], None] | None = None,
    until: int | None = None,
) -> int:
    """Writes the decisions to a Parquet file, a bounded number at a time; returns how many.

    The file appears under its name only when it is complete.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    rows, waiting = 0, list[_Row]()
    try:
        with pq.ParquetWriter(unfinished, SCHEMA, compression="zstd") as writer:
            for stored in ledger.decisions(until):
                waiting.append(_row(stored, layouts))
                if len(waiting) == _ROWS_PER_GROUP:
                    writer.write_table(_table(waiting))
                    rows += len(waiting)
                    waiting.clear()
                    if progress is not None:
                        progress(rows)
            writer.write_table(_table(waiting))
            writer.add_key_value_metadata(written(layouts.known))
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return rows + len(waiting)


def _row(stored: StoredDecision, layouts: Layouts) -> _Row:
    answer, kept = _answer(stored.answer), _kept(stored.record)
    layout = layouts.number(answer.moment, kept.versions, len(kept.vector))
    return _Row(stored.id, answer, kept, layout)


def _table(rows: list[_Row]) -> pa.Table:
    answers, kept = [row.answer for row in rows], [row.kept for row in rows]
    return pa.table(
        {
            "id": [row.id for row in rows],
            "event": [one.event_id for one in answers],
            "moment": [one.moment for one in answers],
            "known_at": [one.entry.known_at for one in kept],
            "customer": [one.customer for one in answers],
            "outcome": [one.outcome for one in answers],
            "instead_of": [one.exploration and one.exploration.instead_of for one in answers],
            "score": [one.score for one in answers],
            "mode": [one.mode for one in answers],
            "risks": pa.array(
                [[(risk.risk, risk.probability) for risk in one.risks] for one in answers],
                SCHEMA.field("risks").type,
            ),
            "policies": [[policy.id for policy in one.policies] for one in answers],
            "models": [one.versions.models for one in kept],
            "catalogue": [one.versions.catalogue for one in kept],
            "layout": [row.layout for row in rows],
            "vector": _vectors([one.vector for one in kept]),
            "attributes": [bytes(one.entry.attributes).decode() or None for one in kept],
        },
        schema=SCHEMA,
    )


def _vectors(vectors: list[list[float | None]]) -> pa.ListArray:
    ends = np.cumsum([0, *(len(vector) for vector in vectors)], dtype=np.int32)
    values = np.concatenate([np.empty(0), *(np.array(one, np.float64) for one in vectors)])
    return pa.ListArray.from_arrays(ends, pa.array(values, mask=np.isnan(values)))
