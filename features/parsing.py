"""Strict parsing: bytes become an event or label, or an error that points at the bad field.

An error names the place and what is expected there and never repeats the value.
"""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar

import msgspec

from features import identifiers, plain_text, repeated
from features.card_numbers import holds_card_number
from features.domain import CLOUD, Domain
from features.errors import CardNumberRefused, InvalidInput
from features.nesting import MOST_LEVELS, is_too_deep

T = TypeVar("T")

_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_NOT_OF_FORM = re.compile(r"^Expected `str` matching regex ")
_REPEATS_VALUE = re.compile(r"^Invalid (?:enum )?value .*$", re.DOTALL)
_UNKNOWN_FIELD = re.compile(r"^Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}")
_MISSING_FIELD = re.compile(r"^Object missing required field `(?P<name>.*)`$")
_MOST_WARNINGS = 20


class Parser(Generic[T]):
    """Reads one type of body, and checks events and labels against their domain.

    >>> from features.events import Label
    >>> Parser(Label).read(b'{"id": "l1", "customer": "c1", "label": "nice"}')
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    features.errors.InvalidInput: must be one of credit_default, false_identity, legitimate, ...
    """

    def __init__(self, kind: Any, domain: Domain | None = CLOUD) -> None:
        plain_text.prepare()
        self._kind, self._domain = kind, domain
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
        if is_too_deep(body):
            raise InvalidInput(f"the body is nested more than {MOST_LEVELS} levels deep")
        warnings: list[str] = []
        try:
            try:
                value = self._decoder.decode(body)
            except msgspec.ValidationError as error:
                if _UNKNOWN_FIELD.match(_split(str(error))[0]) is None:
                    raise
                value = self._read_without_unknown_fields(body, warnings)
        except msgspec.ValidationError as error:
            raise as_invalid_input(error, self._kind) from None
        except msgspec.DecodeError as error:
            if not body.strip():
                raise InvalidInput("there is no body: send a JSON object") from None
            raise InvalidInput(f"the body is not valid JSON: {_plain(str(error))}") from None
        except UnicodeDecodeError:  # its own words repeat a part of what was sent
            raise InvalidInput("the body is not valid JSON: a text in it is not UTF-8") from None
        _refuse_repeated(body)
        identifiers.check(value)  # type: ignore[arg-type]
        if self._domain is not None:
            self._domain.check(value)  # type: ignore[arg-type]
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
                    raise
                pointer = _pointer(path)
                holder = _resolve(loose, pointer)
                if holder is None or unknown["name"] not in holder:
                    raise
                del holder[unknown["name"]]
                warnings.append(f"unknown field left out: {pointer}/{_shown(unknown['name'])}")


def _refuse_repeated(body: bytes) -> None:
    place = repeated.find(body)
    if place is not None:
        plain = all(isinstance(step, int) or _NAME.fullmatch(step) for step in place)
        pointer = "".join(f"/{step}" for step in place) if plain else ""
        raise InvalidInput("a field is there twice in one object: send it once", pointer)


def _split(message: str) -> tuple[str, str]:
    """What msgspec says and where; a pattern would read a long name many times."""
    what, _, path = message.rpartition(" - at ")
    path = path.removeprefix("`key` in ")
    plain = what and path[:1] == path[-1:] == "`" and "`" not in path[1:-1]
    return (what, path[1:-1] or "$") if plain else (message, "$")


def _pointer(path: str) -> str:
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def _resolve(value: Any, pointer: str) -> dict[str, Any] | None:
    """The object at a pointer; None if there is none."""
    for step in pointer.split("/")[1:]:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _shown(name: str) -> str:
    """A field's name where it can be one; anything else may be a value in the wrong place."""
    return name if _NAME.fullmatch(name) else "(a name that is not repeated here)"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def as_invalid_input(error: msgspec.ValidationError, kind: Any) -> InvalidInput:
    """What is wrong and where, in our words; ``kind`` is the type that was read."""
    what, path = _split(str(error))
    pointer = _pointer(path)
    unknown = _UNKNOWN_FIELD.match(what)
    if unknown:
        return InvalidInput(
            "a field here is unknown and cannot be left out, or too many are",
            pointer,
        )
    missing = _MISSING_FIELD.match(what)
    if missing:
        return InvalidInput("this field is required", f"{pointer}/{missing['name']}")
    if what.startswith("/"):  # a block's own check names its field first
        field, _, what = what.partition(" ")
        pointer += field
    if _REPEATS_VALUE.match(what):
        allowed = allowed_values(kind, pointer)
        what = f"must be one of {', '.join(allowed)}" if allowed else "this value is not allowed"
    elif _NOT_OF_FORM.match(what):
        what = f"must be {_form(kind, pointer) or 'of another form'}"
    return InvalidInput(_plain(what), pointer)


def allowed_values(kind: Any, pointer: str) -> list[str]:
    """The texts that may stand at a pointer, from the type's JSON schema; none if it is no list."""
    found = [
        value
        for place in _places(kind, pointer)
        for value in place.get("enum", ())
        if isinstance(value, str)
    ]
    return list(dict.fromkeys(found))


def _form(kind: Any, pointer: str) -> str:
    """What must stand at a pointer in words, or what a name there must be."""
    for place in _places(kind, pointer):
        words = place.get("description") or place.get("propertyNames", {}).get("description")
        if words and "pattern" in (place.get("propertyNames") or place):
            return str(words)
    return ""


def _places(kind: Any, pointer: str) -> list[dict[str, Any]]:
    """The parts of a type's JSON schema that a pointer may mean."""
    schema = msgspec.json.schema(kind)
    places = alternatives(schema, schema)
    for step in pointer.split("/")[1:]:
        places = [
            inner
            for place in places
            for inner in alternatives(place.get("properties", {}).get(step, {}), schema)
        ]
    return places


def alternatives(place: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A place in a schema, or all that it may be, references followed."""
    if "$ref" in place:
        place = schema["$defs"][place["$ref"].rpartition("/")[2]]
    if "anyOf" in place:
        return [inner for one in place["anyOf"] for inner in alternatives(one, schema)]
    return [place]
