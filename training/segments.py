"""Segments: whom a threshold bothers, by region and by what kind of customer it is.

A country's honest customers pay for its fraudsters. The table says by how much, with counts,
so that a high share among twenty rows is not read like one among two thousand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.domain import Domain
from features.offline import History
from training.labels import Asked, Names, Target, Truths
from training.metrics import numbered
from training.proportion import Proportion, proportion

#: What rows are told apart by, where the domain has it: the region, and kinds of customers.
SEGMENTS = ("country", "sku", "method", "card_funding", "network_type")
#: Honest rows below which a share says nothing.
FEWEST = 30
_UNSAID = "not said"
_MOST = 12


@dataclass(frozen=True)
class Segment:
    """One value of a fact: its rows, how many are honest and bad, and what a threshold does.

    ``bothered`` is the share of the honest rows at or above it, ``found`` that of the bad ones.
    """

    fact: str
    value: str
    honest: int
    bad: int
    bothered: Proportion
    found: Proportion

    @property
    def is_told(self) -> bool:
        """Whether there are enough honest rows to say something."""
        return self.honest >= FEWEST


def said(history: History, target: Target, asked: Asked, fact: str) -> Names:
    """The text that each row says of a fact, or its customer said last; None where unknown."""
    history.connection.register("told_rows", asked.table())
    if target.asks:
        query = (
            f"SELECT r.n, e.{fact} AS said FROM told_rows AS r LEFT JOIN entries AS e "
            f"ON e.id = r.id AND e.kind = '{target.asks}' AND e.known_at = r.t ORDER BY r.n"
        )
    else:
        query = (
            f"SELECT r.n, arg_max(e.{fact}, e.known_at) AS said FROM told_rows AS r "
            f"LEFT JOIN entries AS e ON e.customer = r.customer AND e.known_at < r.t "
            f"AND e.{fact} IS NOT NULL GROUP BY r.n ORDER BY r.n"
        )
    found = history.connection.sql(query).to_arrow_table()
    history.connection.unregister("told_rows")
    texts: Names = found["said"].to_numpy(zero_copy_only=False)
    return texts


def facts_of(domain: Domain, target: Target) -> tuple[str, ...]:
    """The facts that rows of a target can be told apart by."""
    known = domain.all_facts
    return tuple(
        name
        for name in SEGMENTS
        if name in known
        and known[name].type is str
        and (not target.asks or target.asks in known[name].kinds)
    )


def segments(
    fact: str, texts: Names, customers: Names, positive: Truths, flagged: Truths
) -> tuple[Segment, ...]:
    """The largest segments of a fact, the one with most honest rows first."""
    values = np.array([_UNSAID if text is None else str(text) for text in texts], dtype=object)
    names, counts = np.unique(values[~positive].astype(str), return_counts=True)
    largest = names[np.argsort(-counts, kind="stable")][:_MOST]
    return tuple(
        _segment(fact, str(name), values == name, customers, positive, flagged) for name in largest
    )


def _segment(
    fact: str, name: str, here: Truths, customers: Names, positive: Truths, flagged: Truths
) -> Segment:
    def share(of: Truths) -> Proportion:
        who = numbered(customers[of]) if of.any() else np.empty(0, dtype=np.int64)
        return proportion(flagged[of], np.ones(int(of.sum())), who)

    honest, bad = here & ~positive, here & positive
    return Segment(fact, name, int(honest.sum()), int(bad.sum()), share(honest), share(bad))


def widest(found: Sequence[Segment]) -> tuple[Segment, Segment] | None:
    """The told segments whose honest rows are bothered least and most; None of fewer than two."""
    told = sorted((one for one in found if one.is_told), key=lambda one: one.bothered.value)
    return (told[0], told[-1]) if len(told) > 1 else None
