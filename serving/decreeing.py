"""Decreeing: what a person wrote down gets an id, an owner and an end: sent again it is known.

body ──► who asks, under which id ──► sent before? ──► the same decree as then
                                         └──► entry at its place ──► `Scorer.decree`
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, NamedTuple

from msgspec import Meta, structs

from features.errors import InvalidInput, NotFound
from features.fact_types import Value
from features.facts import Entry, microseconds
from serving.decrees import Decree
from serving.received import IdReused, own_id
from serving.scorer import Scorer

#: What somebody writes: a reason, a statement.
Words = Annotated[str, Meta(min_length=1, max_length=2000)]

_INITIALS = {"override": "o", "appeal": "a", "listing": "e", "snooze": "z", "lift": "l"}


class Asked(NamedTuple):
    """Who asks for a decree, and under which id; None lets its place name it.

    ``fingerprint`` is that of the body together with what it was sent to.
    """

    id: str | None
    fingerprint: bytes
    owner: str


def asked(id: str | None, account: str, fingerprint: bytes, owner: str) -> Asked:
    """What is asked in the name of an account: ids are its own."""
    return Asked(id if id is None else own_id(id, account), fingerprint, owner)


def sent_before(scorer: Scorer, asked: Asked) -> Decree | None:
    """The decree that the same body made, as it was then; None if there is none.

    Raises `IdReused` where the id stands for another one.
    """
    stored = None if asked.id is None else scorer.ledger.find("decree", asked.id)
    if stored is None:
        return None
    decree = scorer.decrees.find(str(asked.id))
    if decree is None or not hmac.compare_digest(stored.fingerprint, asked.fingerprint):
        raise IdReused("something else was decreed under this id: give each decree its own")
    return structs.replace(decree, lifted_at=None)


def decree_entry(
    kind: str,
    asked: Asked,
    place: int,
    *,
    customer: str | None = None,
    tokens: Mapping[str, str] | None = None,
    facts: Mapping[str, Value | None],
) -> Entry:
    """The entry of a decree at a place; facts that are None are left out."""
    said = {"owner": asked.owner, **facts}
    return Entry(
        id=asked.id or f"{_INITIALS[kind]}{place:x}",
        kind=kind,
        known_at=place,
        occurred_at=place,
        customer=customer,
        tokens=dict(tokens or {}),
        facts={name: value for name, value in said.items() if value is not None},
    )


def ends_at(sent: datetime | None, now: int, longest: int) -> int | None:
    """When a decree ends, µs. Raises `InvalidInput` for the past and for what is too far off."""
    if sent is None:
        return None
    ends = microseconds(sent)
    if not now < ends <= now + longest:
        days = longest // 86_400_000_000
        raise InvalidInput(f"must lie in the future, {days} days ahead at most", "/expires_at")
    return ends


def found(scorer: Scorer, kind: str, id: str) -> Decree:
    """A decree of a kind, in force or not. Raises `NotFound`."""
    decree = scorer.decrees.find(id)
    if decree is None or decree.kind != kind:
        raise NotFound(f"there is no {kind} with this id")
    return decree


def lift(scorer: Scorer, kind: str, id: str, owner: str) -> Decree:
    """Ends a decree now; one that was lifted before stays as it is. Raises `NotFound`."""
    decree = found(scorer, kind, id)
    if decree.lifted_at is None:
        asked, place = Asked(None, b"", owner), scorer.next_place()
        facts = {"lifts": id}
        scorer.decree(decree_entry("lift", asked, place, customer=decree.customer, facts=facts))
    return found(scorer, kind, id)
