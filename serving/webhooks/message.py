"""What a webhook says: a decision took the place of another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from features.decide.outcomes import Challenge, Outcome

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Changed(Struct, frozen=True, kw_only=True):
    """A decision that supersedes another one. ``known_at`` is its place in the ledger."""

    known_at: int
    decision_id: str
    supersedes: str
    event_id: str
    customer: str | None
    moment: str
    outcome: Outcome
    challenges: tuple[Challenge, ...]
    status: Literal["pending", "final"]
    score: int

    @property
    def message_id(self) -> str:
        """The id of the webhook: the same however often it is sent."""
        return f"evt_{self.decision_id}"

    def body(self) -> bytes:
        """The bytes of the webhook: the same however often they are made."""
        data = msgspec.structs.asdict(self)
        known_at = data.pop("known_at")
        return encoded("decision.changed", _EPOCH + timedelta(microseconds=known_at), data)


def encoded(type: str, timestamp: datetime, data: dict[str, object]) -> bytes:
    """The body of an event."""
    return msgspec.json.encode({"type": type, "timestamp": timestamp, "data": data})
