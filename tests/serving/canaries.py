"""Canaries: identifiers that nobody has, what to send them with, and where they might be found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import apsw
import msgspec
import pyarrow.parquet as pq

#: What becomes a token at the door, by where it stands in an event.
IDENTIFIERS: dict[str, str] = {
    "email": "Canary.Person@canarymail.example",
    "phone": "+32 470 98 76 54",
    "device": "canary-device-5f1c",
    "ip": "203.0.113.77",
    "first_name": "Canarina",
    "last_name": "Zwiebelfischer",
    "company": "Canarywidgets",
    "tax_id": "BE0428759497",
    "line1": "Canarystraat 99",
    "line2": "Kanarienhof 7",
    "fingerprint": "canary-fp-77e1",
    "holder": "Zwiebelfischer Canarina",
    "promo": "CANARYPROMO9",
    "website": "https://canarywidgets.example",
}
CARD_NUMBERS = ("4111111111111111", "4111 1111 1111 1111", "5555-5555-5555-4444")

#: Everything that must be found nowhere, in the forms in which it might be.
SOUGHT = (
    *(value.lower() for name, value in IDENTIFIERS.items() if name not in ("phone", "holder")),
    "person@canary",
    "98 76 54",
    "32470987654",
    "fischer canarina",
    *CARD_NUMBERS,
    "5555555555554444",
)
_SCANNED = [
    form
    for text in SOUGHT
    for form in (
        text.encode(),
        text.encode("utf-16-le"),
        quote(text).lower().encode(),
        hashlib.sha256(text.encode()).digest(),
        hashlib.sha256(text.encode()).hexdigest().encode(),
    )
]
_ANY = re.compile(b"|".join(re.escape(form) for form in dict.fromkeys(_SCANNED)))
_SQLITE = b"SQLite format 3\0"
_PARQUET = b"PAR1"


def found(content: bytes) -> list[bytes]:
    """The canaries in bytes, however capitals stand."""
    return _ANY.findall(content) + _ANY.findall(content.lower())


def blocks() -> dict[str, Any]:
    """Every field of an event that may hold an identifier, with its canary."""
    own = IDENTIFIERS
    return {
        "email": own["email"],
        "phone": own["phone"],
        "ip": {"address": own["ip"], "country": "BE"},
        "device": {"id": own["device"]},
        "contact": {"first_name": own["first_name"], "last_name": own["last_name"]},
        "company": {
            "name": own["company"],
            "website": own["website"],
            "tax_id": own["tax_id"],
        },
        "address": {
            "line1": own["line1"],
            "line2": own["line2"],
            "city": "Gent",
            "postal_code": "9000",
            "country": "BE",
        },
        "card": {"fingerprint": own["fingerprint"], "holder": own["holder"], "funding": "credit"},
        "order": {"promo_code": own["promo"]},
    }


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The places of all texts and numbers in a body."""
    if not isinstance(value, dict | list):
        yield path
        return
    for step, one in value.items() if isinstance(value, dict) else enumerate(value):
        yield from leaves(one, (*path, step))


def replaced(value: Any, path: tuple[str | int, ...], canary: Any) -> Any:
    """A body with something else at one place."""
    if not path:
        return canary
    first, *rest = path
    copy: Any = value.copy()
    copy[first] = replaced(copy[first], tuple(rest), canary)
    return copy


def everything(home: Path) -> Iterator[tuple[str, bytes]]:
    """All that lies in a folder: names, bytes, and rows of tables as they can be read."""
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        yield f"the name of {name}", name.encode()
        if path.is_file():
            content = path.read_bytes()
            yield name, content
            if content.startswith(_SQLITE):
                yield from _tables(path, name)
            elif content.startswith(_PARQUET):
                yield f"rows of {name}", str(pq.read_table(path).to_pylist()).encode()


def _tables(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield f"{table} in {name}", b"\0".join(map(_bytes, row))
    finally:
        connection.close()


def _bytes(value: Any) -> bytes:
    """A value as it was stored, and as it reads where it is packed."""
    if not isinstance(value, bytes):
        return str(value).encode()
    try:
        return value + str(msgspec.msgpack.decode(value)).encode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        return value
