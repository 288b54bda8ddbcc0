"""What makes a row of the matrix bad: one table, and one rule of what was known when.

    (moment, risk) ◄── kinds of label, lead, horizon, maturity      (features/domain.py)

        t - lead        t             t + horizon              as_of
    ────────┼───────────┼──────────────────┼─────────────────────┼────────►
            │ fraud that lies in here makes │
            │ the row asked at t positive,  │
            │ if it became known ───────────┼──── in here ───────┤
            known before t: the row leaves  │ the row counts only if this has passed

A reversed label, or one followed by `legitimate`, is as if it had never been, for whoever
asks after that. A label that names an event takes back, and is taken back by, labels of that
event; one that names none speaks of the whole customer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.domain import Domain
from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History

Times = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

#: A time that never comes.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Target:
    """What one model predicts: which labels make a row of its moment bad, times in days.

    ``kinds`` are those labels, ``bad`` all bad ones: who is known for any of them leaves.
    ``asks`` is the kind of event that asks, empty where customers are asked about.
    """

    moment: str
    risk: str
    asks: str
    kinds: tuple[str, ...]
    bad: tuple[str, ...]
    lead: int
    horizon: int
    maturity: int
    of_events: bool

    @property
    def wait(self) -> int:
        """Days until the absence of a label means anything."""
        return self.maturity if self.of_events else max(self.horizon, self.maturity)


def target_of(domain: Domain, moment: str, risk: str | None = None) -> Target:
    """What is trained at a moment, by default its first risk.

    Raises `NotEnoughData` where there is no such moment or risk.
    """
    asked = domain.named(moment)
    if risk is None:
        risk = next(iter(asked.risks), "")
    if risk not in asked.risks:
        known = ", ".join(asked.risks) or "none"
        raise NotEnoughData(f"{moment} has no risk {risk}: there is {known}")
    what = asked.risks[risk]
    return Target(
        moment=moment,
        risk=risk,
        asks=asked.event,
        kinds=what.labels,
        bad=domain.bad,
        lead=what.lead,
        horizon=what.horizon,
        maturity=what.maturity,
        of_events=what.of == "event",
    )


@dataclass(frozen=True)
class Asked:
    """The rows to be judged: event (or customer), customer or None, and time in µs, ascending."""

    ids: Names
    customers: Names
    at: Times

    def __len__(self) -> int:
        return len(self.at)

    def table(self) -> pa.Table:
        """The rows for SQL: their number ``n``, ``id``, ``customer`` and time ``t``."""
        return pa.table(
            {
                "n": pa.array(np.arange(len(self)), pa.int64()),
                "id": pa.array(self.ids, pa.string()),
                "customer": pa.array(self.customers, pa.string()),
                "t": pa.array(self.at, pa.int64()),
            }
        )


@dataclass(frozen=True)
class Judged:
    """Per row, as of one time.

    ``mature``: old enough to be judged. ``known_before``: bad before it was asked about.
    ``positive``: bad since, with the time at which that became known (`NEVER` elsewhere) and
    the kind of label that said so (empty elsewhere). ``blocked``: declined, so that nobody
    saw whether it would have been good; or stopped though chance might have let it pass, so that
    those whom chance did let pass stand for it. ``weight``: how many rows it stands for, above
    one where exploration let it pass with a small chance.
    """

    mature: Truths
    known_before: Truths
    positive: Truths
    known_at: Times
    kind: Names
    blocked: Truths
    weight: Floats


#: Judges rows of a target as of a time: `judge` by labels, `training.weak` without them.
Judge = Callable[[History, Target, Asked, int], Judged]

#: Labels that stand, one row each; `$as_of` is when somebody asks.
_STANDING = """
CREATE OR REPLACE TEMP TABLE standing AS
WITH told AS (
    SELECT customer, event, label, status, known_at, occurred_at
    FROM entries
    WHERE kind = 'label' AND customer IS NOT NULL AND known_at <= $as_of
), undone AS (
    SELECT customer, event, label, max(known_at) AS undone_at
    FROM told WHERE (status IS NOT DISTINCT FROM 'reversed') <> (label = 'legitimate') GROUP BY ALL
)
SELECT told.customer, told.event, told.label, told.known_at, told.occurred_at
FROM told
WHERE told.status IS DISTINCT FROM 'reversed' AND NOT EXISTS (
    FROM undone
    WHERE undone.customer = told.customer AND undone.undone_at >= told.known_at
      AND (undone.event IS NULL OR undone.event = told.event)
      AND (undone.label = told.label OR undone.label = 'legitimate')
      AND told.label <> 'legitimate'
)
"""

_POSITIVE = {
    False: "l.customer = r.customer AND l.known_at >= r.t "
    "AND l.occurred_at > r.t - $lead AND l.occurred_at <= r.t + $horizon",
    True: "l.event = r.id AND l.customer = r.customer",
}

_JUDGED = """
WITH positive AS (
    SELECT r.n, min(l.known_at) AS known_at, arg_min(l.label, l.known_at) AS label
    FROM judged_rows AS r JOIN standing AS l ON {positive}
    WHERE list_contains($kinds, l.label) GROUP BY r.n
), known AS (
    SELECT customer, min(known_at) AS known_at
    FROM standing WHERE list_contains($bad, label) GROUP BY customer
), cleared AS (
    SELECT customer, max(known_at) AS known_at
    FROM standing WHERE label = 'legitimate' GROUP BY customer
), decided AS (  -- first by models and chance, and perhaps again by what was learned later
    SELECT customer, event, arg_max(outcome, known_at) AS outcome, max(known_at) AS known_at,
           arg_min(outcome, known_at) AS at_first,
           arg_min(coalesce(propensity, 1.0), known_at) AS propensity
    FROM entries WHERE kind IN ('decision', 'redecision') AND known_at <= $as_of
    GROUP BY customer, event
), declined AS (
    SELECT r.n FROM judged_rows AS r JOIN decided AS d ON d.customer = r.customer
    WHERE d.outcome = 'decline' AND d.known_at >= r.t AND d.known_at <= r.t + $wait
    GROUP BY r.n
)
SELECT r.n,
       coalesce(k.known_at, $never) AS any_known_at,
       coalesce(p.known_at, $never) AS known_at,
       coalesce(p.label, '') AS label,
       b.n IS NOT NULL AND coalesce(c.known_at, 0) < r.t AS blocked,
       coalesce(d.propensity < 1.0 AND d.at_first <> 'approve', false) AS stood_for,
       CASE WHEN d.at_first = 'approve' THEN 1.0 / d.propensity ELSE 1.0 END AS weight
