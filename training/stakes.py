"""What is at stake in a row: the money that flows until somebody finds out.

            t                      until
    ────────┼────────────────────────┼──────►
            │ used, or paid for      │
            │ with the instrument    │
            └── the larger of both ──┘

What was used and what was paid for it are the same money seen twice, and either may be missing:
card shops meter nothing, and whoever never pays still uses.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from features import reference
from features.offline import History
from training.labels import NEVER, Asked, Floats, Names, Times

_FLOWED = """
SELECT r.n, coalesce(sum(e.amount) FILTER (e.kind = 'usage'), 0) AS used,
       coalesce(sum(e.amount) FILTER (e.kind = 'payment'), 0) AS paid
FROM staked_rows AS r JOIN entries AS e ON e.customer = r.customer
WHERE e.kind IN ('usage', 'payment') AND e.amount IS NOT NULL
  AND e.known_at >= r.t AND e.known_at < r.until
GROUP BY r.n
"""


def at_stake(history: History, asked: Asked, until: Times) -> Floats:
    """Minor units of the base currency that flowed from each row's time until then, shape (rows,).

    ``until`` is in µs, shape (rows,); nothing flows for a row without a customer.
    """
    rows = asked.table().append_column("until", pa.array(until, pa.int64()))
    history.connection.register("staked_rows", rows)
    found = history.connection.sql(_FLOWED).to_arrow_table()
    history.connection.unregister("staked_rows")
    money = np.zeros(len(asked))
    used, paid = (found[name].to_numpy().astype(np.float64) for name in ("used", "paid"))
    money[found["n"].to_numpy()] = np.maximum(np.maximum(used, paid), 0.0)
    return money


def losses(history: History, asked: Asked, known_at: Times, otherwise: float) -> Floats:
    """What each row costs if it is let pass, major units, shape (rows,); zero for honest ones.

    That is what flows until the next question about the same customer, or until the fraud is
    known: then the losses of a customer add up and no money is counted twice. A history that
    knows no money at all gives ``otherwise`` for each bad row.
    """
    bad = known_at < NEVER
    until = np.where(bad, np.minimum(known_at, _next(asked.customers, asked.at)), asked.at)
    unit = 10 ** reference.load().minor_units
    money = np.zeros(len(asked))
    rows = np.flatnonzero(bad)
    some = Asked(asked.ids[rows], asked.customers[rows], asked.at[rows])
    money[rows] = at_stake(history, some, until[rows]) / unit
    return money if money.any() else np.where(bad, otherwise, 0.0)


def _next(customers: Names, at: Times) -> Times:
    """When the same customer is asked about next; rows are in order of time."""
    who = np.unique(customers.astype(str), return_inverse=True)[1]
    order = np.lexsort((at, who))
    same = np.append(np.diff(who[order]) == 0, False)
    following = np.full(len(at), NEVER)
    following[order[same]] = at[order[np.flatnonzero(same) + 1]]
    return following
