"""Listing: a value is put on a list, and a policy is silent for a customer, until it ends.

value ──► its form ──► token ──► entry of the ledger        (the value itself is gone)
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct, structs

from features.blocks import Identifier
from features.decide.condition import nearest
from features.domain import Domain
from features.durations import DAY
from features.errors import InvalidInput, VouchError
from features.events import AwareTime
from features.facts import Door, Entry
from features.identifiers import check_text
from features.tokens import folded
from serving.decreeing import Asked, Words, decree_entry, ends_at
from serving.decrees import Decree, ListName, Value
from serving.scorer import Scorer

#: What is no identifier, and stands on a list as it was sent.
PLAIN = ("customer", "reseller", "country")

LONGEST_LISTED = 3650 * DAY
LONGEST_SNOOZE = 90 * DAY

_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_PARTS_OF_ADDRESS = 4


class NewListing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that is to stand on a list. It is kept as a token, if it is an identifier.

    ``field`` is one that events name: ``email``, ``device``, ``customer``, ``country`` ... An
    address is written ``line1|line2|postal_code|country``.
    """

    id: Identifier | None = None
    list: ListName
    field: str
    value: Identifier
    reason: Words
    owner: Identifier | None = None
    expires_at: AwareTime | None = None


class Sought(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that may stand on lists."""

    field: str
    value: Identifier


class NewSnooze(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy that is to be silent for a customer."""

    id: Identifier | None = None
    customer: Identifier
    policy: Identifier
    reason: Words
    owner: Identifier | None = None
    expires_at: AwareTime


class NotOverridable(VouchError):
    """No person may let pass what this policy stops."""

    code = "not_overridable"


class _Written(NamedTuple):
    """Who answers for a decree, and when it ends."""

    asked: Asked
    expires_at: int | None


def listing(scorer: Scorer, sent: NewListing, asked: Asked) -> Decree:
    """Puts a value on a list. Raises `InvalidInput`."""
    place = scorer.next_place()
    value = token_of(scorer, sent.field, sent.value)
    asked, ends = _written(asked, sent.owner, sent.expires_at, place, LONGEST_LISTED)
    facts = {
        "list_name": sent.list,
        "list_field": sent.field,
        "reason": sent.reason,
        "expires_at": ends,
    }
    entry = decree_entry("listing", asked, place, facts=facts)
    return _decreed(scorer, _holding(entry, value), asked)


def snooze(scorer: Scorer, sent: NewSnooze, asked: Asked) -> Decree:
    """Silences a policy for a customer.

    Raises `NotOverridable` where it is red and `InvalidInput` where there is none.
    """
    place = scorer.next_place()
    known = {policy.id: policy for policy in scorer.policies.current.policies}
    policy = known.get(sent.policy)
    if policy is None:
        hint = nearest(sent.policy, list(known))
        raise InvalidInput(f"there is no such policy: {hint or 'ask /v1/policies'}", "/policy")
    if policy.override == "red":
        raise NotOverridable(f"{policy.id} is red: no person may let pass what it stops")
    asked, ends = _written(asked, sent.owner, sent.expires_at, place, LONGEST_SNOOZE)
    facts = {"policy": policy.id, "reason": sent.reason, "expires_at": ends}
    entry = decree_entry("snooze", asked, place, customer=sent.customer, facts=facts)
    return _decreed(scorer, entry, asked)


def token_of(scorer: Scorer, field: str, value: str) -> Value:
    """What stands on a list for a value. Raises `InvalidInput`, and never repeats the value."""
    fields = fields_of(scorer.domain)
    if field not in fields:
        raise InvalidInput(f"must be one of {', '.join(fields)}", "/field")
    if field == "country" and _COUNTRY.fullmatch(value) is None:
        raise InvalidInput("must be two capital letters (ISO 3166)", "/value")
    if field in PLAIN:
        check_text(value, "/value")
        return Value(field, value)
    return Value(field, scorer.door.token(field, _as_in_events(scorer.door, field, value)))


def fields_of(domain: Domain) -> tuple[str, ...]:
    """All that can stand on a list."""
    return (*PLAIN, *domain.tokens)


def _as_in_events(door: Door, field: str, value: str) -> str:
    """A value in the form in which events carry it."""
    if field == "name":
        return folded(value)
    if field == "address":
        parts = [folded(part) for part in value.split("|")]
        if len(parts) != _PARTS_OF_ADDRESS:
            raise InvalidInput("write an address line1|line2|postal_code|country", "/value")
        return "|".join(parts)
    if field == "email_domain" and folded(value) in door.reference.free_mail:
        raise InvalidInput(
            "everybody can have a mailbox in this domain, so that no event is known by it",
            "/value",
        )
    return value


def _written(
    asked: Asked, owner: str | None, expires_at: datetime | None, now: int, longest: int
) -> _Written:
    return _Written(
        asked._replace(owner=asked.owner if owner is None else owner),
        ends_at(expires_at, now, longest),
    )


def _holding(entry: Entry, value: Value) -> Entry:
    """The entry with what it is about where an event has it."""
    field, held = value
    if field in ("customer", "reseller"):
        return structs.replace(entry, **{field: held})
    if field == "country":
        return structs.replace(entry, facts={**entry.facts, field: held})
    return structs.replace(entry, tokens={field: held})


def _decreed(scorer: Scorer, entry: Entry, asked: Asked) -> Decree:
    scorer.decree(entry, asked.fingerprint)
    decree = scorer.decrees.find(entry.id)
    if decree is None:
        raise ValueError(f"a {entry.kind} is not among the decrees")
    return decree
