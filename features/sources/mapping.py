"""Mappings: a TOML file says how one row of somebody's table fills events and labels.

    [[event]]
    kind = "signup"
    id = "{user_id}-signup"
    customer = "{user_id}"
    occurred_at = { column = "signed_up", time = "%Y-%m-%d %H:%M", zone = "UTC" }
    device.id = "{device}"

    [[label]]
    id = "{user_id}-label"
    customer = "{user_id}"
    label = { column = "class", values = { "1" = "stolen_instrument", "0" = "legitimate" } }
    occurred_at = { column = "signed_up", time = "%Y-%m-%d %H:%M", zone = "UTC" }

Fields are those of the events (`features.events`), dotted where they lie in a
block. A further one, ``known_at``, says when the row became known; without it an
event is known when it occurred, and a label when its kind has matured.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from features import identifiers
from features.card_numbers import holds_card_number
from features.domain import CLOUD, Domain
from features.errors import CardNumberRefused, InvalidDeclaration, InvalidInput
from features.events import Ingestible, Label
from features.fact_types import FactType
from features.facts import microseconds
from features.parsing import alternatives, as_invalid_input
from features.sources.transforms import Row, Transform, compile_transform

_KINDS: dict[str, Any] = {str(kind.__struct_config__.tag): kind for kind in Ingestible.__args__}


class Told(NamedTuple):
    """An event or label, and when it became known by the mapping, in microseconds."""

    what: Ingestible | Label
    known_at: int


class _Target(NamedTuple):
    """One event or label of a mapping: its type and a transform per field."""

    name: str
    type: Any
    fields: tuple[tuple[tuple[str, ...], Transform], ...]
    known_at: Transform | None


class Mapping:
    """A compiled mapping to a domain. Raises `InvalidDeclaration` with the place in the file."""

    def __init__(
        self, written: dict[str, Any], folders: tuple[Path, ...], domain: Domain = CLOUD
    ) -> None:
        self._domain = domain
        unknown = set(written) - {"event", "label"}
        if unknown:
            raise InvalidDeclaration(
                f"a mapping has tables [[event]] and [[label]] and no {', '.join(sorted(unknown))}"
            )
        for section, tables in written.items():
            if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
                raise InvalidDeclaration(f"{section} is written as a table: [[{section}]]")
        self._targets = tuple(
            _target(table, section, number, folders, domain)
            for section in ("event", "label")
            for number, table in enumerate(written.get(section, ()), start=1)
        )
        if not self._targets:
            raise InvalidDeclaration("the mapping fills nothing: add an [[event]] or a [[label]]")

    @classmethod
    def load(cls, path: Path, data_folder: Path | None = None, domain: Domain = CLOUD) -> Mapping:
        """Reads a TOML file; files of ranges lie beside it or in ``data_folder``."""
        try:
            written = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise InvalidDeclaration(f"cannot read the mapping {path} ({error.strerror})") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise InvalidDeclaration(f"the mapping {path} is not valid TOML: {error}") from None
        folders = (path.parent, *(() if data_folder is None else (data_folder,)))
        return cls(written, folders, domain)

    def tell(self, row: Row) -> list[Told]:
        """All that one row says; raises `InvalidInput` if any part of it cannot be read."""
        if holds_card_number(" | | ".join(map(str, row.values())).encode()):
            raise CardNumberRefused("the row holds a full card number")
        return [told for target in self._targets for told in _fill(target, row, self._domain)]


def _target(
    table: dict[str, Any], section: str, number: int, folders: tuple[Path, ...], domain: Domain
) -> _Target:
    place = f"[[{section}]] number {number}"
    fields = dict(table)
    kind: Any = Label
    if section == "event":
        name = fields.pop("kind", None)
        kind = _KINDS.get(name) if isinstance(name, str) else None
        if kind is None:
            raise InvalidDeclaration(f"{place}: kind must be one of {', '.join(_KINDS)}")
    known_at = fields.pop("known_at", None)
    flat = dict(_flatten(fields))
    unknown = [".".join(path) for path in flat if not _has(kind, path, domain)]
    if unknown:
        raise InvalidDeclaration(f"{place} fills {', '.join(sorted(unknown))}, which it has not")
    required = {"id", "occurred_at"} | ({"customer", "label"} if section == "label" else set())
    missing = required - {path[0] for path in flat}
    if missing:
        raise InvalidDeclaration(f"{place} needs {', '.join(sorted(missing))}")
    return _Target(
        place,
        kind,
        tuple(
            (path, compile_transform(written, f"{place}, {'.'.join(path)}", folders))
            for path, written in flat.items()
        ),
        None if known_at is None else compile_transform(known_at, f"{place}, known_at", folders),
    )


_BLOCKS = frozenset(
    (
        "contact",
        "company",
        "address",
        "ip",
        "device",
        "card",
        "session",
        "order",
        "identifiers",
        "attributes",
    )
)
_TRUTHS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_MONEY = frozenset(("total", "cost", "budget", "credit_limit"))


def _flatten(
    table: dict[str, Any], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Fields with their path: blocks and amounts are entered, transforms are not."""
    for name, written in table.items():
        if isinstance(written, dict) and (
            (not above and name in _BLOCKS) or (name in _MONEY and "amount" in written)
        ):
            yield from _flatten(written, (*above, name))
        else:
            yield (*above, name), written


