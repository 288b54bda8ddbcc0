"""Bodies that cannot be taken: what is sent, what is answered, and where it is wrong."""

from __future__ import annotations

import gzip
import json
from typing import Any, NamedTuple

from serving.manual import examples

_SIGNUP = examples.ORDINARY_SIGNUP


class Bad(NamedTuple):
    """A body, how it says it is encoded, and the answer."""

    body: bytes
    status: int
    code: str
    pointer: str | None = None
    encoding: str | None = None


def _with(**fields: Any) -> bytes:
    return json.dumps({**_SIGNUP, **fields}).encode()


def _raw(field: str, text: bytes) -> bytes:
    """A sign-up in which a field is what JSON libraries would not write."""
    return _with(**{field: "@@"}).replace(b'"@@"', text)


def _seconds(text: bytes) -> bytes:
    return _raw("session", b'{"form_seconds":' + text + b"}")


_FORM_SECONDS = "/session/form_seconds"
_PLAIN = json.dumps(_SIGNUP).encode()


def _invalid(body: bytes, pointer: str | None = None) -> Bad:
    return Bad(body, 422, "invalid_input", pointer)


def _amount(text: str) -> bytes:
    return _with(order={"total": {"amount": text, "currency": "EUR"}})


#: What takes long to search for card numbers, or to see through.
_SLOW = {
    name: text * (250_000 // len(text))
    for name, text in {
        "backslashes": rb"\\",
        "digits in fours": b"4111 ",
        "almost card numbers": b"0000 0000 0000 0001 ",
        "single digits": b"1 1 1 1 1 1 1 1 1 1 1 1 a",
        "escaped letters": rb"\u00e9",
        "halves of letters": rb"\ud835\udfd2",
        "identifiers that hold card numbers": b"ab4111111111111111cdef ",
        "marks on a letter": "\u0316\u0300".encode(),
        "letters that are many": "\ufdfa".encode(),
        "what is no UTF-8": b"\xff",
        "brackets": b"[{",
        "quotes": rb"\"",
    }.items()
}


BAD_BODIES: dict[str, Bad] = {
    "nothing": _invalid(b""),
    "null": _invalid(b"null"),
    "a list": _invalid(b"[]"),
    "a text": _invalid(b'"signup"'),
    "cut short": _invalid(_PLAIN[:-20]),
    "two in one": _invalid(_PLAIN * 2),
    "a comment": _invalid(b"/* */" + _PLAIN),
    "no kind": _invalid(b'{"id":"x"}', "/kind"),
    "an unknown kind": _invalid(_with(kind="wedding"), "/kind"),
    "a number as kind": _invalid(_with(kind=7), "/kind"),
    "a text as number": _invalid(_with(session={"form_seconds": "long"}), _FORM_SECONDS),
    "a number as text": _invalid(_with(customer=7), "/customer"),
    "a list as object": _invalid(_with(device=[]), "/device"),
    "an object as text": _invalid(_with(id={}), "/id"),
    "an id that is too long": _invalid(_with(id="x" * 129), "/id"),
    "a null character": _invalid(_with(customer="a\0b"), "/customer"),
    "NaN": _invalid(_seconds(b"NaN")),
    "Infinity": _invalid(_seconds(b"Infinity")),
    "-Infinity": _invalid(_seconds(b"-Infinity")),
    "an endless number": _invalid(_seconds(b"1e999"), _FORM_SECONDS),
    "5,000 digits": _invalid(_seconds(b"9" * 5000), _FORM_SECONDS),
    "5,000 digits in a field of one's own": _invalid(_raw("colour", b"9" * 5000)),
    "a huge amount": _invalid(
        _with(order={"total": {"amount": "9" * 300, "currency": "EUR"}}), "/order/total/amount"
    ),
    "half a surrogate pair": _invalid(_raw("customer", b'"\\ud800"')),
    "the other half": _invalid(_raw("colour", b'"\\udc00"')),
    "a surrogate as UTF-8": _invalid(_raw("customer", b'"\xed\xa0\x80"')),
    "Latin-1": _invalid(_raw("customer", b'"caf\xe9"')),
    "too many bytes for a letter": _invalid(_raw("customer", b'"\xc0\xaf"')),
    "UTF-16": _invalid(json.dumps(_SIGNUP).encode("utf-16")),
    "UTF-32": _invalid(json.dumps(_SIGNUP).encode("utf-32")),
    "a byte order mark": _invalid(b"\xef\xbb\xbf" + _PLAIN),
    "33 levels": _invalid(_raw("colour", b"[" * 32 + b"]" * 32)),
    "200,000 levels": _invalid(b"[" * 200_000),
    "40,000 levels of objects": _invalid(b'{"a":' * 40_000),
    "5,000 unknown fields": _invalid(_with(**{f"f{number}": 1 for number in range(5000)})),
    "5,000 attributes": _invalid(
        _with(attributes={f"f{number}": 1 for number in range(5000)}), "/attributes"
    ),
    "a field twice": _invalid(_PLAIN[:-1] + b',"id":"canary"}', "/id"),
    "a field twice, once in escapes": _invalid(
        _raw("ip", b'{"address":"203.0.113.24","country":"PT","c\\u006funtry":"KP"}'), "/ip/country"
    ),
    "a field twice in a field of one's own": _invalid(
        _raw("colour", b'[{"a":1,"a" : 2}]'), "/colour/0/a"
    ),
    "20,000 fields and one of them twice": _invalid(
        _raw("colour", b"{%s}" % b",".join(b'"%x":1' % (at % 19_999) for at in range(20_000)))
    ),
    "a card number": Bad(_with(customer="4111 1111 1111 1111"), 422, "card_number_refused"),
    "an e-mail address as id": _invalid(_with(id="canary@example.com"), "/id"),
    "257 KB": Bad(_with(attributes={"note": "x" * 257 * 1024}), 413, "too_large"),
    "a number in hexadecimal": _invalid(_seconds(b"0x10")),
    "a number with a plus": _invalid(_seconds(b"+1")),
    "a number with a leading zero": _invalid(_seconds(b"01")),
    "a comma too many": _invalid(_PLAIN[:-1] + b",}"),
    "single quotes": _invalid(_PLAIN.replace(b'"', b"'")),
    "an amount that is no number": _invalid(_amount("NaN"), "/order/total/amount"),
    "an endless amount": _invalid(_amount("-Infinity"), "/order/total/amount"),
    "an amount of 100,000 digits": _invalid(_amount("9" * 100_000), "/order/total/amount"),
    "a huge exponent": _invalid(_amount("1e" + "9" * 100_000), "/order/total/amount"),
    "a leap second": _invalid(_with(occurred_at="2026-06-30T23:59:60Z"), "/occurred_at"),
    "a time without a zone": _invalid(_with(occurred_at="2026-06-30T23:59:00"), "/occurred_at"),
    "a time before all others": _invalid(_with(occurred_at="1969-12-31T23:59:59Z"), "/occurred_at"),
    "a name of 200,000 letters": _invalid(_with(**{"n" * 200_000: 1})[:-1]),
    "200,000 letters of a name, and a wrong value": _invalid(
        _with(**{"n" * 200_000: 1, "device": 7}), "/device"
    ),
    **{f"250 KB of {name}": _invalid(body) for name, body in _SLOW.items()},
    **{
        f"250 KB of {name} in a field of one's own": _invalid(_raw("colour", b'"%s"' % body)[:-1])
        for name, body in _SLOW.items()
    },
    "gzip": Bad(gzip.compress(_PLAIN), 415, "wrong_content_type", None, "gzip"),
    "gzip cut short": Bad(gzip.compress(_PLAIN)[:50], 415, "wrong_content_type", None, "gzip"),
    "gzip that nobody announced": _invalid(gzip.compress(_PLAIN)),
}

#: Parts of these bodies that no answer may repeat.
CANARIES = (b"4111", b"canary", b"caf", b"wedding", b"0xe9", b"0xc0", b"99999")
