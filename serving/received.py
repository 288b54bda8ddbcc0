"""What is received: events in the name of an account, what seems odd about them, what they get."""

from __future__ import annotations

import time
from typing import NamedTuple, TypeVar

import msgspec

from features.durations import DAY
from features.errors import VouchError
from features.events import Ingestible, Label, Scorable
from features.facts import Entry, microseconds
from serving.redeciding import Again

MAIN = "main"  # the account of whoever has no other

_Sent = TypeVar("_Sent", bound=Ingestible | Label)


class IdReused(VouchError):
    """An id was sent before with something else."""

    code = "id_reused"


class InFlight(VouchError):
    """The same was sent a moment ago and is not on disk yet."""

    code = "in_flight"


class NeverDecided(VouchError):
    """An event was taken in without a decision."""

    code = "never_decided"


class Scored(NamedTuple):
    """The response's bytes, and what the metrics want to know."""

    body: bytes
    replayed: bool
    outcome: str
    mode: str
    policies: tuple[str, ...]
    explored: bool = False


class Ingested(NamedTuple):
    """Under which place an event or label is known, what seemed odd, and what it changed."""

    id: str
    known_at: int
    replayed: bool
    warnings: tuple[str, ...] = ()
    again: tuple[Again, ...] = ()


def own_id(id: str, account: str) -> str:
    """An id among those of all accounts; ``@`` can be part of no id that is sent."""
    return id if account == MAIN else f"{id}@{account}"


def of_account(event: _Sent, account: str) -> _Sent:
    """Ids of events are an account's own."""
    if account == MAIN:
        return event
    own = {
        name: own_id(value, account)
        for name in ("id", "payment", "event")
        if (value := getattr(event, name, None)) is not None
    }
    return msgspec.structs.replace(event, **own)


def odd(event: Scorable, entry: Entry) -> list[str]:
    """What seems odd about a scored event."""
    warnings = []
    if entry.customer is None:
        warnings.append("no customer is named: what is counted by customer does not see this")
    warnings += ahead(event, entry)
    if entry.known_at - entry.occurred_at > DAY:
        warnings.append("occurred_at is more than a day ago: recent windows do not see this event")
    return warnings


def ahead(event: Ingestible | Label, entry: Entry) -> list[str]:
    """A warning where the sender's clock runs ahead of ours."""
    if event.occurred_at is None or microseconds(event.occurred_at) <= entry.known_at:
        return []
    return ["occurred_at lies in the future: it was taken to be now"]


def system_clock() -> int:
    """When something is received: microseconds since the epoch, UTC."""
    return time.time_ns() // 1000