FROM judged_rows AS r
LEFT JOIN positive AS p ON p.n = r.n
LEFT JOIN known AS k ON k.customer = r.customer
LEFT JOIN cleared AS c ON c.customer = r.customer
LEFT JOIN declined AS b ON b.n = r.n
LEFT JOIN decided AS d ON d.event = r.id AND d.customer = r.customer
ORDER BY r.n
"""


def judge(history: History, target: Target, asked: Asked, as_of: int) -> Judged:
    """Judges rows with the labels and decisions known at ``as_of``, and not taken back by then."""
    connection = history.connection
    connection.execute(_STANDING, {"as_of": as_of})
    bound = {
        "as_of": as_of,
        "never": int(NEVER),
        "kinds": list(target.kinds),
        "bad": list(target.bad),
        "wait": target.wait * DAY,
    }
    if not target.of_events:
        bound |= {"lead": target.lead * DAY, "horizon": target.horizon * DAY}
    query = _JUDGED.format(positive=_POSITIVE[target.of_events])
    connection.register("judged_rows", asked.table())
    found = connection.sql(query, params=bound).to_arrow_table()
    connection.unregister("judged_rows")
    known_at = found["known_at"].to_numpy()
    before = found["any_known_at"].to_numpy() < asked.at
    if target.of_events:  # one bad event says nothing of the customer's others
        before = np.zeros(len(asked), dtype=np.bool_)
    positive = (known_at < NEVER) & ~before
    declined, stood_for = (
        found[name].to_numpy(zero_copy_only=False) for name in ("blocked", "stood_for")
    )
    return Judged(
        mature=asked.at <= as_of - target.wait * DAY,
        known_before=before,
        positive=positive,
        known_at=np.where(positive, known_at, NEVER),
        kind=np.where(positive, found["label"].to_numpy(zero_copy_only=False), ""),
        blocked=(declined & ~positive) | stood_for,
        weight=found["weight"].to_numpy().astype(np.float64),
    )


def known_bad(history: History, target: Target, since: int, until: int) -> set[str]:
    """Customers of whom something bad became known from ``since`` and before ``until``."""
    history.connection.execute(_STANDING, {"as_of": until - 1})
    rows = history.connection.execute(
        "SELECT DISTINCT customer FROM standing WHERE list_contains($bad, label) "
        "AND known_at >= $since",
        {"bad": list(target.bad), "since": since},
    ).fetchall()
    return {customer for (customer,) in rows}
