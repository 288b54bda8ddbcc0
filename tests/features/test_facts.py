"""Facts are worked out at the door; identifiers do not pass it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from features import reference
from features.blocks import Address, Card, Company, Contact, Device, Ip, Money, Order, Session
from features.errors import InvalidReference
from features.events import Authorisation, Ingestible, Label, Payment, Profile, Signup, Usage
from features.fact_types import FACTS
from features.facts import Door, Entry
from features.tokens import TOKEN_KINDS, Tokenizer

DOOR = Door(Tokenizer(b"s" * 32), reference.load())
NOON = 1_767_268_800_000_000  # 2026-01-01T12:00:00Z


def learn(**fields: object) -> Entry:
    return DOOR.learn(Signup(id="s1", **fields), NOON)  # type: ignore[arg-type]


def test_nothing_sent_is_unknown_not_zero() -> None:
    entry = learn()
    assert entry.facts == {"card_is_sent": 0}
    assert entry.tokens == {}


def test_a_prepaid_card_from_elsewhere() -> None:
    entry = learn(
        address=Address(country="BE"),
        ip=Ip(address="203.0.113.9", country="BE", network_type="vpn"),
        card=Card(funding="stored_value", country="US", present=False, fingerprint="fp"),
    )
    facts = entry.facts
    assert facts["card_is_prepaid"] == 1
    assert facts["card_not_present"] == 1
    assert facts["card_country_ne_billing"] == 1
    assert facts["ip_country_ne_billing"] == 0
    assert facts["ip_is_anonymous"] == 1
    assert facts["ip_is_tor"] == 0


def test_unknown_funding_is_not_not_prepaid() -> None:
    facts = learn(card=Card(funding="unknown")).facts
    assert "card_is_prepaid" not in facts
    assert facts["card_is_sent"] == 1


def test_same_person_written_differently_gives_the_same_tokens() -> None:
    one = learn(
        email="Ana.Lima+promo@GMAIL.com",
        phone="+32 470 12 34 56",
        contact=Contact(first_name="Ana", last_name="LIMA"),
        address=Address(line1="Rue Haute 1", postal_code="1000", country="BE"),
    )
    other = learn(
        email="analima@gmail.com",
        phone="0470/12.34.56",
        contact=Contact(first_name=" ana ", last_name="Lima"),
        address=Address(line1="rue  haute 1", postal_code="1000", country="BE"),
    )
    assert one.tokens == other.tokens
    assert {"email", "phone", "name", "address"} <= set(one.tokens)
    assert "email_domain" not in one.tokens  # everybody is at a free mail provider


def test_neighbours_share_a_network_but_no_address() -> None:
    one, other = (learn(ip=Ip(address=f"198.51.100.{last}")).tokens for last in (1, 2))
    assert one["network"] == other["network"]
    assert one["ip"] != other["ip"]
    mapped = learn(ip=Ip(address="::ffff:198.51.100.1")).tokens
    assert mapped == one


def test_no_identifier_gets_past_the_door() -> None:
    canaries = ("canary@example.com", "canary-device", "Canary", "Canaryweg", "32470999999")
    entry = learn(
        email=canaries[0],
        phone="+32470999999",
        device=Device(id=canaries[1]),
        contact=Contact(first_name="Canary", last_name="Canary"),
        company=Company(name="Canary", tax_id="CANARY-1", website="canary.example"),
        address=Address(line1="Canaryweg 1", postal_code="1000", country="BE", city="Canary"),
        card=Card(holder="Canary", fingerprint="canary-fp", last4="4242", bin="411111"),
        ip=Ip(address="203.0.113.77"),
        session=Session(accept_language="canary"),
    )
    stored = msgspec.json.encode(entry).decode().lower()
    assert "canary" not in stored
    assert "203.0.113" not in stored
    assert "32470999999" not in stored
    assert "4242" not in stored


def test_money_becomes_minor_units_of_one_currency() -> None:
    def amount(total: Money) -> object:
        return DOOR.learn(Payment(id="p", total=total), NOON).facts.get("amount")

    assert amount(Money(amount=Decimal("10.00"), currency="USD")) == 1000
    assert amount(Money(amount=Decimal("10.00"), currency="EUR")) == 1080
    assert amount(Money(amount=Decimal(10), currency="XXX")) is None


def test_other_kinds_carry_their_own_facts() -> None:
    answer = DOOR.learn(Authorisation(id="a", result="declined", cvc="fail", payment="p1"), NOON)
    assert answer.facts == {
        "result": "declined",
        "cvc": "fail",
        "payment": "p1",
        "is_declined": 1,
    }
    line = DOOR.learn(
        Usage(id="u", cost=Money(amount=Decimal("0.015"), currency="USD"), subscription="sub"), NOON
    )
    assert line.facts == {"amount": 2}
    assert set(line.tokens) == {"subscription"}
    label = DOOR.learn(Label(id="l", customer="c", label="credit_default"), NOON)
    assert (label.kind, label.facts) == (
        "label",
        {"label": "credit_default", "status": "confirmed"},
    )


@pytest.mark.parametrize("kind", Ingestible.__args__)
def test_what_an_event_may_say_is_not_lost(kind: Any) -> None:
    """Every field that only this kind has becomes a fact, a token or an amount of money."""
    shared = set(Signup.__struct_fields__)
    own = set(kind.__struct_fields__) - shared - {"total", "cost", "subscription"}
    tag = kind.__struct_config__.tag
    assert [name for name in sorted(own) if name not in FACTS] == []
    assert [name for name in sorted(own) if tag not in FACTS[name].kinds] == []


def test_an_approval_is_kept() -> None:
    said = Profile(id="p", customer="c", approval="mining", contact_made="phone", country="BE")
    facts = DOOR.learn(said, NOON).facts
    assert facts == {"approval": "mining", "contact_made": "phone", "country": "BE"}


def test_nothing_happens_after_it_became_known() -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    assert learn(occurred_at=later).occurred_at == NOON
    earlier = datetime(2026, 1, 1, 11, 59, 59, tzinfo=UTC)
    assert learn(occurred_at=earlier).occurred_at == NOON - 1_000_000


def test_every_fact_and_token_is_a_column() -> None:
    entry = learn(
        order=Order(seats=5, trial=True),
        company=Company(employees=3),
        session=Session(mfa_done=True),
    )
    assert set(entry.facts) <= set(FACTS)
    assert set(entry.tokens) <= set(TOKEN_KINDS)
    assert entry.facts["is_trial"] == 1


def test_a_broken_reference_file_says_which(tmp_path: object) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path))
    with pytest.raises(InvalidReference, match=r"free_mail\.txt"):
        reference.load(folder)
    (folder / "free_mail.txt").write_text("example.com\n")
    (folder / "currencies.toml").write_text("currency = 'USD'")
    with pytest.raises(InvalidReference, match=r"currencies\.toml"):
        reference.load(folder)
