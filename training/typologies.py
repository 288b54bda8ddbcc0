"""Typologies: for each kind of harm how soon it is found, and how much money that is worth.

first row ──────────► caught by the score ─ ─ ─ ─ ─ ─ ─ ─ ─►  label becomes known
    └── money at risk ─────────────────────────────────────────────┘
                            └── money saved ───────────────────────┘
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.durations import DAY
from training.labels import Floats, Names, Times, Truths
from training.metrics import numbered


@dataclass(frozen=True)
class Typology:
    """Bad customers of one kind of label.

    ``caught`` of ``customers`` had a row at or above the threshold. Days are medians from the
    first row: ``days_to_label`` until the label was known, ``days_to_catch`` until the score
    caught it or, where it did not, the label. Money in major units.
    """

    kind: str
    rows: int
    customers: int
    caught: int
    days_to_label: float
    days_to_catch: float
    at_risk: float
    saved: float

    @property
    def recall(self) -> float:
        """Share of the customers that were caught."""
        return self.caught / self.customers


def typologies(
    kinds: Names, customers: Names, at: Times, known_at: Times, flagged: Truths, loss: Floats
) -> tuple[Typology, ...]:
    """One for each kind of label of bad rows, the most costly first.

    All arguments are of the bad rows alone, in order of time; ``loss`` is what flows from a
    row until the next of its customer (`training.stakes.losses`), major units.
    """
    found = [
        _typology(
            str(kind),
            numbered(customers[here]),
            at[here],
            known_at[here],
            flagged[here],
            loss[here],
        )
        for kind in np.unique(kinds.astype(str))
        if (here := kinds == kind).any()
    ]
    return tuple(sorted(found, key=lambda one: -one.at_risk))


def _typology(
    kind: str, who: Times, at: Times, known_at: Times, flagged: Truths, loss: Floats
) -> Typology:
    customers = int(who.max()) + 1
    first = np.zeros(customers, dtype=np.int64)
    first[who[::-1]] = np.arange(len(who))[::-1]  # the earliest row is written last
    caught_at = np.full(customers, -1)
    rows = np.flatnonzero(flagged)[::-1]
    caught_at[who[rows]] = rows
    caught = caught_at >= 0
    until = np.where(caught, at[caught_at], known_at[first])
    saved = caught[who] & (np.arange(len(who)) >= caught_at[who])
    return Typology(
        kind=kind,
        rows=len(who),
        customers=customers,
        caught=int(caught.sum()),
        days_to_label=float(np.median(known_at[first] - at[first]) / DAY),
        days_to_catch=float(np.median(until - at[first]) / DAY),
        at_risk=float(loss.sum()),
        saved=float(loss[saved].sum()),
    )
