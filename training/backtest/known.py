"""What is known of rows: which were bad and which good, and the money that the bad ones took.

A row is judged once every risk of its moment can be: bad if one came true, good if none did. Not
judged are rows too young, rows of customers known bad already, and rows that were declined, for
nobody saw what would have become of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.offline import History
from training.labels import NEVER, Asked, Floats, Judged, Names, Target, Truths, judge
from training.proportion import Proportion, proportion
from training.stakes import at_stake


@dataclass(frozen=True)
class Found:
    """What some rows are.

    ``good_customers`` are those of the good rows. ``precision`` is the share of bad rows among
    those judged; rows that exploration let pass stand for more than themselves in it. ``money``,
    in minor units, flowed in the bad ones until they were found out: each customer's from its
    first row on.
    """

    rows: int
    bad: int
    good: int
    unjudged: int
    good_customers: int
    precision: Proportion
    money: int


@dataclass(frozen=True)
class Known:
    """What is known of each row as of one time, all of shape (rows,).

    ``stake`` is the money of a bad row, 0 elsewhere; ``customer`` a small number for each
    customer, -1 where none is named. Where a label speaks of one event (``of_events``) each bad
    row takes its own money. ``unjudged`` counts the rows that are neither bad nor good, by reason.
    """

    bad: Truths
    good: Truths
    stake: Floats
    customer: npt.NDArray[np.int64]
    weight: Floats
    of_events: bool
    unjudged: dict[str, int]

    @property
    def customers(self) -> int:
        """How many customers the rows name."""
        return len(np.unique(self.customer[self.customer >= 0]))

    def of(self, rows: Truths) -> Found:
        """What those rows are for which ``rows`` is true."""
        bad, good = int((rows & self.bad).sum()), int((rows & self.good).sum())
        judged = rows & (self.bad | self.good)
        hurt = np.zeros(int(self.customer.max(initial=-1)) + 1, dtype=np.bool_)
        hurt[self.customer[rows & self.good]] = True
        count = int(rows.sum())
        return Found(
            rows=count,
            bad=bad,
            good=good,
            unjudged=count - bad - good,
            good_customers=int(hurt.sum()),
            precision=proportion(self.bad[judged], self.weight[judged], self.customer[judged]),
            money=self.money(rows),
        )

    def money(self, rows: Truths) -> int:
        """Minor units that would not have flowed, had those rows been stopped."""
        taken = np.flatnonzero(rows & self.bad)
        if self.of_events:
            return int(self.stake[taken].sum())
        by_customer = np.zeros(int(self.customer.max(initial=-1)) + 1)
        np.maximum.at(by_customer, self.customer[taken], self.stake[taken])
        return int(by_customer.sum())


def known(history: History, targets: Sequence[Target], asked: Asked, as_of: int) -> Known:
    """Judges rows with what was known at ``as_of``; without a target nothing can be judged."""
    nothing = np.zeros(len(asked), dtype=np.bool_)
    judged = [judge(history, target, asked, as_of) for target in targets]
    wait = max((target.wait for target in targets), default=0)
    nobody = np.array([one is None for one in asked.customers], dtype=np.bool_)
    young = ~_every([one.mature for one in judged], nothing)
    before = _any([one.known_before for one in judged], nothing)
    positive = _any([one.positive for one in judged], nothing)
    blocked = _any([one.blocked for one in judged], nothing) & ~positive
    reasons = {
        "without a customer": nobody,
        f"younger than {wait} days" if targets else "without a risk at this moment": young,
        "known bad before": before,
        "declined at the time": blocked,
    }
    unjudged, open_rows = {}, ~nothing
    for reason, held in reasons.items():
        unjudged[reason] = int((open_rows & held).sum())
        open_rows &= ~held
    bad, of_events = open_rows & positive, bool(targets) and all(one.of_events for one in targets)
    return Known(
        bad=bad,
        good=open_rows & ~positive,
        stake=_stakes(history, asked, bad, judged, of_events),
        customer=_numbered(asked.customers),
        weight=judged[0].weight if judged else np.ones(len(asked)),
        of_events=of_events,
        unjudged={reason: count for reason, count in unjudged.items() if count},
    )


def _every(truths: Sequence[Truths], nothing: Truths) -> Truths:
    return np.logical_and.reduce(truths) if truths else nothing


def _any(truths: Sequence[Truths], nothing: Truths) -> Truths:
    return np.logical_or.reduce(truths) if truths else nothing


def _stakes(
    history: History, asked: Asked, bad: Truths, judged: Sequence[Judged], of_events: bool
) -> Floats:
    """Of bad rows only: what flowed until the first label said so, or in the event itself."""
    rows = np.flatnonzero(bad)
    stake = np.zeros(len(asked))
    some = Asked(asked.ids[rows], asked.customers[rows], asked.at[rows])
    until = np.full(len(rows), NEVER)
    for one in judged:
        until = np.minimum(until, one.known_at[rows])
    stake[rows] = at_stake(history, some, some.at + 1 if of_events else until)
    return stake


def _numbered(customers: Names) -> npt.NDArray[np.int64]:
    encoded = pa.array(customers, pa.string()).dictionary_encode().indices
    numbers: npt.NDArray[np.int64] = encoded.fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers.astype(np.int64)
