"""What the API answers, as types; the OpenAPI document is made from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from features.errors import InvalidInput, VouchError
from serving.errors import Problem, Unconfirmed, code_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KnownAt = Annotated[
    datetime, Meta(tz=True, description="Its place in the one order of the ledger, UTC.")
]


class Accepted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event or label that is on disk."""

    id: str
    known_at: KnownAt
    warnings: list[str] = []
    replayed: bool = False


class EventBatch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Events to be decided about, each as it would be sent alone."""

    events: list[msgspec.Raw]


class DecidedEvent(Struct, frozen=True, kw_only=True):
    """What was decided about an event of a batch."""

    status: Literal[200] = 200
    answer: msgspec.Raw
    replayed: bool


class RefusedEvent(Struct, frozen=True, kw_only=True):
    """Why an event of a batch was not decided about."""

    status: int
    problem: Problem


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one line of a stream."""

    line: int
    status: Literal["recorded", "known", "refused", "unconfirmed"]
    id: str | None = None
    known_at: KnownAt | None = None
    warnings: list[str] = []
    code: str | None = None
    detail: str | None = None
    pointer: str | None = None

    @classmethod
    def recorded(cls, line: int, accepted: Accepted) -> Line:
        """A line that has its place, now or from before."""
        return cls(
            line=line,
            status="known" if accepted.replayed else "recorded",
            id=accepted.id,
            known_at=accepted.known_at,
            warnings=accepted.warnings,
        )

    @classmethod
    def refused(cls, line: int, error: VouchError) -> Line:
        """A line of which nothing was recorded, or of which that is not known yet."""
        return cls(
            line=line,
            status="unconfirmed" if isinstance(error, Unconfirmed) else "refused",
            code=code_of(error),
            detail=error.message,
            pointer=(error.pointer or None) if isinstance(error, InvalidInput) else None,
        )


class Health(Struct, frozen=True, kw_only=True):
    """Whether the service answers in full, and what is wrong if it does not."""

    status: Literal["ready", "degraded", "starting"]
    problems: list[str] = []


def accepted(id: str, known_at: int, *, replayed: bool, warnings: list[str]) -> Accepted:
    """The answer for a place in the order, in microseconds."""
    return Accepted(
        id=id,
        known_at=_EPOCH + timedelta(microseconds=known_at),
        warnings=warnings,
        replayed=replayed,
    )
