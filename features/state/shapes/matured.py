"""Matured labels: how many customers are past the time in which fraud shows, and how many were bad.

A customer enters a cohort, the UTC day after its label has matured, and stays
for the days that are asked about. A label moves the bad count of its customer's cohort from
the day after it became known, and a reversal moves it back. So the answer only
changes at midnight, and one integer per cohort is all that is stored.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from features.durations import DAY
from features.series import MATURED, Series
from features.state.shapes.stored import Change, Integers, relabelled


class MaturedAnchor:
    """First event and labels of one customer. A change is (cohort, customers, effective, bad)."""

    __slots__ = ("_bad_kinds", "_delay", "active", "changes", "cohort", "token", "upto")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, None, None, (), ())) -> None:
        self._delay, self._bad_kinds = series.delay, series.bad
        self.upto: int = packed[0]
        self.cohort: int | None = packed[1]
        self.token: str | None = packed[2]
        self.active: frozenset[str] = frozenset(packed[3])
        self.changes: dict[int, tuple[int, ...]] = {
            place: tuple(values) for place, values in packed[4]
        }

    @property
    def lasting(self) -> bool:
        """A customer is new only once."""
        return True

    def enter(self, known_at: int, occurred_at: int, token: str | None) -> list[Change]:
        """The customer's first event; later ones change nothing."""
        if known_at > self.upto:
            self.upto = known_at
            if self.cohort is None:
                self.cohort = (known_at + self._delay) // DAY + 1
                self.token = token
                self.changes[known_at] = (self.cohort, 1, self.cohort, int(bool(self.active)))
        return self._changes(known_at)

    def label(self, known_at: int, kind: str, status: str) -> list[Change]:
        """A label of the customer; ``legitimate`` and reversals take bad ones back."""
        if known_at > self.upto:
            self.upto = known_at
            before, self.active = (
                self.active,
                relabelled(self.active, self._bad_kinds, kind, status),
            )
            difference = int(bool(self.active)) - int(bool(before))
            if self.cohort is not None and difference:
                effective = max(self.cohort, known_at // DAY + 1)
                self.changes[known_at] = (self.cohort, 0, effective, difference)
        return self._changes(known_at)

    def _changes(self, place: int) -> list[Change]:
        values = self.changes.get(place)
        return [] if values is None or self.token is None else [Change(self.token, values)]

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
    """Customers and bad customers per cohort, for one value of ``by``.

    Cohorts begin in the order of their days: ``totals`` counts the customers of each and of all
    before it, so that those of a stretch of days are a difference of two.
    """

    __slots__ = (
        "_answers", "_before", "_day", "_span", "_tidied", "bad", "cohorts", "coming", "totals",
        "upto",
    )  # fmt: skip
    EMPTY = 0

    def __init__(self, series: Series, packed: Sequence[Any] = (0, (), (), ())) -> None:
        self._span = series.span // DAY
        self._day, self._tidied = -1, -1
        self._answers: dict[int, tuple[int, int]] = {}
        self.upto: int = packed[0]
        self.cohorts: list[int] = [cohort for cohort, _ in packed[1]]
        self.totals: list[int] = list(accumulate(customers for _, customers in packed[1]))
        self._before = 0  # customers of the cohorts that were let go
        self.bad: dict[int, int] = dict(packed[2])
        self.coming: list[tuple[int, int, int]] = [tuple(row) for row in packed[3]]

    def apply(self, known_at: int, customer: str, values: Sequence[int]) -> None:
        """Folds a change; all it does takes effect on a later day."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        cohort, customers, effective, bad = values
        if known_at // DAY > self._tidied:
            self._tidied = known_at // DAY
            self._let_go(self._tidied)
        if customers:
            self._add(cohort, customers)
        if bad:
            self.coming.append((effective, cohort, bad))
        if effective <= self._day:
            self._day = -1  # somebody had asked about a later day

    def read(self, t: int, arguments: Sequence[tuple[int, int]]) -> Integers:
        """Customers (`MATURED`) and bad ones (`BAD`) on the day of ``t``, for so many days."""
        day = t // DAY
        if day != self._day:
            self._day, self._answers = day, {}
        answers: Integers = []
        for days, part in arguments:
            if days not in self._answers:
                self._answers[days] = self._count(day, days)
            answers.append(self._answers[days][0 if part == MATURED else 1])
        return answers

    def _add(self, cohort: int, customers: int) -> None:
        if self.cohorts and self.cohorts[-1] == cohort:
            self.totals[-1] += customers
        else:
            self.totals.append(self._up_to(len(self.cohorts)) + customers)
            self.cohorts.append(cohort)

    def _up_to(self, place: int) -> int:
        return self.totals[place - 1] if place else self._before

    def _count(self, day: int, days: int) -> tuple[int, int]:
        first, cohorts = day - days + 1, self.cohorts
        customers = self._up_to(bisect_right(cohorts, day)) - self._up_to(
            bisect_left(cohorts, first)
        )
        bad = sum([n for cohort, n in self.bad.items() if first <= cohort <= day])
        if self.coming:
            bad += sum([n for when, cohort, n in self.coming if when <= day and first <= cohort])
        return customers, bad

    def _let_go(self, day: int) -> None:
        """Forgets cohorts that have left by ``day``, and joins what has taken effect by then."""
        joined = [row for row in self.coming if row[0] <= day]
        if joined:
            self.coming = [row for row in self.coming if row[0] > day]
            for _, cohort, difference in joined:
                self.bad[cohort] = self.bad.get(cohort, 0) + difference
        gone = bisect_right(self.cohorts, day - self._span)
        if gone:
            self._before = self.totals[gone - 1]
            del self.cohorts[:gone], self.totals[:gone]
        if gone or joined:  # nobody is bad in a cohort that was not there
            for cohort in [cohort for cohort in self.bad if cohort <= day - self._span]:
                del self.bad[cohort]

    def pack(self) -> tuple[Any, ...]:
        """Place, customers and bad ones per cohort, and changes that are yet to take effect."""
        befores = [self._before, *self.totals[:-1]]
        customers = [
            (cohort, total - before)
            for cohort, total, before in zip(self.cohorts, self.totals, befores, strict=False)
        ]
        return (self.upto, customers, list(self.bad.items()), self.coming)
