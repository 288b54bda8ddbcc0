"""What is stored as it was sent must not name a person: no e-mail address, no card number.

Identifiers have fields of their own and leave them as tokens. Ids, references and
free texts are stored as sent, so an address there is refused with its place.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from features.card_numbers import is_card_number
from features.errors import CardNumberRefused, InvalidInput

_AT_SIGNS = ("@", "\uff20", "\ufe6b")
_NOT_STORED = frozenset(("email", "phone", "value", "policies"))  # or as a token only
_STORED_WITHIN = (("order", "sku"),)  # a block and its text that no token stands for
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def check(what: Struct) -> None:
    """Raises `InvalidInput` for an address in a stored text, or for a time that cannot be."""
    for name in what.__struct_fields__:
        value = getattr(what, name)
        if isinstance(value, str):
            if name not in _NOT_STORED:
                check_text(value, f"/{name}")
        elif isinstance(value, datetime) and not _EARLIEST <= value < _LATEST:
            raise InvalidInput("the time must lie between 1970 and 2200", f"/{name}")
    for block, name in _STORED_WITHIN:
        text = getattr(getattr(what, block, None), name, None)
        if text is not None:
            check_text(text, f"/{block}/{name}")
    for name, value in (getattr(what, "attributes", None) or {}).items():
        _check_attribute(value, f"/attributes/{name}")


def _check_attribute(value: Any, pointer: str) -> None:
    if isinstance(value, str):
        check_text(value, pointer)
    elif isinstance(value, float) and value.is_integer() and is_card_number(f"{value:.0f}"):
        raise CardNumberRefused("this number is a full card number", pointer)


def check_text(value: str, pointer: str) -> None:
    """Raises `InvalidInput` for an address in a text that is stored."""
    if "\0" in value:
        raise InvalidInput("a text must not hold a null character", pointer)
    if any(sign in value for sign in _AT_SIGNS):
        raise InvalidInput(
            "this is stored as sent, so it must not hold an e-mail address: "
            "write an identifier of your own, or leave the address out",
            pointer,
        )
