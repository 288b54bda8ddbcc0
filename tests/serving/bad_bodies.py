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
    "gzip": Bad(gzip.compress(_PLAIN), 415, "wrong_content_type", None, "gzip"),
    "gzip cut short": Bad(gzip.compress(_PLAIN)[:50], 415, "wrong_content_type", None, "gzip"),
    "gzip that nobody announced": _invalid(gzip.compress(_PLAIN)),
}

#: Parts of these bodies that no answer may repeat.
CANARIES = (b"4111", b"canary", b"caf", b"wedding", b"0xe9", b"0xc0", b"99999")
