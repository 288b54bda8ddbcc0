"""Shapes: what the manual shows where the code passes bytes on as they are."""

from __future__ import annotations

from msgspec import Struct

from features.events import Scorable
from serving.answer import DecisionAnswer
from serving.errors import Problem


class ScorableBatch(Struct, frozen=True, kw_only=True):
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
