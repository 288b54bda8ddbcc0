"""Strict parsing: bytes become an event or label, or an error that points at the bad field.

An error names the place and what is expected there and never repeats the value.
"""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

import msgspec

from features.card_numbers import holds_card_number
from features.errors import CardNumberRefused, InvalidInput

T = TypeVar("T")

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_REPEATS_VALUE = re.compile(r"^Invalid (?:enum )?value .*$", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_CUSTOMER_IS_EMAIL = "send your own opaque identifier here, not an e-mail address"
_MOST_WARNINGS = 20


class Parser(Generic[T]):
    """Reads one type of body.

    >>> from features.events import Label
    >>> Parser(Label).read(b'{"id": "l1", "customer": "c1", "label": "nice"}')
    Traceback (most recent call last):
        ...
    features.errors.InvalidInput: this value is not one of those allowed here
    """

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(kind)

    def read(self, body: bytes) -> tuple[T, list[str]]:
        """The parsed value and warnings for unknown fields, which are left out.

        Raises `CardNumberRefused` or `InvalidInput`.
        """
        if holds_card_number(body):
            raise CardNumberRefused(
                "the body holds a full card number, which Vouch does not accept: "
                "send the BIN, the last four digits and your processor's fingerprint instead"
            )
        warnings: list[str] = []
        try:
            value = self._decoder.decode(body)
        except msgspec.ValidationError as error:
            if not _UNKNOWN_FIELD.match(_split(str(error))[0]):
                raise as_invalid_input(error) from None
            value = self._read_without_unknown_fields(body, warnings)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidInput(f"the body is not valid JSON: {_plain(str(error))}") from None
        except RecursionError:
            raise InvalidInput("the body is nested too deeply") from None
        _refuse_email_as_customer(value)
        return value, warnings

    def _read_without_unknown_fields(self, body: bytes, warnings: list[str]) -> T:
        loose = msgspec.json.decode(body)
        while True:
            try:
                return msgspec.convert(loose, self._kind)  # type: ignore[no-any-return]
            except msgspec.ValidationError as error:
                what, path = _split(str(error))
                unknown = _UNKNOWN_FIELD.match(what)
                if unknown is None or len(warnings) >= _MOST_WARNINGS:
                    raise as_invalid_input(error) from None
                pointer = _pointer(path)
                _resolve(loose, pointer).pop(unknown["name"])
                warnings.append(f"unknown field left out: {pointer}/{_plain(unknown['name'])[:64]}")


def _split(message: str) -> tuple[str, str]:
    match = _PLACE.match(message)
    return (match["what"], match["path"] or "$") if match else (message, "$")


def _pointer(path: str) -> str:
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def _resolve(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def as_invalid_input(error: msgspec.ValidationError) -> InvalidInput:
    what, path = _split(str(error))
    pointer = _pointer(path)
    missing = re.match(r"^Object missing required field `(.*)`$", what)
    if missing:
        return InvalidInput("this field is required", f"{pointer}/{missing[1]}")
    if _REPEATS_VALUE.match(what):
        what = "this value is not one of those allowed here"
    return InvalidInput(_plain(what), pointer)


def _refuse_email_as_customer(value: object) -> None:
    for name in ("customer", "reseller"):
        identifier = getattr(value, name, None)
        if identifier is not None and "@" in identifier:
            raise InvalidInput(_CUSTOMER_IS_EMAIL, f"/{name}")
