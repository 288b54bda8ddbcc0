"""Each field that an event accepts changes its entry."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from features import reference
from features.blocks import Address, Card, Company, Contact, Device, Ip, Money, Order, Session
from features.events import (
    Activity,
    Alert,
    Authorisation,
    Dispute,
    Ingestible,
    Invoice,
    Payment,
    Profile,
    Settlement,
    Signup,
    Usage,
    Verification,
)
from features.fact_types import FACTS
from features.facts import Door
from features.tokens import Tokenizer

DOOR = Door(Tokenizer(b"s" * 32), reference.load())
NOON = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z
THEN = datetime(2025, 12, 31, 9, tzinfo=UTC)
MONEY = Money(amount=Decimal("9.90"), currency="EUR")
CARD = Card(funding="prepaid", fingerprint="fp", country="US", present=False)
SHARED: dict[str, Any] = {
    "occurred_at": THEN,
    "customer": "c",
    "reseller": "r",
    "email": "ana@example.com",
    "phone": "+32470123456",
    "ip": Ip(address="203.0.113.9", country="FR", network_type="tor"),
    "device": Device(id="d"),
    "identifiers": {"terminal": "t"},
    "attributes": {"x": 1.0},
}
ASKED: dict[str, Any] = {
    "contact": Contact(first_name="Ana", last_name="Lima"),
    "company": Company(employees=5),
    "address": Address(line1="Rue Haute 1", postal_code="1000", country="BE"),
    "card": CARD,
    "session": Session(form_seconds=3.0),
    "order": Order(seats=5),
    "email_domain_registered_on": date(2025, 1, 1),
}
#: One event of each kind with every optional field sent.
FULL: tuple[Ingestible, ...] = (
    Signup(id="e", **SHARED, **ASKED),
    Payment(id="e", total=MONEY, method="card", **SHARED, **ASKED),
    Authorisation(
        id="e",
        result="declined",
        payment="p",
        total=MONEY,
        card=CARD,
        decline_code="do_not_honor",
        cvc="fail",
        avs_line1="pass",
        avs_postal="pass",
        three_d_secure="failed",
        liability_shift=False,
        **SHARED,
    ),
    Dispute(id="e", type="refund", payment="p", total=MONEY, card=CARD, reason="x", **SHARED),
    Usage(
        id="e",
        cost=MONEY,
        subscription="s",
        quantity=1.0,
        service="Compute",
        meter_category="Virtual Machines",
        meter="D4s v3",
        region="eastus",
        **SHARED,
    ),
    Invoice(id="e", invoice="i", total=MONEY, due_at=THEN, country="BE", **SHARED),
    Settlement(id="e", total=MONEY, invoice="i", result="failed", **SHARED),
    Verification(
        id="e",
        type="business_check",
        result="passed",
        context="signup",
        attempts=1,
        seconds=2.0,
        decision="d",
        registry_status="active",
        registry_age_days=9,
        registry_name_match=True,
        **SHARED,
    ),
    Profile(
        id="e",
        card_on_file=False,
        budget=MONEY,
        credit_limit=MONEY,
        admin_mfa_share=0.0,
        approval="mining",
        promise_to_pay_at=THEN,
        contact_made="phone",
        country="BE",
        currency="EUR",
        **SHARED,
    ),
    Alert(
        id="e",
        source="microsoft",
        type="CryptoMining",
        severity="high",
        confidence="high",
        status="resolved",
        verdict="fraud",
        subscription="s",
        **SHARED,
    ),
    Activity(
        id="e",
        operation="Add member to role",
        result="failed",
        correlation="c",
        subscription="s",
        mfa=False,
        size="D4s v3",
        resource_type="Microsoft.Compute/virtualMachines",
        resource_group="rg",
        **SHARED,
    ),
)
OTHER_REQUIRED: dict[str, Any] = {
    "id": "other",
    "result": "error",
    "type": "other",
    "total": Money(amount=Decimal(1), currency="USD"),
    "cost": Money(amount=Decimal(1), currency="USD"),
    "invoice": "other",
    "source": "other",
    "operation": "other",
}


def test_every_kind_is_told_in_full() -> None:
    assert tuple(type(event) for event in FULL) == Ingestible.__args__
    for event in FULL:
        unsaid = [name for name in event.__struct_fields__ if getattr(event, name) is None]
        assert unsaid == []


@pytest.mark.parametrize("event", FULL, ids=lambda event: type(event).__name__)
def test_no_field_of_an_event_is_lost(event: Ingestible) -> None:
    full = DOOR.learn(event, NOON)
    for field in msgspec.structs.fields(type(event)):
        unsaid = OTHER_REQUIRED[field.name] if field.required else field.default
        without = DOOR.learn(msgspec.structs.replace(event, **{field.name: unsaid}), NOON)
        assert without != full, field.name


@pytest.mark.parametrize("event", FULL, ids=lambda event: type(event).__name__)
def test_every_fact_is_declared_for_its_kind_with_its_type(event: Ingestible) -> None:
    entry = DOOR.learn(event, NOON)
    assert [name for name in entry.facts if entry.kind not in FACTS[name].kinds] == []
    assert [name for name, fact in entry.facts.items() if type(fact) is not FACTS[name].type] == []
    truths = {fact for name, fact in entry.facts.items() if FACTS[name].is_truth}
    assert truths <= {0, 1}
