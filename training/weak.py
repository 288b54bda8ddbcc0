"""Weak labels: what policies and alerts say of rows, for the days before anybody has labelled any.

    a policy in force demands review or decline of the row ──────┐
    an alert about its customer within some days after it ───────┼──► bad, until a label says
    a label that is known ───────────────────────────────────────┘    otherwise
    anything else ─────────────────────────────────────────────────► good, as far as anybody knows

A model of weak labels must not repeat the rules: columns that the hitting policies read, and
those made of the same, are kept from it. So it finds what looks like their hits elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.decide.outcomes import ORDER
from features.decide.policies import Policies
from features.derived import Derived
from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History
from training.backtest.evaluation import Applied
from training.labels import NEVER, Asked, Floats, Judged, Target, Times, Truths, judge
from training.questions import named
from training.rules import repeating, telling

POLICY, ALERT = "policy", "alert"
_REVIEW = ORDER.index("review")
_PATIENCE = 4  # of a young history, one part in so many is spent on waiting for alerts

#: Alerts that no person has cleared since; `$as_of` is when somebody asks.
_ALERTS = """
WITH alerts AS (
    SELECT customer, known_at, alert_is_legitimate IS NOT DISTINCT FROM 1 AS clears,
           verdict IS NOT DISTINCT FROM 'ignore' AS ignored
    FROM entries WHERE kind = 'alert' AND customer IS NOT NULL AND known_at <= $as_of
), cleared AS (
    SELECT customer, max(known_at) AS known_at FROM alerts WHERE clears GROUP BY customer
), standing_alerts AS (
    SELECT a.customer, a.known_at
    FROM alerts AS a LEFT JOIN cleared AS c ON c.customer = a.customer
    WHERE NOT a.clears AND NOT a.ignored AND a.known_at > coalesce(c.known_at, 0)
)
"""

#: `standing` is what `judge` has just left there.
_SIGNS = (
    _ALERTS
    + """
SELECT r.n,
       coalesce(min(a.known_at) FILTER (a.known_at < r.t), $never) AS before,
       coalesce(min(a.known_at) FILTER (a.known_at >= r.t AND a.known_at <= r.t + $horizon), $never)
           AS after,
       EXISTS (
           FROM standing AS l WHERE l.customer = r.customer AND l.label = 'legitimate'
           AND l.known_at >= r.t AND (l.event IS NULL OR NOT $of_events OR l.event = r.id)
       ) AS cleared
FROM weak_rows AS r LEFT JOIN standing_alerts AS a ON a.customer = r.customer
GROUP BY r.n, r.id, r.customer, r.t ORDER BY r.n
"""
)


@dataclass(frozen=True)
class Signs:
    """What is known of each row besides labels, shape (rows,), at one time.

    ``alert_at`` is when the first alert came that counts (`NEVER` elsewhere); ``before`` rows
    whose customer had one already; ``cleared`` rows of whom a person said that they are good.
    """

    alert_at: Times
    before: Truths
    cleared: Truths


@dataclass(frozen=True)
class Weak:
    """Judges rows by policies and alerts, and by labels where they are known.

    ``hit`` are the rows of the matrix that policies want reviewed or declined; what a policy
    could not tell is no evidence. ``real`` is the target of the labels, ``policies`` those that
    hit, ``left_out`` the columns that a model of this may not see.
    """

    hit: Truths
    real: Target
    policies: tuple[str, ...]
    left_out: frozenset[str]

    def __call__(self, history: History, target: Target, asked: Asked, as_of: int) -> Judged:
        """As `training.labels.judge`; ``target`` is `weak_target`, ``asked`` all rows."""
        labelled = judge(history, self.real, asked, as_of)
        signs = self.signs(history, target, asked, as_of)
        before = labelled.known_before | signs.before
        said = self.hit | (signs.alert_at < NEVER)
        positive = (labelled.positive | (said & ~signs.cleared)) & ~before
        first = np.minimum(np.where(self.hit, asked.at, NEVER), signs.alert_at)
        first = np.where(labelled.positive, labelled.known_at, first)
        source = np.where(self.hit, POLICY, ALERT).astype(object)
        kind = np.where(labelled.positive, labelled.kind, source)
        return Judged(
            mature=asked.at <= as_of - target.wait * DAY,
            known_before=before,
            positive=positive,
            known_at=np.where(positive, first, NEVER),
            kind=np.where(positive, kind, ""),
            blocked=labelled.blocked & ~positive,
            weight=labelled.weight,
        )

    def signs(self, history: History, target: Target, asked: Asked, as_of: int) -> Signs:
        """What alerts and people said; to be called after `judge` at the same time."""
        bound = {
            "as_of": as_of,
            "never": int(NEVER),
            "horizon": target.horizon * DAY,
            "of_events": self.real.of_events,
        }
        history.connection.register("weak_rows", asked.table())
        found = history.connection.sql(_SIGNS, params=bound).to_arrow_table()
        history.connection.unregister("weak_rows")
        return Signs(
            alert_at=found["after"].to_numpy(),
            before=found["before"].to_numpy() < NEVER,
            cleared=found["cleared"].to_numpy(zero_copy_only=False),
        )


def weak_target(history: History, target: Target, as_of: int) -> Target:
    """The target with weak labels: alerts are awaited for the risk's horizon after each row.

    Of a young history only a quarter is spent on waiting, and nothing where nobody sends
    alerts: what policies say is known at once.
    """
    ((first, alerts),) = history.connection.execute(
        f"{_ALERTS} SELECT (SELECT min(known_at) FROM entries), (SELECT count(*) FROM alerts)",
        {"as_of": as_of},
    ).fetchall()
    days = min(target.horizon, (as_of - int(first)) // DAY // _PATIENCE) if alerts else 0
    return replace(target, kinds=(POLICY, ALERT), horizon=days, maturity=days)


def weak(
    history: History,
    real: Target,
    as_of: int,
    columns: Sequence[Derived],
    values: Floats,
    policies: Policies,
    applied: Applied,
) -> Weak:
    """The judge of weak labels for rows of ``values``, shape (rows, columns).

    Raises `NotEnoughData` where neither policies nor alerts speak.
    """
    demanded = (applied.demands >= _REVIEW) & ~applied.unknown & applied.counts[:, np.newaxis]
    hits = {
        policy.id: rows
        for policy, rows in zip(applied.policies, demanded, strict=True)
        if rows.any()
    }
    ((alerts,),) = history.connection.execute(
        f"{_ALERTS} SELECT count(*) FROM standing_alerts", {"as_of": as_of}
    ).fetchall()
    if not hits and not alerts:
        raise NotEnoughData(
            f"no policy in force wants a {named(real, 1)} of this history reviewed and no alert "
            "names a customer, so that nothing weak can be learned either: write policies "
            "(`vouch backtest` tries them), or send alerts and labels"
        )
    reads = policies.reads(real.moment)
    read = frozenset(name for one in hits for name in reads[one])
    return Weak(
        hit=np.logical_or.reduce(demanded, axis=0),
        real=real,
        policies=tuple(hits),
        left_out=repeating(columns, read, alerts=bool(alerts))
        | telling(columns, values, list(hits.values())),
    )
