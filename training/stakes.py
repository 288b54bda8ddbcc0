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

from features.offline import History
from training.labels import Asked, Floats, Times

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
    rows = pa.table(
        {
            "n": pa.array(np.arange(len(asked)), pa.int64()),
            "customer": pa.array(asked.customers, pa.string()),
            "t": pa.array(asked.at, pa.int64()),
            "until": pa.array(until, pa.int64()),
        }
    )
    history.connection.register("staked_rows", rows)
    found = history.connection.sql(_FLOWED).to_arrow_table()
    history.connection.unregister("staked_rows")
    money = np.zeros(len(asked))
    used, paid = (found[name].to_numpy().astype(np.float64) for name in ("used", "paid"))
    money[found["n"].to_numpy()] = np.maximum(np.maximum(used, paid), 0.0)
    return money
