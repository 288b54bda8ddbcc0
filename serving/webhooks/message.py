"""What a webhook says: a decision took the place of another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from msgspec import Struct

from features.decide.outcomes import Challenge, Outcome
from serving.ledger.protocol import StoredDecision

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


class _Answer(Struct):
    """What a webhook takes of an answer."""

    event_id: str
    challenges: tuple[Challenge, ...]
    status: Literal["pending", "final"]
    score: int


def changed(stored: StoredDecision) -> Changed:
    """What a webhook says of a decision that was made again."""
    answer = msgspec.json.decode(stored.answer, type=_Answer)
    return Changed(
        known_at=stored.known_at,
        decision_id=stored.id,
        supersedes=str(stored.supersedes),
        event_id=answer.event_id,
        customer=stored.customer,
        moment=stored.moment,
        outcome=stored.outcome,
        challenges=answer.challenges,
        status=answer.status,
        score=answer.score,
    )
