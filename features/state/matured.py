"""Matured labels: how many customers are past the time in which fraud shows, and how many were bad.

A customer enters a cohort, the UTC day after its label has matured, and stays
for the series' span. A label moves the bad count of its customer's cohort from
the day after it became known, and a reversal moves it back. So the answer only
changes at midnight, and one integer per cohort is all that is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from features.durations import DAY
from features.series import MATURED, Series


class Change(NamedTuple):
    """What one entry does to one series: ``token`` names the stored object."""

    token: str
    cohort: int
    customers: int
    effective: int
    bad: int


class Anchor:
    """What one customer has contributed to a series: first event, labels, and each change.

    The changes are kept by the place of the entry that made them, so that an
    entry folded twice makes the same change again.
    """

    __slots__ = ("_bad_kinds", "_delay", "active", "changes", "cohort", "token", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, None, None, (), ())) -> None:
        self._delay, self._bad_kinds = series.matures_after, series.bad
        self.upto: int = packed[0]
        self.cohort: int | None = packed[1]
        self.token: str | None = packed[2]
        self.active: set[str] = set(packed[3])
        self.changes: dict[int, Change | None] = {
            place: None if change is None else Change(*change) for place, change in packed[4]
        }

    def enter(self, known_at: int, token: str | None) -> Change | None:
        """The customer's first event; later ones change nothing."""
        if known_at <= self.upto:
            return self.changes.get(known_at)
        self.upto = known_at
        if self.cohort is not None:
            return None
        self.cohort = (known_at + self._delay) // DAY + 1
        self.token = token
        bad = int(bool(self.active))
        return self._noted(known_at, Change(token or "", self.cohort, 1, self.cohort, bad))

    def label(self, known_at: int, kind: str, status: str) -> Change | None:
        """A label of the customer; ``legitimate`` and reversals take bad ones back."""
        if known_at <= self.upto:
            return self.changes.get(known_at)
        self.upto = known_at
        before = bool(self.active)
        if kind == "legitimate":
            if status != "reversed":
                self.active.clear()
        elif kind in self._bad_kinds:
            (self.active.discard if status == "reversed" else self.active.add)(kind)
        difference = int(bool(self.active)) - int(before)
        if self.cohort is None or difference == 0:
            return None
        effective = max(self.cohort, known_at // DAY + 1)
        return self._noted(
            known_at, Change(self.token or "", self.cohort, 0, effective, difference)
        )

    def _noted(self, place: int, change: Change) -> Change | None:
        self.changes[place] = None if self.token is None else change
        return self.changes[place]

    def pack(self) -> tuple[Any, ...]:
        """Place, cohort, token, active labels and changes."""
        return (
            self.upto,
            self.cohort,
            self.token,
            sorted(self.active),
            list(self.changes.items()),
        )


class Matured:
    """Customers and bad customers per cohort, for one value of ``by``."""

    __slots__ = ("_answer", "_day", "_span", "_tidied", "bad", "coming", "customers", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, (), (), ())) -> None:
        self._span = series.span // DAY
        self._day, self._answer, self._tidied = -1, (0, 0), -1
        self.upto: int = packed[0]
        self.customers: dict[int, int] = dict(packed[1])
        self.bad: dict[int, int] = dict(packed[2])
        self.coming: list[tuple[int, int, int]] = [tuple(row) for row in packed[3]]

    def apply(self, known_at: int, change: Change) -> None:
        """Folds a change; all it does takes effect on a later day."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        if known_at // DAY > self._tidied:
            self._tidied = known_at // DAY
            self._let_go(self._tidied)
        if change.customers:
            self.customers[change.cohort] = self.customers.get(change.cohort, 0) + change.customers
        if change.bad:
            self.coming.append((change.effective, change.cohort, change.bad))
        if change.effective <= self._day:
            self._day = -1  # somebody had asked about a later day

    def read(self, t: int, arguments: Sequence[int]) -> list[int | None]:
        """Customers (`MATURED`) and bad ones (`BAD`) on the day of ``t``."""
        day = t // DAY
        if day != self._day:
            self._day, self._answer = day, self._count(day)
        return [self._answer[0 if argument == MATURED else 1] for argument in arguments]

    def _count(self, day: int) -> tuple[int, int]:
        first = day - self._span + 1
        customers = sum(n for cohort, n in self.customers.items() if first <= cohort <= day)
        bad = sum(n for cohort, n in self.bad.items() if first <= cohort <= day)
        coming = sum(n for when, cohort, n in self.coming if when <= day and first <= cohort)
        return customers, bad + coming

    def _let_go(self, day: int) -> None:
        """Forgets cohorts that have left by ``day``, and joins what has taken effect by then."""
        for when, cohort, difference in self.coming:
            if when <= day:
                self.bad[cohort] = self.bad.get(cohort, 0) + difference
        self.coming = [row for row in self.coming if row[0] > day]
        for counts in (self.customers, self.bad):
            for cohort in [cohort for cohort in counts if cohort <= day - self._span]:
                del counts[cohort]

    def pack(self) -> tuple[Any, ...]:
        """Place, customers and bad ones per cohort, and changes that are yet to take effect."""
        return (self.upto, list(self.customers.items()), list(self.bad.items()), self.coming)
