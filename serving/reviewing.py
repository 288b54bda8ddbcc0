"""Reviewing: what is answered about decisions and overrides, as types."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import Struct

from features.decide.outcomes import Outcome
from features.decide.texts import Language
from serving.answer import Status, at, at_or_none
from serving.explaining import Analysis
from serving.ledger.protocol import StoredDecision
from serving.replay import Difference
from serving.summary import DecreeSummary


class Recorded(Struct, frozen=True, kw_only=True):
    """A decision as it was answered, what it was made from, and what became of it.

    ``pending`` is one that waits for an answer, until ``expires_at``.
    """

    answer: msgspec.Raw
    record: msgspec.Raw
    status: Status
    superseded_by: str | None
    expires_at: datetime | None


class Summary(Struct, frozen=True, kw_only=True):
    """A decision in a list."""

    decision_id: str
    event_id: str
    customer: str | None
    moment: str
    outcome: Outcome
    score: int
    demanded_by: tuple[str, ...]
    status: Status
    expires_at: datetime | None
    supersedes: str | None
    superseded_by: str | None
    decided_at: datetime


class FoundDecisions(Struct, frozen=True, kw_only=True):
    """Decisions, newest first; ``next`` is the ``cursor`` with which to go on, null at the end."""

    decisions: tuple[Summary, ...]
    next: str | None


class Explanation(Struct, frozen=True, kw_only=True):
    """Why a decision is what it is.

    ``customer_reasons`` may be told to the customer; ``analysis`` is for reviewers, null for an
    API key that may only score.
    """

    decision_id: str
    moment: str
    outcome: Outcome
    language: Language
    customer_reasons: tuple[str, ...]
    analysis: Analysis | None


class Overridden(Struct, frozen=True, kw_only=True):
    """An override, and the decision that was made because of it; null where nothing changed."""

    override: DecreeSummary
    decision: msgspec.Raw | None
    warnings: list[str]


class Appealed(Struct, frozen=True, kw_only=True):
    """An appeal, and the decision that was made because of it; ``note`` tells why there is none."""

    id: str
    decision: msgspec.Raw | None
    note: str | None
    warnings: list[str]


class ReplayedAnswer(Struct, frozen=True, kw_only=True):
    """A decision made once more: whether to the byte, what it is now, and what differs."""

    equal: bool
    replayed: msgspec.Raw
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]


class _Answer(Struct):
    """What a summary takes of an answer; one of an earlier Vouch may lack what has a default."""

    event_id: str
    score: int
    demanded_by: tuple[str, ...] = ()


_answer = msgspec.json.Decoder(_Answer).decode


def status_of(stored: StoredDecision, now: int) -> Status:
    """Whether a decision still waits."""
    waits = stored.superseded_by is None and (stored.expires_at or 0) > now
    return "pending" if waits else "final"


def recorded(stored: StoredDecision, now: int) -> Recorded:
    """A decision to be read again."""
    return Recorded(
        answer=msgspec.Raw(stored.answer),
        record=msgspec.Raw(stored.record),
        status=status_of(stored, now),
        superseded_by=stored.superseded_by,
        expires_at=at_or_none(stored.expires_at),
    )


def summary(stored: StoredDecision, now: int) -> Summary:
    """A decision in a list."""
    answer = _answer(stored.answer)
    return Summary(
        decision_id=stored.id,
        event_id=answer.event_id,
        customer=stored.customer,
        moment=stored.moment,
        outcome=stored.outcome,
        score=answer.score,
        demanded_by=answer.demanded_by,
        status=status_of(stored, now),
        expires_at=at_or_none(stored.expires_at),
        supersedes=stored.supersedes,
        superseded_by=stored.superseded_by,
        decided_at=at(stored.known_at),
    )
