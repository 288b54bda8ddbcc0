"""Batch: every customer of a history asked about at one time, as operators do at night.

    history ──► vectors of all customers at t ──► models, scorecard, policies ──► Parquet

The same formulas, weights, policies and decision as a single request; nothing is
recorded in the ledger and nothing is folded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.catalogue import CATALOGUE
from features.contract import BundleStore, Floats
from features.decide import policies as policy_files
from features.decide.decision import Assessed, Verdict, decide, reasons
from features.decide.names import names
from features.decide.outcomes import ORDER
from features.decide.policies import Policies
from features.errors import NotEnoughData
from features.facts import Entry
from features.offline import History, Matrix, checkups, matrix
from serving.admission import Admission
from serving.models import Models
from serving.moment import Bound, PreparedMoment
from serving.settings import Settings

MOMENT = "checkup"
_CHUNK = 50_000

SCHEMA = pa.schema(
    [
        pa.field("customer", pa.string(), nullable=False),
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
    """How many customers got which outcome and why, and where the scores are."""

    customers: int
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
) -> BatchReport:
    """Scores all customers known before ``t`` (default: just after the history's end).

    Raises `NotEnoughData` where nobody is known by then.
    """
    t = history.span()[1] + 1 if t is None else t
    customers = _known(history, t)
    policies = Policies.load(settings.policies or policy_files.SHIPPED, names(CATALOGUE))
    outcomes: Counter[str] = Counter()
    why: Counter[str] = Counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    models = Models(BundleStore(settings.home), Admission(CATALOGUE), poll_seconds=None)
    with closing(models), pq.ParquetWriter(unfinished, SCHEMA) as writer:
        prepared = PreparedMoment(MOMENT, CATALOGUE, policies)
        prepared.use(models.at(MOMENT))
        answered = matrix(
            history,
            prepared.catalogue,
            MOMENT,
            checkups(customers, t),
            lambda done, total: progress("reading signals", done, total),
        )
        mode = "model" if models.at(MOMENT) else "scorecard"
        for start in range(0, len(answered), _CHUNK):
            rows = list(_decide(answered, start, prepared, models))
            writer.write_table(_table(answered, start, rows, mode))
            outcomes.update(row.verdict.outcome for row in rows)
            why.update(code for row in rows for code in row.reasons)
            progress("deciding", start + len(rows), len(answered))
    unfinished.replace(path)
    return BatchReport(
        customers=len(answered),
        outcomes={outcome: outcomes[outcome] for outcome in ORDER},
        reasons=dict(why.most_common()),
        mode=mode,
        path=path,
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
    answered: Matrix, start: int, prepared: PreparedMoment, models: Models
) -> Iterator[_Row]:
    vectors = answered.values[start : start + _CHUNK]
    assessed = [
        (bound.model.contract, _probabilities(bound, vectors))
        for bound in prepared.bound(models.at(MOMENT))
    ]
    for index, vector in enumerate(vectors):
        customer = str(answered.customers[start + index])
        t = int(answered.at[start + index])
        entry = Entry(id=customer, kind=MOMENT, known_at=t, occurred_at=t, customer=customer)
        points, fired = prepared.points(vector)
        hits = prepared.hits(vector, entry)
        risks = [
            Assessed(contract.risk, float(probability[index]), contract.thresholds)
            for contract, probability in assessed
        ]
        verdict = decide(risks, points, hits)
        yield _Row(
            verdict,
            {risk.risk: risk.probability for risk in risks},
            [hit.policy.id for hit in hits],
            [] if verdict.outcome == "approve" else [one.code for one in reasons(hits, fired)],
        )


def _probabilities(bound: Bound, vectors: Floats) -> Floats:
    margins = bound.model.margins(np.ascontiguousarray(vectors[:, bound.places]))
    return bound.model.contract.calibration(margins)


def _table(answered: Matrix, start: int, rows: list[_Row], mode: str) -> pa.Table:
    end = start + len(rows)
    return pa.table(
        {
            "customer": pa.array(answered.customers[start:end], pa.string()),
            "at": pa.array(answered.at[start:end], pa.int64()),
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
