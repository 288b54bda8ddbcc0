"""Batch: every customer of a history asked about at one time, as operators do at night.

    history ──► vectors of all customers at t ──► models, scorecard, policies ──► Parquet

A moment that events ask is asked by every event of the history instead.

The same formulas, weights, policies and decision as a single request; nothing is
recorded in the ledger and nothing is folded. Reasons are codes of policies and scorecard:
explaining what a model says of one row costs as much as predicting forty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import json

from features.catalogues import chosen
from features.contract import BundleStore, Floats
from features.decide.decision import Assessed, Verdict, decide
from features.decide.outcomes import ORDER
from features.decide.reasons import reasons
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.facts import Entry
from features.offline import History, Matrix, checkups, matrix
from serving.admission import Admission
from serving.models import Models
from serving.moment import PreparedMoment
from serving.opening import policies_of
from serving.settings import Settings

_CHUNK = 50_000

SCHEMA = pa.schema(
    [
        pa.field("customer", pa.string()),
        pa.field("event", pa.string()),
        pa.field("at", pa.int64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("score", pa.int64(), nullable=False),
        pa.field("mode", pa.string(), nullable=False),
        pa.field("risks", pa.map_(pa.string(), pa.float64())),
        pa.field("policies", pa.list_(pa.string())),
        pa.field("reasons", pa.list_(pa.string())),
    ]
)


class BatchReport(NamedTuple):
    """How many customers (or events, see ``of``) got which outcome and why, and where it is."""

    of: str
    rows: int
    outcomes: dict[str, int]
    reasons: dict[str, int]
    mode: str
    path: Path


class _Row(NamedTuple):
    verdict: Verdict
    risks: dict[str, float]
    policies: list[str]
    reasons: list[str]


def score_customers(
    history: History,
    settings: Settings,
    path: Path,
    t: int | None = None,
    progress: Callable[[str, int, int], None] = lambda step, done, total: None,
    moment: str | None = None,
) -> BatchReport:
    """Scores all customers known before ``t`` (default: just after the history's end).

    ``moment`` is by default the catalogue's first about customers. One that events ask
    scores every event known before ``t``.

    Raises `NotEnoughData` where nobody is known by then.
    """
    catalogue = chosen(settings.catalogue)
    asked = _moment(catalogue, moment)
    t = history.span()[1] + 1 if t is None else t
    outcomes: Counter[str] = Counter()
    why: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    models = Models(BundleStore(settings.home), Admission(catalogue), poll_seconds=None)
    with closing(models), pq.ParquetWriter(unfinished, SCHEMA) as writer:
        prepared = PreparedMoment(asked.name, catalogue, policies_of(settings, catalogue))
        prepared.use(models.at(asked.name))
        answered = matrix(
            history,
            prepared.catalogue,
            asked.name,
            None if asked.kind else checkups(_known(history, t), t),
            lambda done, total: progress("reading signals", done, total),
        )
        mode = "model" if models.at(asked.name) else "scorecard"
        end = int(np.searchsorted(answered.at, t)) if asked.kind else len(answered)
        asking = _asking(history, asked.kind, prepared.facts) if asked.kind else _about(answered)
        for start in range(0, end, _CHUNK):
            entries = list(islice(asking, min(_CHUNK, end - start)))
            vectors = answered.values[start : start + len(entries)]
            rows = list(_decide(vectors, entries, prepared, models))
            writer.write_table(_table(entries, rows, mode))
            outcomes.update(row.verdict.outcome for row in rows)
            why.update(code for row in rows for code in row.reasons)
            progress("deciding", start + len(rows), end)
    unfinished.replace(path)
    return BatchReport(
        of="events" if asked.kind else "customers",
        rows=end,
        outcomes={outcome: outcomes[outcome] for outcome in ORDER},
        reasons=dict(why.most_common()),
        mode=mode,
        path=path,
    )


class _Asked(NamedTuple):
    """A moment, and the kind of event that asks; empty if customers are asked about."""

    name: str
    kind: str


def _moment(catalogue: Catalogue, name: str | None) -> _Asked:
    moments = catalogue.domain.moments
    if name is None:
        name = next((one for one, asked in moments.items() if not asked.event), None)
    if name is None:
        raise NotEnoughData(
            f"this catalogue asks nothing about customers: choose --moment {' or '.join(moments)}"
        )
    return _Asked(name, catalogue.domain.named(name).event)


def _about(answered: Matrix) -> Iterator[Entry]:
    """Those who are asked about, a customer each."""
    for customer, at in zip(answered.customers, answered.at.tolist(), strict=True):
        yield Entry(id=customer, kind="", known_at=at, occurred_at=at, customer=customer)


def _asking(history: History, kind: str, facts: list[str]) -> Iterator[Entry]:
    """The events that ask, in order, with the facts that policies want."""
    said = "".join(f", {name}" for name in facts)
    rows = history.connection.execute(
        f"SELECT id, known_at, occurred_at, customer, attributes{said} FROM entries "
        "WHERE kind = ? ORDER BY known_at, id",
        [kind],
    )
    while chunk := rows.fetchmany(_CHUNK):
        for id, known_at, occurred_at, customer, attributes, *values in chunk:
            yield Entry(
                id=id,
                kind=kind,
                known_at=known_at,
                occurred_at=occurred_at,
                customer=customer,
                facts={n: v for n, v in zip(facts, values, strict=True) if v is not None},
                attributes=json.decode(attributes) if attributes else {},
            )


def _known(history: History, t: int) -> list[str]:
    rows = history.connection.execute(
        "SELECT DISTINCT customer FROM entries WHERE customer IS NOT NULL AND known_at < ? "
        "ORDER BY customer",
        [t],
    ).fetchall()
    if not rows:
        raise NotEnoughData("no customer is known by then: choose a later time or another history")
    return [customer for (customer,) in rows]


def _decide(
    vectors: Floats, entries: list[Entry], prepared: PreparedMoment, models: Models
) -> Iterator[_Row]:
    assessed = [
        (bound.model.contract, bound.probabilities(vectors, entries))
        for bound in prepared.bound(models.at(prepared.moment))
    ]
    for index, (vector, entry) in enumerate(zip(vectors, entries, strict=True)):
        points, fired = prepared.points(vector)
        hits = prepared.policies.evaluate(
            prepared.moment, prepared.named(vector, entry), entry.known_at
        )
        risks = [
            Assessed(
                contract.risk,
                float(probability[index]),
                contract.thresholds,
                prepared.exposure(contract, vector, entry),
            )
            for contract, probability in assessed
        ]
        verdict = decide(risks, points, hits)
        yield _Row(
            verdict,
            {risk.risk: risk.probability for risk in risks},
            [hit.policy.id for hit in hits],
            [] if verdict.outcome == "approve" else [one.code for one in reasons(hits, fired)],
        )


def _table(entries: list[Entry], rows: list[_Row], mode: str) -> pa.Table:
    return pa.table(
        {
            "customer": [entry.customer for entry in entries],
            "event": [entry.id if entry.kind else None for entry in entries],
            "at": [entry.known_at for entry in entries],
            "outcome": [row.verdict.outcome for row in rows],
            "score": [row.verdict.score for row in rows],
            "mode": [mode] * len(rows),
            "risks": pa.array(
                [list(row.risks.items()) for row in rows], SCHEMA.field("risks").type
            ),
            "policies": pa.array([row.policies for row in rows], pa.list_(pa.string())),
            "reasons": pa.array([row.reasons for row in rows], pa.list_(pa.string())),
        },
        schema=SCHEMA,
    )
