"""The answer to a scored event, and the record that is kept to replay it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from features.decide.decision import Assessed, Mode
from features.decide.exploration import Chance, Exploration
from features.decide.outcomes import Challenge, Outcome
from features.decide.policies import Hit
from features.decide.reasons import Reason
from features.fact_types import Value
from features.facts import Entry

if TYPE_CHECKING:
    from serving.moment import Assessment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExpectedLoss(msgspec.Struct, frozen=True):
    """Probability times the amount at stake, in major units of the reference currency."""

    amount: str
    currency: str


class RiskAnswer(msgspec.Struct, frozen=True):
    """One risk: calibrated probability, and what it may cost where the amount is known."""

    risk: str
    probability: float
    expected_loss: ExpectedLoss | None


class PolicyAnswer(msgspec.Struct, frozen=True):
    """A policy that took part; ``unknown`` if only because its condition could not be told."""

    id: str
    outcome: Outcome
    unknown: bool


class Versions(msgspec.Struct, frozen=True):
    """Digests of all that decided."""

    models: tuple[str, ...]
    policies: str
    scorecard: str
    catalogue: str
    reference: str


class DecisionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller gets, and gets again for the same event.

    ``exploration`` is null but for events that were let pass by chance, against their score.
    """

    decision_id: str | None
    event_id: str
    moment: str
    customer: str | None
    outcome: Outcome
    challenges: tuple[Challenge, ...]
    score: int
    risks: tuple[RiskAnswer, ...]
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


class DecisionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept beside the answer: facts and tokens as learned, vector, margins, points.

    ``vector`` is in the catalogue's order, null where unknown; ``chance`` what was drawn for
    the event, null where nothing was explored.
    """

    entry: Entry
    vector: tuple[float | None, ...]
    margins: tuple[float, ...]
    points: int
    versions: Versions
    chance: Chance | None = None


def at(known_at: int) -> datetime:
    """Microseconds since the epoch as a time."""
    return _EPOCH + timedelta(microseconds=known_at)


def risks(
    assessed: tuple[Assessed, ...], amount: object, currency: str, minor_units: int
) -> tuple[RiskAnswer, ...]:
    """Risks with their expected loss; ``amount`` in minor units, or None."""
    unit = 10**minor_units
    return tuple(
        RiskAnswer(
            risk,
            round(probability, 6),
            ExpectedLoss(f"{probability * amount / unit:.{minor_units}f}", currency)
            if isinstance(amount, int)
            else None,
        )
        for risk, probability, _ in assessed
    )


def policies(hits: tuple[Hit, ...]) -> tuple[PolicyAnswer, ...]:
    """Policies that took part."""
    return tuple(PolicyAnswer(hit.policy.id, hit.outcome, hit.unknown) for hit in hits)


def record(
    entry: Entry, assessed: Assessment, versions: Versions, chance: Chance
) -> DecisionRecord:
    """What is kept of an assessment."""
    return DecisionRecord(
        entry=entry,
        vector=tuple(None if math.isnan(value) else value for value in assessed.vector.tolist()),
        margins=assessed.margins,
        points=assessed.points,
        versions=versions,
        chance=chance if chance.share else None,
    )


def decision_entry(
    answer: DecisionAnswer, decision_id: str, known_at: int, propensity: float | None
) -> Entry:
    """The decision as an entry of the ledger, folded like any other.

    ``propensity`` is the chance with which it could have been let pass, or was.
    """
    facts: dict[str, Value] = {
        "outcome": answer.outcome,
        "score": answer.score,
        "event": answer.event_id,
    }
    if propensity is not None:
        facts["propensity"] = propensity
    return Entry(
        id=decision_id,
        kind="decision",
        known_at=known_at,
        occurred_at=known_at,
        customer=answer.customer,
        facts=facts,
    )
