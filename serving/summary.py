"""Summaries: decrees and entries as they are listed."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from features.decide.outcomes import Outcome
from features.fact_types import Value
from features.facts import Entry
from serving.answer import at, at_or_none
from serving.decrees import Decree, DecreeKind, ListName


class DecreeSummary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody decreed: a list entry, a snooze, an override or an appeal.

    It is in force from ``known_at`` until it expires or is lifted. The value of a list entry is
    shown as its token.
    """

    id: str
    kind: DecreeKind
    owner: str
    reason: str
    in_force: bool
    known_at: datetime
    expires_at: datetime | None = None
    lifted_at: datetime | None = None
    list: ListName | None = None
    field: str | None = None
    token: str | None = None
    customer: str | None = None
    policy: str | None = None
    moment: str | None = None
    outcome: Outcome | None = None
    decision: str | None = None
    evidence: str | None = None
    warnings: tuple[str, ...] = ()


class DecreePage(Struct, frozen=True, kw_only=True):
    """Decrees, newest first; ``next`` is the cursor of the page after it, null at the end."""

    entries: list[DecreeSummary]
    next: str | None


class Matched(Struct, frozen=True, kw_only=True):
    """The lists that a value stands on, and by which entries."""

    lists: list[ListName]
    entries: list[DecreeSummary]
    warnings: list[str]


class EntrySummary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of the ledger as it is stored: facts and tokens, no identifiers."""

    id: str
    kind: str
    known_at: datetime
    occurred_at: datetime
    reseller: str | None = None
    tokens: dict[str, str] = {}
    facts: dict[str, Value] = {}
    attributes: dict[str, float | str] = {}
    reference: str = ""


def of_decree(decree: Decree, now: int) -> DecreeSummary:
    """A decree, as of a time."""
    return DecreeSummary(
        id=decree.id,
        kind=decree.kind,
        owner=decree.owner,
        reason=decree.reason,
        in_force=decree.in_force(now),
        known_at=at(decree.known_at),
        expires_at=at_or_none(decree.expires_at),
        lifted_at=at_or_none(decree.lifted_at),
        list=decree.list_name,
        field=decree.list_field,
        token=decree.token,
        customer=decree.customer,
        policy=decree.policy,
        moment=decree.moment,
        outcome=decree.outcome,
        decision=decree.decision,
        evidence=decree.evidence,
    )


def of_entry(entry: Entry) -> EntrySummary:
    """An entry, its times as such."""
    return EntrySummary(
        id=entry.id,
        kind=entry.kind,
        known_at=at(entry.known_at),
        occurred_at=at(entry.occurred_at),
        reseller=entry.reseller,
        tokens=entry.tokens,
        facts=entry.facts,
        attributes=entry.attributes,
        reference=entry.reference,
    )
