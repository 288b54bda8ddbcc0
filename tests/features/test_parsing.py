"""Strict parsing: errors point at the field and never repeat what was sent."""

from __future__ import annotations

import json

import pytest

from features.errors import CardNumberRefused, InvalidInput
from features.events import Ingestible, Label, Signup
from features.parsing import Parser

EVENTS: Parser[Ingestible] = Parser(Ingestible)
SECRET = "s3cret-value"


def signup(**fields: object) -> bytes:
    return json.dumps({"kind": "signup", "id": "s1", **fields}).encode()


def test_full_form_is_read() -> None:
    event, warnings = EVENTS.read(
        signup(
            customer="c1",
            email="ana@example.com",
            ip={"address": "2001:db8::1", "country": "PT", "network_type": "mobile"},
            card={"bin": "411111", "last4": "1111", "funding": "credit", "present": False},
            session={"form_seconds": 41.5, "mfa_done": True},
            order={"total": {"amount": 49.90, "currency": "EUR"}, "seats": 3},
            attributes={"plan": "gold", "age": 41, "student": False},
        )
    )
    assert isinstance(event, Signup)
    assert event.order is not None
    assert event.order.total is not None
    assert str(event.order.total.amount) == "49.90" or float(event.order.total.amount) == 49.9
    assert warnings == []


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"id": 7}, "/id"),
        ({"id": ""}, "/id"),
        ({"email": {"x": SECRET}}, "/email"),
        ({"ip": {"address": SECRET}}, "/ip/address"),
        ({"ip": {"address": "1.2.3.4", "country": SECRET}}, "/ip/country"),
        ({"ip": {"address": "1.2.3.4", "network_type": SECRET}}, "/ip/network_type"),
        ({"card": {"funding": SECRET}}, "/card/funding"),
        ({"card": {"bin": SECRET}}, "/card/bin"),
        ({"session": {"form_seconds": -1}}, "/session/form_seconds"),
        ({"session": {"mfa_done": SECRET}}, "/session/mfa_done"),
        ({"order": {"total": {"amount": SECRET, "currency": "EUR"}}}, "/order/total/amount"),
        ({"order": {"total": {"amount": 1e12, "currency": "EUR"}}}, "/order/total/amount"),
        ({"order": {"total": {"amount": 5}}}, "/order/total/currency"),
        ({"occurred_at": "2026-01-01T00:00:00"}, "/occurred_at"),
        ({"occurred_at": SECRET}, "/occurred_at"),
        ({"customer": "ana@example.com"}, "/customer"),
        ({"reseller": "ana\uff20example.com"}, "/reseller"),
        ({"attributes": {"note": "write to ana@example.com"}}, "/attributes/note"),
        ({"occurred_at": "1969-12-31T23:59:59Z"}, "/occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, "/occurred_at"),
        (
            {"order": {"total": {"amount": "1E+999999999999", "currency": "EUR"}}},
            "/order/total/amount",
        ),
        ({"kind": SECRET}, "/kind"),
    ],
)
def test_errors_point_at_the_field(fields: dict[str, object], pointer: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        EVENTS.read(signup(**fields))
    assert caught.value.pointer == pointer
    assert SECRET not in caught.value.message
    assert "ana@example.com" not in caught.value.message


def test_errors_say_what_may_stand_there() -> None:
    with pytest.raises(InvalidInput, match="must be one of credit, debit, prepaid, stored_value"):
        EVENTS.read(signup(card={"funding": SECRET}))
    with pytest.raises(InvalidInput, match="signup, payment, authorisation"):
        EVENTS.read(signup(kind=SECRET))
    with pytest.raises(InvalidInput, match="must be two capital letters"):
        EVENTS.read(signup(address={"country": "be"}))
    with pytest.raises(InvalidInput, match="must be 4 digits"):
        EVENTS.read(signup(card={"last4": "12"}))
    with pytest.raises(InvalidInput, match="must be a name of small letters") as caught:
        EVENTS.read(signup(attributes={"A b": 1}))
    assert caught.value.pointer == "/attributes"
    with pytest.raises(InvalidInput) as caught:
        EVENTS.read(signup(attributes={"a": [1]}))
    assert caught.value.pointer == "/attributes"


UNKNOWN = b'{"kind":"signup","id":"x","zzz":'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'"x"',
        UNKNOWN + b"1, BAD}",
        UNKNOWN + b"[" * 5_000,
        UNKNOWN + b"[" * 5_000 + b"]" * 5_000 + b"}",
        UNKNOWN + b"\xff}",
        UNKNOWN + b"9" * 5_000 + b", BAD}",
        UNKNOWN + b"1e999, BAD}",
        b'{"kind":"signup","id":"x","q` - at `$.zzz":1}',
        b'{"kind":"signup","id":"x",' + b",".join(b'"a%d":1' % n for n in range(50)) + b"}",
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        EVENTS.read(body)


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_who_sends_nothing_is_told_what_to_send(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="there is no body: send a JSON object"):
        EVENTS.read(body)


def test_names_of_unknown_fields_that_may_be_values_are_not_repeated() -> None:
    _, warnings = EVENTS.read(signup(**{"alice@example.com": 1, "4242": 2}))
    assert "alice" not in str(warnings)
    assert "4242" not in str(warnings)
    assert len(warnings) == 2


def test_money_given_back_is_no_payment() -> None:
    with pytest.raises(InvalidInput) as caught:
        EVENTS.read(b'{"kind":"payment","id":"p","total":{"amount":"-5","currency":"EUR"}}')
    assert caught.value.pointer == "/total"


def test_an_address_of_dots_only_is_no_address() -> None:
    EVENTS.read(signup(email="..@gmail.com"))


def test_unknown_fields_are_left_out_with_a_warning() -> None:
    event, warnings = EVENTS.read(signup(colour="red", card={"bin": "411111", "shape": "flat"}))
    assert isinstance(event, Signup)
    assert event.card is not None
    assert event.card.bin == "411111"
    assert sorted(warnings) == [
        "unknown field left out: /card/shape",
        "unknown field left out: /colour",
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"card": {"fingerprint": "4111111111111111"}},
        {"attributes": {"note": "pay with 4111 1111 1111 1111 please"}},
        {"attributes": {"note": 4111111111111111}},
        {"4111111111111111": "x"},
        {"email": "4111-1111-1111-1111@example.com"},
        {"attributes": {"note": "4111 1111 1111 1111 123"}},
        {"attributes": {"note": "4111 1111 1111 1111 12 28"}},
        {"attributes": {"note": "2026 4111 1111 1111 1111"}},
        {"attributes": {"note": "4111.1111.1111.1111"}},
        {"attributes": {"note": "4111_1111_1111_1111"}},
        {"attributes": {"note": "4111/1111/1111/1111"}},
        {"attributes": {"note": "4111  1111  1111  1111"}},
        {"attributes": {"note": "4111\t1111\t1111\t1111"}},
        {"attributes": {"note": "4111\u20111111\u20111111\u20111111"}},
        {"attributes": {"note": "4111\u200b1111\u200b1111\u200b1111"}},
        {"attributes": {"note": "4111-111111111111"}},
        {"attributes": {"note": "card4111111111111111"}},
        {"attributes": {"note": "4111111111111111abc"}},
        {"attributes": {"note": "\u0664\u0661\u0661\u06611111\u06611111111"}},
        {"attributes": {"note": 4.111111111111111e15}},
        {"attributes": {"note": "\uff14\uff11\uff11\uff11111111111111"}},
    ],
)
def test_card_numbers_are_refused_unseen(fields: dict[str, object]) -> None:
    with pytest.raises(CardNumberRefused) as caught:
        EVENTS.read(signup(**fields))
    assert "1111" not in caught.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"device": {"id": "41111111-1111-4111-8111-111111111111"}},
        {"card": {"fingerprint": "ab4111111111111111cd"}},
        {"device": {"id": "9a2c4f10-77aa-4bcd-4111-111111111111"}},
        {"card": {"fingerprint": "9f86d4111111111111111081884c7d65"}},
        {"attributes": {"ratio": 0.4111111111111111}},
        {"phone": "+32470123456"},
        {"occurred_at": "2026-01-01T00:00:00.123456Z"},
        {"attributes": {"note": "4111111111111112"}},  # fails the Luhn check
    ],
)
def test_what_only_looks_like_a_card_number_passes(fields: dict[str, object]) -> None:
    EVENTS.read(signup(**fields))


def test_labels_are_read_strictly() -> None:
    label, _ = Parser[Label](Label).read(b'{"id":"l","customer":"c","label":"false_identity"}')
    assert label.status == "confirmed"
    with pytest.raises(InvalidInput) as caught:
        Parser[Label](Label).read(b'{"id":"l","label":"false_identity"}')
    assert caught.value.pointer == "/customer"