def _has(kind: Any, path: tuple[str, ...], domain: Domain) -> bool:
    """Whether a type of event or label has a field at a path."""
    if path[0] in ("identifiers", "attributes"):
        known = path[0] == "attributes" or path[-1] in domain.identifiers
        return path[0] in kind.__struct_fields__ and len(path) == 2 and known
    schema = msgspec.json.schema(kind)
    return all(step in place for step, place in zip(path, _fields(schema, path), strict=True))


def _fields(schema: dict[str, Any], path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The fields there are at each step of a path."""
    places = alternatives(schema, schema)
    for step in path:
        fields = {
            name: inner for one in places for name, inner in one.get("properties", {}).items()
        }
        yield fields
        places = alternatives(fields.get(step, {}), schema)


def _fill(target: _Target, row: Row, domain: Domain) -> Iterator[Told]:
    body: dict[str, Any] = {}
    for path, transform in target.fields:
        try:
            value = transform(row)
        except InvalidInput as error:
            raise InvalidInput(error.message, "/" + "/".join(path)) from None
        if value is None:
            continue
        inner = body
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
    if target.type is Label and "label" not in body:
        return
    for name in ("id", "occurred_at"):
        if name not in body:
            raise InvalidInput("the row has no value for this field", f"/{name}")
    if "attributes" in body:
        body["attributes"] = {
            name: _read(value, domain.facts.get(name)) for name, value in body["attributes"].items()
        }
    try:
        what = msgspec.convert(
            {**body, "kind": target.type.__struct_config__.tag}
            if target.type is not Label
            else body,
            target.type,
            strict=False,
        )
    except msgspec.ValidationError as error:
        raise as_invalid_input(error, target.type) from None
    identifiers.check(what)
    domain.check(what)
    yield Told(what, _known_at(target, what, row, domain))


def _known_at(target: _Target, what: Any, row: Row, domain: Domain) -> int:
    occurred_at: datetime = what.occurred_at
    if target.known_at is not None:
        known = target.known_at(row)
        if not isinstance(known, datetime) or known.tzinfo is None:
            raise InvalidInput("the row has no time with a zone for this field", "/known_at")
        return max(microseconds(known), microseconds(occurred_at))
    if isinstance(what, Label):
        occurred_at += timedelta(days=domain.matures_after(what.label))
    return microseconds(occurred_at)


def _read(value: Any, fact: FactType | None) -> Any:
    """A text as what the fact of its name is; a free attribute is a number where it can be one."""
    if fact is not None and fact.type is str:
        return value
    if fact is not None and fact.is_truth and isinstance(value, str):
        return _TRUTHS.get(value.strip().lower(), value)
    return _number(value)


def _number(value: Any) -> Any:
    """A number where a text is one, so that a CSV's attributes are what a JSON body's would be."""
    if not isinstance(value, str):
        return value
    try:
        number = float(value)
    except ValueError:
        return value
    return number if number == number and abs(number) != float("inf") else value
