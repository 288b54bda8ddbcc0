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
_MISSING_FIELD = re.compile(r"^Object missing required field `(?P<name>.*)`$")
_MOST_WARNINGS = 20


class Parser(Generic[T]):
    """Reads one type of body.

    >>> from features.events import Label
    >>> Parser(Label).read(b'{"id": "l1", "customer": "c1", "label": "nice"}')
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    features.errors.InvalidInput: must be one of credit_default, false_identity, legitimate, ...
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
                raise as_invalid_input(error, self._kind) from None
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
                    raise as_invalid_input(error, self._kind) from None
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


def as_invalid_input(error: msgspec.ValidationError, kind: Any) -> InvalidInput:
    """What is wrong and where, in our words; ``kind`` is the type that was read."""
    what, path = _split(str(error))
    pointer = _pointer(path)
    missing = _MISSING_FIELD.match(what)
    if missing:
        return InvalidInput("this field is required", f"{pointer}/{missing['name']}")
    if what.startswith("/"):  # a block's own check names its field first
        field, _, what = what.partition(" ")
        pointer += field
    if _REPEATS_VALUE.match(what):
        allowed = allowed_values(kind, pointer)
        what = f"must be one of {', '.join(allowed)}" if allowed else "this value is not allowed"
    return InvalidInput(_plain(what), pointer)


def allowed_values(kind: Any, pointer: str) -> list[str]:
    """The texts that may stand at a pointer, from the type's JSON schema; none if it is no list."""
    schema = msgspec.json.schema(kind)
    places = [schema]
    for step in pointer.split("/")[1:]:
        places = [
            place.get("properties", {}).get(step, {})
            for one in places
            for place in _alternatives(one, schema)
        ]
    found = [
        value
        for one in places
        for place in _alternatives(one, schema)
        for value in place.get("enum", ())
        if isinstance(value, str)
    ]
    return list(dict.fromkeys(found))


def _alternatives(place: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A place in a schema, or all that it may be."""
    if "$ref" in place:
        place = schema["$defs"][place["$ref"].rpartition("/")[2]]
    if "anyOf" in place:
        return [inner for one in place["anyOf"] for inner in _alternatives(one, schema)]
    return [place]


def _refuse_email_as_customer(value: object) -> None:
    for name in ("customer", "reseller"):
        identifier = getattr(value, name, None)
        if identifier is not None and "@" in identifier:
            raise InvalidInput(_CUSTOMER_IS_EMAIL, f"/{name}")
