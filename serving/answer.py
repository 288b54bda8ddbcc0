"""The answer to a scored event, and the record that is kept to replay it.

record ──► policies, decision ──► conclusion ──► answer
                                (a pure function: `serving.judging`)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from features.decide.circumstances import Circumstances
from features.decide.decision import Assessed, Mode
from features.decide.exploration import Chance, Exploration
from features.decide.outcomes import Challenge, Outcome
from features.decide.reasons import Factor, Reason
from features.decide.scorecard import Fired
from features.decide.texts import Language
from features.fact_types import Value
from features.facts import Entry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Status = Literal["pending", "final"]


class Amount(Struct, frozen=True):
    """Money in major units of the reference currency."""

    amount: str
    currency: str


class RiskAnswer(Struct, frozen=True):
    """One risk: its calibrated probability, and where that is known what may be lost.

    ``exposure`` is the money that goes out until it is found out, ``expected_loss`` that times
    the probability.
    """

    risk: str
    probability: float
    exposure: Amount | None
    expected_loss: Amount | None


class PolicyAnswer(Struct, frozen=True, omit_defaults=True):
    """A policy that holds; ``unknown`` if only because its condition could not be told.

    A ``shadow`` has no say in the outcome, and neither has one that is ``snoozed``.
    """

    id: str
    outcome: Outcome
    unknown: bool
    shadow: bool = False
    snoozed: bool = False


class Versions(Struct, frozen=True):
    """Digests of all that decided."""

    models: tuple[str, ...]
    policies: str
    scorecard: str
    catalogue: str
    reference: str


class DecisionAnswer(Struct, frozen=True, kw_only=True):
    """What the caller gets, and gets again for the same event.

    A ``pending`` decision (a challenge or a review) waits for an answer until ``expires_at``
    and is then decided again; a decision made again names the one it ``supersedes``.
    ``expected_loss`` is the sum over the risks. ``exploration`` is null but for events that
    were let pass by chance, against their score.
    """

    decision_id: str | None
    event_id: str
    moment: str
    customer: str | None
    outcome: Outcome
    status: Status
    challenges: tuple[Challenge, ...]
    expires_at: datetime | None
    supersedes: str | None
    score: int
    risks: tuple[RiskAnswer, ...]
    expected_loss: Amount | None
    demanded_by: tuple[str, ...]
    exploration: Exploration | None
    policies: tuple[PolicyAnswer, ...]
    reasons: tuple[Reason, ...]
    mode: Mode
    mode_reason: str | None
    versions: Versions
    decided_at: datetime
    dry_run: bool
    warnings: tuple[str, ...]


class Money(Struct, frozen=True):
    """The reference currency and its decimals."""

    currency: str
    minor_units: int


class DecisionRecord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that a decision was made of, so that it can be made again to the byte.

    ``event_id`` is the event's id as its sender knows it, ``entry`` its facts and tokens as
    learned. ``vector`` is in the catalogue's order, null where unknown; ``values`` what
    policies could read of it and of the event. ``fired`` are the scorecard's weights that
    applied, ``factors`` what moved the model most. ``decided_at``
    is the place of this decision in the ledger, µs; ``because`` the id
    of what made it be decided again, ``first`` the id of the first decision about the event.
    """

    decision_id: str | None
    decided_at: int
    event_id: str
    moment: str
    entry: Entry
    vector: tuple[float | None, ...]
    values: dict[str, Value]
    risks: tuple[Assessed, ...]
    margins: tuple[float, ...]
    points: int
    fired: tuple[Fired, ...]
    mode: Mode
    mode_reason: str | None
    least: Outcome
    versions: Versions
    money: Money
    language: Language
    circumstances: Circumstances
    factors: tuple[Factor, ...] = ()
    warnings: tuple[str, ...] = ()
    chance: Chance | None = None
    supersedes: str | None = None
    first: str | None = None
    because: str | None = None


def at(known_at: int) -> datetime:
    """Microseconds since the epoch as a time."""
    return _EPOCH + timedelta(microseconds=known_at)


def at_or_none(known_at: int | None) -> datetime | None:
    """The same of what may be missing."""
    return None if known_at is None else at(known_at)
