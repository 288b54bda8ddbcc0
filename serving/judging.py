"""Judging: what a record comes to under some policies. The first time, again, and in a replay.

record ──► policies over its values ──► hits ──► decide ──► answer
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from features.decide.circumstances import Circumstances
from features.decide.decision import Verdict, decide
from features.decide.exploration import NO_CHANCE
from features.decide.policies import Hit, Policies
from features.decide.reasons import reasons
from features.fact_types import Value
from features.facts import Entry
from serving.answer import (
    Amount,
    DecisionAnswer,
    DecisionRecord,
    PolicyAnswer,
    RiskAnswer,
    at,
)
from serving.ledger.protocol import Kept, StoredDecision

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(DecisionRecord).decode


class Conclusion(NamedTuple):
    """The policies that hold, and what the decision is."""

    hits: tuple[Hit, ...]
    verdict: Verdict


def conclude(record: DecisionRecord, policies: Policies) -> Conclusion:
    """What policies make of a record: nothing but the two is looked at."""
    circumstances = record.circumstances
    values = {**record.values, **circumstances.said} if circumstances.said else record.values
    hits = policies.evaluate(record.moment, values, record.decided_at)
    verdict = decide(
        record.risks,
        record.points,
        hits,
        record.chance or NO_CHANCE,
        circumstances,
        least=record.least,
    )
    return Conclusion(hits, verdict)


def answer(record: DecisionRecord, conclusion: Conclusion) -> DecisionAnswer:
    """The answer that a conclusion about a record gives."""
    verdict, hits = conclusion.verdict, conclusion.hits
    return DecisionAnswer(
        decision_id=record.decision_id,
        event_id=record.event_id,
        moment=record.moment,
        customer=record.entry.customer,
        outcome=verdict.outcome,
        status="final" if verdict.waits is None else "pending",
        challenges=verdict.challenges,
        expires_at=None if verdict.waits is None else at(record.decided_at + verdict.waits),
        supersedes=record.supersedes,
        score=verdict.score,
        risks=tuple(_risks(record)),
        expected_loss=_expected_loss(record),
        demanded_by=verdict.demanded_by,
        exploration=verdict.exploration,
        policies=tuple(_policies(hits, record.circumstances)),
        reasons=reasons(
            record.circumstances.heard(hits),
            () if record.risks else record.fired,
            record.factors,
            record.language,
        ),
        mode=record.mode,
        mode_reason=record.mode_reason,
        versions=record.versions,
        decided_at=at(record.decided_at),
        dry_run=record.decision_id is None,
        warnings=record.warnings,
    )


def _risks(record: DecisionRecord) -> Iterator[RiskAnswer]:
    for one in record.risks:
        exposure, loss = one.exposure, one.expected_loss
        yield RiskAnswer(
            one.risk,
            round(one.probability, 6),
            None if exposure is None else _money(record, exposure),
            None if loss is None else _money(record, loss),
        )


def _expected_loss(record: DecisionRecord) -> Amount | None:
    """Of all risks of which it is known."""
    losses = [loss for one in record.risks if (loss := one.expected_loss) is not None]
    return _money(record, sum(losses)) if losses else None


def _money(record: DecisionRecord, minor: float) -> Amount:
    units = record.money.minor_units
    return Amount(f"{minor / 10**units:.{units}f}", record.money.currency)


def _policies(hits: tuple[Hit, ...], circumstances: Circumstances) -> Iterator[PolicyAnswer]:
    for hit in hits:
        policy = hit.policy
        snoozed = circumstances.silences(policy)
        yield PolicyAnswer(policy.id, hit.outcome, hit.unknown, policy.shadow, snoozed)


def decision_entry(record: DecisionRecord, verdict: Verdict) -> Entry:
    """The decision as an entry of the ledger: the first behind its event, others in their place.

    The first about an event is a ``decision`` and folded like any other; one made again is a
    ``redecision``, which nothing counts. Propensity is the chance with which the event could
    have been let pass, or was.
    """
    is_first = record.supersedes is None
    known_at = record.decided_at + is_first
    facts: dict[str, Value] = {
        "outcome": verdict.outcome,
        "score": verdict.score,
        "event": record.entry.id,
    }
    if record.supersedes is not None:
        facts["supersedes"] = record.supersedes
    elif verdict.propensity is not None:
        facts["propensity"] = verdict.propensity
    return Entry(
        id=str(record.decision_id),
        kind="decision" if is_first else "redecision",
        known_at=known_at,
        occurred_at=known_at,
        customer=record.entry.customer,
        facts=facts,
    )


def kept(record: DecisionRecord, conclusion: Conclusion) -> Kept:
    """A decision as the ledger keeps it, with the bytes of its answer."""
    waits = conclusion.verdict.waits
    return Kept(
        id=str(record.decision_id),
        event=record.entry.id,
        customer=record.entry.customer,
        moment=record.moment,
        outcome=conclusion.verdict.outcome,
        expires_at=None if waits is None else record.decided_at + waits,
        supersedes=record.supersedes,
        answer=encoded(record, conclusion),
        record=_encode(record),
    )


def encoded(record: DecisionRecord, conclusion: Conclusion) -> bytes:
    """The bytes of the answer that a conclusion about a record gives."""
    return _encode(answer(record, conclusion))


def record_of(stored: StoredDecision) -> DecisionRecord | None:
    """The record of a decision; None for one of an older Vouch, which kept less."""
    try:
        return _decode(stored.record)
    except msgspec.ValidationError:
        return None
