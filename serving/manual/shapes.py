"""Shapes: what the manual shows where the code passes bytes on as they are."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from features.events import Scorable
from serving.answer import DecisionAnswer, DecisionRecord, Status
from serving.errors import Problem
from serving.replay import Difference
from serving.summary import DecreeSummary


class ScorableBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events to be decided about, each as it would be sent alone."""

    events: list[Scorable]


class BatchResult(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one event: an answer with status 200, or else a problem."""

    status: int
    answer: DecisionAnswer | None = None
    replayed: bool = False
    problem: Problem | None = None


class BatchAnswer(Struct, frozen=True, kw_only=True):
    """What became of each event, in the order in which they were sent."""

    results: list[BatchResult]


class RecordedDecision(Struct, frozen=True, kw_only=True):
    """A decision as it was answered, what it was made from, and what became of it.

    ``pending`` is one that waits for an answer, until ``expires_at``.
    """

    answer: DecisionAnswer
    record: DecisionRecord
    status: Status
    superseded_by: str | None
    expires_at: datetime | None


class OverrideMade(Struct, frozen=True, kw_only=True):
    """An override, and the decision that was made because of it; null where nothing changed."""

    override: DecreeSummary
    decision: DecisionAnswer | None
    warnings: list[str]


class AppealMade(Struct, frozen=True, kw_only=True):
    """An appeal, and the decision that was made because of it; ``note`` tells why there is none."""

    id: str
    decision: DecisionAnswer | None
    note: str | None
    warnings: list[str]


class ReplayMade(Struct, frozen=True, kw_only=True):
    """A decision made once more: whether to the byte, what it is now, and what differs.

    With other policies or another model, versions and times are not among the differences.
    """

    equal: bool
    replayed: DecisionAnswer
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]
