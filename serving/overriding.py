"""Overriding: a person decides instead, or a customer appeals, and the decision is made again.

decision ──► is it the current one? ──► may this person? ──► decree + decision made again
                                                              (one commit)
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from features.decide.circumstances import Override
from features.decide.outcomes import ORDER, Outcome
from features.durations import DAY
from features.errors import InvalidInput, NotFound, VouchError
from features.facts import Entry
from serving.answer import DecisionRecord
from serving.asking import NewAppeal, NewOverride
from serving.decreeing import Asked, decree_entry, ends_at, found, sent_before
from serving.decrees import Decree
from serving.errors import Refused
from serving.judging import conclude
from serving.ledger.protocol import StoredDecision
from serving.redeciding import Again, with_decrees
from serving.remaking import read
from serving.scorer import Scorer

#: An override for what comes later ends after so long at the latest.
LONGEST = 366 * DAY


class Superseded(VouchError):
    """The decision is not the current one about its event."""

    code = "superseded"


class NotOverridable(VouchError):
    """A policy stands that no person may let pass."""

    code = "not_overridable"


class AlreadyAppealed(VouchError):
    """A customer appeals once."""

    code = "already_appealed"


class Decreed(NamedTuple):
    """A decree as it was made, and the answer of the decision that was made again because of it.

    ``about`` is the decision that it is about; ``again`` is empty where it was sent before.
    """

    decree: Decree
    about: StoredDecision
    answer: bytes | None
    again: tuple[Again, ...] = ()
    replayed: bool = False


def override(scorer: Scorer, sent: NewOverride, asked: Asked, scopes: frozenset[str]) -> Decreed:
    """Decides instead. Raises what forbids it: `NotOverridable`, `Superseded`, `Refused`."""
    before = sent_before(scorer, asked)
    if before is not None:
        return _as_then(scorer, before)
    stored = scorer.ledger.known_decision(sent.decision)
    if stored is None:
        raise InvalidInput("there is no decision with this id", "/decision")
    _refuse_what_is_past(scorer, stored)
    record = read(stored)
    ends = ends_at(sent.expires_at, scorer.now(), LONGEST)
    if ends is not None and record.entry.customer is None:
        raise InvalidInput("the decision names no customer whom it could hold for", "/expires_at")
    now = _as_it_is_now(scorer, record)
    _refuse_what_stands(scorer, now, sent.outcome)
    if "review" not in scopes:
        if ends is not None:
            raise Refused(
                "forbidden",
                "what holds for later events, too, needs an API key with the scope `review`: "
                "leave `expires_at` out",
            )
        _refuse_what_needs_a_reviewer(scorer, now, sent.outcome)
    entry = decree_entry(
        "override",
        asked._replace(owner=sent.owner or asked.owner),
        scorer.next_place(),
        customer=record.entry.customer,
        facts={
            "moment": record.moment,
            "decision": stored.id,
            "outcome": sent.outcome,
            "reason": sent.reason,
            "evidence": sent.evidence,
            "expires_at": ends,
        },
    )
    instead = Override(entry.id, sent.outcome, _heard(scorer, now))
    again = scorer.decree(
        entry,
        asked.fingerprint,
        stored,
        lambda now: msgspec.structs.replace(now, override=instead),
    )
    return _now(scorer, entry, stored, again)


def appeal(scorer: Scorer, decision: str, sent: NewAppeal, asked: Asked) -> Decreed:
    """Has what a person may let pass looked at. Raises `AlreadyAppealed`, `Superseded`."""
    before = sent_before(scorer, asked)
    if before is not None:
        return _as_then(scorer, before)
    stored = scorer.ledger.known_decision(decision)
    if stored is None:
        raise NotFound("there is no decision with this id, or its retention has ended")
    if scorer.decrees.was_appealed(decision) or read(stored).circumstances.appeal:
        raise AlreadyAppealed(
            "an appeal against this decision is known: read the decision to see what became of it"
        )
    _refuse_what_is_past(scorer, stored)
    entry = decree_entry(
        "appeal",
        asked,
        scorer.next_place(),
        customer=stored.customer,
        facts={"decision": stored.id, "reason": sent.statement},
    )
    again = scorer.decree(
        entry,
        asked.fingerprint,
        stored,
        lambda now: now.when_appealed(entry.id),
    )
    return _now(scorer, entry, stored, again)


def _now(scorer: Scorer, entry: Entry, about: StoredDecision, again: Again | None) -> Decreed:
    kept = None if again is None else again.record.decision
    return Decreed(
        found(scorer, entry.kind, entry.id),
        about,
        None if kept is None else kept.answer,
        () if again is None else (again,),
    )


def _as_then(scorer: Scorer, decree: Decree) -> Decreed:
    """What was answered when it was decreed: the decision stands in the next place, if any."""
    about = scorer.ledger.known_decision(str(decree.decision))
    if about is None:
        raise NotFound("the decision it is about is not there any more")
    made = scorer.ledger.known_decision(f"d{decree.known_at + 1:x}")
    is_its = made is not None and read(made).because == decree.id
    return Decreed(decree, about, made.answer if made and is_its else None, replayed=True)


def _refuse_what_is_past(scorer: Scorer, stored: StoredDecision) -> None:
    current = scorer.ledger.current(stored.event)
    if current is not None and current.id != stored.id:
        raise Superseded(f"the decision {current.id} has taken its place: name that one")


def _heard(scorer: Scorer, now: DecisionRecord) -> tuple[str, ...]:
    """The sources of all demands that a person could see."""
    policies = tuple(hit.policy.id for hit in conclude(now, scorer.policies.current).hits)
    return (*(one.risk for one in now.risks), "scorecard", "fixed", *policies)


def _as_it_is_now(scorer: Scorer, record: DecisionRecord) -> DecisionRecord:
    """A record as it would be decided again, with the policies and decrees in force; no chance."""
    place = scorer.next_place()
    decreed = scorer.decrees.about(record.entry, record.moment, place)
    return msgspec.structs.replace(
        record,
        decided_at=place,
        values=scorer.observer.named(record, scorer.policies.current),
        circumstances=with_decrees(record.circumstances, decreed),
        chance=None,
    )


def _refuse_what_stands(scorer: Scorer, now: DecisionRecord, outcome: Outcome) -> None:
    instead = msgspec.structs.replace(now.circumstances, override=Override("", outcome))
    verdict = conclude(
        msgspec.structs.replace(now, circumstances=instead), scorer.policies.current
    ).verdict
    if verdict.outcome != outcome:
        raise NotOverridable(
            f"nobody may override {', '.join(verdict.demanded_by)}: what it stops stays stopped"
        )


def _refuse_what_needs_a_reviewer(scorer: Scorer, now: DecisionRecord, outcome: Outcome) -> None:
    """Whoever may score lets pass what only green policies stop, and decides nothing else."""
    policies = scorer.policies.current
    green = tuple(one.id for one in policies.at(now.moment) if one.override == "green")
    silent = msgspec.structs.replace(
        now.circumstances, snoozed=(*now.circumstances.snoozed, *green)
    )
    is_now = conclude(now, policies).verdict.outcome
    rest = conclude(msgspec.structs.replace(now, circumstances=silent), policies).verdict
    if ORDER.index(rest.outcome) <= ORDER.index(outcome) <= ORDER.index(is_now):
        return
    others = "" if rest.outcome == "approve" else f": {', '.join(rest.demanded_by)} demands it"
    raise Refused("forbidden", f"this needs an API key with the scope `review`{others}")
