"""Linked customers: who with a standing bad label has used the same thing.

A label is folded into every token that its customer used up to ``delay`` before it
became known, and a later use of a token by a labelled customer is folded too. When
the last bad label is taken back, the customer leaves all its tokens at once.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from typing import Any

from features.series import Series
from features.state.shapes.stored import Change, Integers, relabelled
from features.windows import oldest

_CHANGES_KEPT = 256


class LinkedAnchor:
    """What one customer used lately, its labels, and the tokens it is linked to.

    A change is the place of a link, or 0 when the customer leaves.
    """

    __slots__ = ("_bad_kinds", "_within", "active", "changes", "links", "upto", "uses")

    def __init__(self, series: Series, packed: Sequence[Any] = (0, (), (), (), ())) -> None:
        self._within, self._bad_kinds = series.delay, series.bad
        self.upto: int = packed[0]
        self.uses: dict[str, int] = dict(packed[1])
        self.active: frozenset[str] = frozenset(packed[2])
        self.links: frozenset[str] = frozenset(packed[3])
        self.changes: dict[int, list[Change]] = {
            place: [Change(token, tuple(values)) for token, values in changes]
            for place, changes in packed[4]
        }

    @property
    def lasting(self) -> bool:
        """A label that stands concerns whatever the customer will use."""
        return bool(self.active)

    def enter(self, known_at: int, occurred_at: int, token: str | None) -> Sequence[Change]:
        """The customer uses something."""
        if known_at > self.upto and token is not None:
            self.upto = known_at
            if token not in self.uses:
                self._forget(known_at)
            self.uses[token] = max(occurred_at, self.uses.get(token, 0))
            if self.active:
                self._link(known_at, [token])
        return self.changes.get(known_at, ())

    def label(self, known_at: int, kind: str, status: str) -> Sequence[Change]:
        """A label of the customer; ``legitimate`` and reversals take bad ones back."""
        if known_at > self.upto:
            self.upto = known_at
            before, self.active = (
                self.active,
                relabelled(self.active, self._bad_kinds, kind, status),
            )
            if before and not self.active:
                left = [Change(token, (0,)) for token in sorted(self.links)]
                self._note(known_at, left)
                self.links = frozenset()
            elif kind in self._bad_kinds and status != "reversed":
                self._forget(known_at)
                self._link(known_at, sorted(self.uses))
        return self.changes.get(known_at, ())

    def _forget(self, known_at: int) -> None:
        kept = oldest(known_at, self._within)
        if self.uses:
            self.uses = {token: time for token, time in self.uses.items() if time >= kept}

    def _link(self, place: int, tokens: list[str]) -> None:
        self._note(place, [Change(token, (place,)) for token in tokens])
        self.links |= set(tokens)

    def _note(self, place: int, changes: list[Change]) -> None:
        if changes:
            self.changes[place] = changes
        while len(self.changes) > _CHANGES_KEPT:
            del self.changes[next(iter(self.changes))]

    def pack(self) -> tuple[Any, ...]:
        """Place, uses, active labels, links and changes."""
        return (
            self.upto,
            list(self.uses.items()),
            sorted(self.active),
            sorted(self.links),
            list(self.changes.items()),
        )


class Linked:
    """Labelled customers by one value of ``by``, each with the place of its last link.

    All are kept: one that leaves must not uncover one that the cap had hidden.
    """

    __slots__ = ("cap", "last", "order", "span", "upto")
    EMPTY = 0

    def __init__(self, series: Series, packed: Sequence[Any] = (0, ())) -> None:
        self.cap, self.span = series.cap, series.span
        self.upto: int = packed[0]
        self.order: list[tuple[int, str]] = list(map(tuple, packed[1]))
        self.last: dict[str, int] = {one: place for place, one in self.order} if self.order else {}

    def apply(self, known_at: int, customer: str, values: Sequence[int]) -> None:
        """A customer is linked, once more, or leaves."""
        if known_at <= self.upto:
            return
        self.upto = known_at
        (place,) = values
        before = self.last.pop(customer, None)
        if before is not None:
            del self.order[bisect_left(self.order, (before, customer))]
        if place:
            insort(self.order, (place, customer))
            self.last[customer] = place
        gone = bisect_left(self.order, (oldest(known_at, self.span),))
        for _, left in self.order[:gone]:
            del self.last[left]
        del self.order[:gone]

    def read(self, t: int, arguments: Sequence[int]) -> Integers:
        """How many labelled customers within each width."""
        order = self.order
        return [
            min(self.cap, len(order) - bisect_left(order, (oldest(t, width),)))
            for width in arguments
        ]

    def pack(self) -> tuple[Any, ...]:
        """Place and customers in order of their links."""
        return (self.upto, self.order)
