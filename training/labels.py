"""What makes a row of the matrix bad: one table, and one rule of what was known when.

              t                                        as_of
    ──────────┼───────────────────────────────────────────┼────────►  known_at
      known   │      a label that became known here       │  not yet
      before: │      makes the row positive               │  known
      leaves  │◄──── maturity ────►  before which a row   │
              │                      says nothing: leaves │

A reversed label, or one followed by `legitimate`, is as if it had never been, for whoever
asks after that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.domain import Domain
from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History

Times = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]

_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Target:
    """What one model predicts: which labels make a row of its moment bad.

    ``kinds`` are those labels, ``bad`` all bad ones: who is known for any of them leaves.
    ``horizon`` is how many days after the row the fraud may have happened, ``maturity``
    how many days a row must wait before the absence of a label means anything.
    """

    moment: str
    risk: str
    kinds: tuple[str, ...]
    bad: tuple[str, ...]
    horizon: int
    maturity: int


def target_of(domain: Domain, moment: str, risk: str | None = None) -> Target:
    """What is trained at a moment, by default its first risk.

    Raises `NotEnoughData` where nothing can be.
    """
    asked = domain.named(moment)
    if not asked.event:
        trained = ", ".join(name for name, one in domain.moments.items() if one.event)
        raise NotEnoughData(
            f"{moment} is asked about customers, of which history has no rows: "
            f"choose one of {trained}"
        )
    if risk is None:
        risk = next(iter(asked.risks), "")
    if risk not in asked.risks:
        known = ", ".join(asked.risks) or "none"
        raise NotEnoughData(f"{moment} has no risk {risk}: there is {known}")
    what = asked.risks[risk]
    return Target(moment, risk, what.labels, domain.bad, what.horizon, what.maturity)


@dataclass(frozen=True)
class Standing:
    """The labels that stand at ``as_of``, one entry per labelled customer, times in µs.

    ``any_known_at`` is when any bad label became known first; ``known_at`` and
    ``occurred_at`` are of the target's own kinds, the far future where there is none.
    """

    as_of: int
    customers: Names
    any_known_at: Times
    known_at: Times
    occurred_at: Times


_STANDING = """
WITH told AS (
    SELECT customer, label, status, known_at, occurred_at
    FROM entries
    WHERE kind = 'label' AND customer IS NOT NULL AND known_at <= $as_of
), taken_back AS (
    SELECT customer, label, max(known_at) AS at
    FROM told WHERE status = 'reversed' GROUP BY customer, label
), cleared AS (
    SELECT customer, max(known_at) AS at
    FROM told WHERE label = 'legitimate' AND status IS DISTINCT FROM 'reversed' GROUP BY customer
)
SELECT told.customer,
       min(told.known_at),
       coalesce(min(told.known_at) FILTER (list_contains($kinds, told.label)), $never),
       coalesce(min(told.occurred_at) FILTER (list_contains($kinds, told.label)), $never)
FROM told LEFT JOIN taken_back USING (customer, label) LEFT JOIN cleared USING (customer)
WHERE list_contains($bad, told.label) AND told.status IS DISTINCT FROM 'reversed'
  AND told.known_at > greatest(coalesce(taken_back.at, 0), coalesce(cleared.at, 0))
GROUP BY told.customer
ORDER BY told.customer
"""


def standing(history: History, target: Target, as_of: int) -> Standing:
    """The labels known at ``as_of`` and not taken back by then."""
    bound = {
        "as_of": as_of,
        "bad": list(target.bad),
        "kinds": list(target.kinds),
        "never": int(_NEVER),
    }
    rows = history.connection.execute(_STANDING, bound).fetchall()
    customers, any_known_at, known_at, occurred_at = zip(*rows, strict=True) if rows else ((),) * 4
    return Standing(
        as_of,
        np.array(customers, dtype=object),
        np.array(any_known_at, dtype=np.int64),
        np.array(known_at, dtype=np.int64),
        np.array(occurred_at, dtype=np.int64),
    )


@dataclass(frozen=True)
class Judged:
    """Per row, as of one time: old enough to be judged, bad before it was asked about, bad since.

    ``known_at`` is when a positive row's label became known, µs, the far future elsewhere.
    """

    mature: Truths
    known_before: Truths
    positive: Truths
    known_at: Times


def judge(customers: Names, at: Times, labels: Standing, target: Target) -> Judged:
    """Judges rows of ``customers`` asked about ``at``, with the labels that stand."""
    place = {customer: index for index, customer in enumerate(labels.customers)}
    found = np.array([place.get(customer, -1) for customer in customers], dtype=np.int64)
    has = found >= 0

    def of(times: Times) -> Times:
        picked = np.full(len(found), _NEVER)
        picked[has] = times[found[has]]
        return picked

    known_before = of(labels.any_known_at) < at
    in_time = of(labels.occurred_at) - at <= target.horizon * DAY
    positive = in_time & ~known_before
    return Judged(
        mature=at <= labels.as_of - target.maturity * DAY,
        known_before=known_before,
        positive=positive,
        known_at=np.where(positive, of(labels.known_at), _NEVER),
    )
