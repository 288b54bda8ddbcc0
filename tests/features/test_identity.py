"""What a sign-up says of who is behind it, fact by fact, and what stays unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from features.blocks import Address, Card, Company, Contact, Ip, Money, Order, Session
from features.events import Signup
from features.fact_types import FACTS
from features.facts import Door, microseconds
from features.identity import emails
from features.identity.emails import consonant_run, gibberish, registrable
from features.identity.phones import phone_facts
from features.reference import load
from features.tokens import Tokenizer

DOOR = Door(Tokenizer(b"0" * 32), load())
SUMMER = datetime(2026, 7, 14, 22, 30, tzinfo=UTC)  # half past midnight of Bastille's day in Paris


def facts(at: datetime = SUMMER, **fields: Any) -> dict[str, Any]:
    event = Signup(id="s", occurred_at=at, **fields)
    return DOOR.learn(event, microseconds(at) + 1).facts


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"email": "sales@acme.be"}, {"email_is_role": 1, "email_local_length": 5}),
        ({"email": "xkcdbrt7@acme.be"}, {"email_consonant_run": 7, "email_is_role": 0}),
        (
            {
                "email": "info@acme.co.uk",
                "company": Company(name="Acme Ltd", website="https://www.acme.co.uk/shop"),
            },
            {"email_domain_matches_company": 1.0, "email_domain_matches_website": 1},
        ),
        (
            {"email": "a@acme.be", "company": Company(website="other.be")},
            {"email_domain_matches_website": 0},
        ),
        (
            {"email": "ana.lima7@acme.be", "contact": Contact(first_name="Ana", last_name="Lima")},
            {"email_name_similarity": 1.0, "name_case_anomaly": 0, "name_has_digit": 0},
        ),
        ({"contact": Contact(first_name="ANA", last_name="Lima2")}, {"name_case_anomaly": 1,
                                                                     "name_has_digit": 1}),
        ({"company": Company(name="Test Ltd.")}, {"company_name_is_generic": 1}),
        ({"company": Company(name="Brouwerij Test")}, {"company_name_is_generic": 0}),
        (
            {"phone": "+32470123456", "address": Address(country="FR")},
            {"phone_is_valid": 1, "phone_type": "mobile", "phone_is_voip": 0,
             "phone_country": "BE", "phone_country_ne_billing": 1},
        ),
        ({"phone": "+3200000001"}, {"phone_is_valid": 0}),
        (
            {"company": Company(tax_id="BE 0403.019.261"), "address": Address(country="BE")},
            {"tax_id_is_valid": 1, "tax_id_country_ne_billing": 0},
        ),
        ({"company": Company(tax_id="BE0403019262")}, {"tax_id_is_valid": 0}),
        (
            {"card": Card(holder="Ana Lima", expires="2026-08", virtual=True, bin="411111"),
             "contact": Contact(first_name="Ana", last_name="Lima")},
            {"card_holder_name_similarity": 1.0, "card_expires_in_days": 48, "card_is_virtual": 1,
             "card_bin": "411111"},
        ),
        (
            {"ip": Ip(address="1.2.3.4", time_zone="Europe/Paris", asn=16509),
             "address": Address(country="FR", line1="PO Box 7"),
             "session": Session(utc_offset_minutes=60, accept_language="nl-BE")},
            {"hour_local": 0, "is_night_local": 1, "is_weekend_local": 0, "is_holiday_local": 0,
             "time_zone_mismatch": 1, "asn": 16509, "asn_is_hosting": 1, "address_is_po_box": 1,
             "language_country_match": 0, "subregion": "western_europe"},
        ),
        (
            {"ip": Ip(address="1.2.3.4", latitude=50.85, longitude=4.35, accuracy_km=20.0),
             "address": Address(latitude=48.85, longitude=2.35)},
            {"geo_distance_km": 265},
        ),
        (
            {"order": Order(seats=10, sku="x", annual_commit=True,
                            total=Money(amount=Decimal(3), currency="USD")),
             "company": Company(employees=4)},
            {"seats_per_employee": 2.5, "sku": "x", "annual_commit": 1},
        ),
        ({"email": "a@b.be", "email_domain_registered_on": date(2026, 7, 1)},
         {"email_domain_age_days": 13}),
    ],
)  # fmt: skip
def test_a_fact_is_what_its_definition_says(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    said = facts(**fields)
    assert {name: said.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("at", "offset", "mismatch"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 60, 0),  # the clocks go forward at one
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 60, 1),
        (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), 60, 0),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), 60, 0),
    ],
)
def test_the_zone_knows_when_clocks_change(at: datetime, offset: int, mismatch: int) -> None:
    said = facts(
        at,
        ip=Ip(address="::1", time_zone="Europe/Brussels"),
        session=Session(utc_offset_minutes=offset),
    )
    assert said["time_zone_mismatch"] == mismatch


@pytest.mark.parametrize(
    ("fields", "sanctioned"),
    [
        ({}, None),
        ({"address": Address(country="BE")}, 0),
        ({"address": Address(country="XX")}, 1),
        ({"ip": Ip(address="1.2.3.4", country="XX"), "address": Address(country="BE")}, 1),
        ({"card": Card(country="XX")}, 1),
        ({"card": Card(funding="credit")}, None),
        ({"phone": "+32470123456"}, 1),
    ],
)
def test_any_country_that_is_named_may_be_sanctioned(
    fields: dict[str, Any], sanctioned: int | None
) -> None:
    reference = replace(load(), sanctioned=frozenset({"XX", "BE"} if "phone" in fields else {"XX"}))
    door = Door(Tokenizer(b"0" * 32), reference)
    said = door.learn(Signup(id="s", **fields), microseconds(SUMMER)).facts
    assert said.get("country_is_sanctioned") == sanctioned


def test_a_holiday_is_the_countrys_own() -> None:
    at = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)
    zone = Ip(address="1.2.3.4", time_zone="Europe/Paris")
    assert facts(at, ip=zone, address=Address(country="FR"))["is_holiday_local"] == 1
    assert facts(at, ip=zone, address=Address(country="BE"))["is_holiday_local"] == 0
    assert "is_holiday_local" not in facts(at, ip=zone, address=Address(country="ZZ"))


def test_what_is_not_said_is_unknown() -> None:
    assert set(facts()) == {"card_is_sent"}
    far = Ip(address="1.2.3.4", latitude=0.0, longitude=0.0, accuracy_km=900.0, time_zone="No/Zone")
    said = facts(ip=far, address=Address(latitude=1.0, longitude=1.0))
    assert not {"geo_distance_km", "hour_local", "time_zone_mismatch"} & set(said)


def test_every_fact_is_of_its_type() -> None:
    said = facts(
        email="ana@acme.be",
        phone="+32470123456",
        contact=Contact(first_name="Ana", last_name="Lima"),
        company=Company(name="Acme", website="acme.be", tax_id="BE0403019261", employees=3),
        address=Address(line1="Street 1", postal_code="1000", country="BE"),
        ip=Ip(address="1.2.3.4", country="BE", asn=1, time_zone="Europe/Brussels"),
        card=Card(fingerprint="f", funding="credit", holder="Ana Lima", expires="2027-01"),
        session=Session(form_seconds=3, accept_language="nl", utc_offset_minutes=120),
        order=Order(sku="x", seats=3, promo_code="p"),
    )
    wrong = {name: value for name, value in said.items() if not isinstance(value, FACTS[name].type)}
    assert wrong == {"form_seconds": 3}  # a caller's whole number of seconds


def test_letters_at_random_are_unlike_names() -> None:
    assert gibberish("annalima") > gibberish("xqzkvwpt") + 1
    assert gibberish("x") < gibberish("anna")
    assert consonant_run("") == 0
    assert registrable("mail.example.co.uk") == ("example", "example.co.uk")


def test_the_short_way_through_a_numbering_plan_is_the_librarys() -> None:
    """Example numbers of every country and kind, and numbers one digit off."""
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            for one in (number, number[:-1], number + "1", number[:-1] + "9"):
                parsed = phonenumbers.parse(one, None)
                valid = phonenumbers.is_valid_number(parsed)
                said = phone_facts(one)
                assert said["phone_is_valid"] == int(valid), one
                if valid:
                    country = phonenumbers.region_code_for_number(parsed)
                    assert said["phone_country"] == country, one
                    is_voip = phonenumbers.number_type(parsed) == PhoneNumberType.VOIP
                    assert said["phone_is_voip"] == int(is_voip), one


def test_a_number_that_nobody_can_have_is_invalid_to_the_library_too() -> None:
    """Random numbers under every code, with a national prefix and without."""
    draw = np.random.default_rng(7)
    nobodys = 0
    for code in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE):
        for start in ("", "0", "00", "1", "8"):
            for length in (7, 9, 10):
                number = f"+{code}{start}{draw.integers(10**length):0{length}}"[:16]
                parsed = phonenumbers.parse(number, None)
                valid = phonenumbers.is_valid_number(parsed)
                assert phone_facts(number)["phone_is_valid"] == int(valid), number
                nobodys += not valid
    assert nobodys > 1000


def test_a_number_under_no_countrys_code_is_invalid() -> None:
    assert phone_facts("+99912345678") == {"phone_is_valid": 0}
    assert phone_facts("+00012345678") == {"phone_is_valid": 0}


def test_a_plain_domain_is_what_the_library_takes_out_of_it() -> None:
    """Every public suffix, with one name before it and with two, and what is odd."""
    odd = ["", "com", "a.", ".com", "a..com", "1.2", "a_b.com", "co.uk", "www.ck", "é.com", "a.b.c"]
    suffixes = [one.replace("*", "foo").replace("!", "") for one in emails._suffixes()]
    hosts = [f"{name}{suffix}" for suffix in suffixes for name in ("", "ab1.", "x.ab.", "A.")]
    for host in hosts + odd:
        assert emails.registrable(host) == emails._extracted.__wrapped__(host), host


def test_entropy_and_disposable_suffixes_are_what_their_definitions_say() -> None:
    for text in ("a", "analima", "x7k29", "aabbccdd", "éé"):
        shares = [text.count(letter) / len(text) for letter in sorted(set(text))]
        assert emails.entropy(text) == -sum([share * np.log2(share) for share in shares])
    reference = replace(load(), disposable=frozenset({"mailinator.com", "co"}))
    found = [
        reference.is_disposable(domain)
        for domain in ("mailinator.com", "a.b.mailinator.com", "notmailinator.com", "x.co", "co")
    ]
    assert found == [True, True, False, False, False]
