"""Pending: which decisions wait for an answer, by event, by customer and by when they expire."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol


class Waiting(NamedTuple):
    """A decision that waits until ``expires_at``, µs."""

    id: str
    event: str
    customer: str | None
    moment: str
    expires_at: int


class _Decided(Protocol):
    """What is looked at of a decision."""

    @property
    def id(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def customer(self) -> str | None: ...
    @property
    def moment(self) -> str: ...
    @property
    def expires_at(self) -> int | None: ...


class Pending:
    """The decisions that wait, one of an event at most."""

    def __init__(self, decided: Iterable[_Decided] = ()) -> None:
        self._by_event: dict[str, Waiting] = {}
        self._events_of: dict[str, set[str]] = defaultdict(set)
        self._queue: list[tuple[int, str, str]] = []
        for one in decided:
            self.decided(one)

    def __len__(self) -> int:
        return len(self._by_event)

    def decided(self, one: _Decided) -> None:
        """A decision was made, the first about its event or one in place of another."""
        before = self._by_event.pop(one.event, None)
        if one.expires_at is not None:
            waiting = Waiting(one.id, one.event, one.customer, one.moment, one.expires_at)
            self._by_event[one.event] = waiting
            if one.customer is not None:
                self._events_of[one.customer].add(one.event)
            heapq.heappush(self._queue, (one.expires_at, one.id, one.event))
        elif before is not None and before.customer is not None:
            events = self._events_of[before.customer]
            events.discard(one.event)
            if not events:
                del self._events_of[before.customer]

    def about(self, event: str) -> Waiting | None:
        """The decision about an event that waits."""
        return self._by_event.get(event)

    def of(self, customer: str | None) -> list[Waiting]:
        """The decisions about a customer's events that wait, in the order of their ids."""
        events = self._events_of.get(customer or "", ())
        return sorted(self._by_event[event] for event in events)

    def overdue(self, now: int) -> Iterator[Waiting]:
        """Those that nobody answered in time, the oldest first; each is given out once."""
        while self._queue and self._queue[0][0] <= now:
            _, id, event = heapq.heappop(self._queue)
            waiting = self._by_event.get(event)
            if waiting is not None and waiting.id == id:
                yield waiting
