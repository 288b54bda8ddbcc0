"""Transforms: the small fixed set of ways in which a value of a foreign row is read.

    constant = "USD"                                  always this
    column = "total"                                  as it stands
    template = "{user_id}-signup"                     columns put together
    column + time = "%m/%d/%Y %H:%M", zone = "UTC"    a time in that format and zone
    column + number_to_ipv4 = true                    732758368.8 is 43.173.1.96
    column + values = { "1" = "fraud", "0" = "" }     a table of values, an empty one unknown
    column + range = { file, low, high, value }       looked up in a file of ranges
    after = { ... time ... }, delay = 3, unit = "days"    or delay = { column = "hours" }

An empty value is unknown and leaves its field out.
"""

from __future__ import annotations

import bisect
import csv
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from features.errors import InvalidDeclaration, InvalidInput

Row = Mapping[str, Any]
Transform = Callable[[Row], Any]

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def compile_transform(written: Any, place: str, folders: tuple[Path, ...]) -> Transform:
    """The transform of one field as written in a mapping; a plain text is a template.

    ``folders`` are searched for files of ranges. Raises `InvalidDeclaration`.
    """
    if isinstance(written, str):
        return _template(written, place)
    if not isinstance(written, dict):
        return lambda _row: written
    table = dict(written)
    if "constant" in table:
        constant = table.pop("constant")
        return _done(table, place, lambda _row: constant)
    if "template" in table:
        return _done(table, place, _template(table.pop("template"), place))
    if "after" in table:
        return _delay(table, place, folders)
    if "column" not in table:
        raise InvalidDeclaration(f"{place} says neither column, constant, template nor after")
    read = _column(table.pop("column"))
    if "time" in table:
        return _done(table, place, _time(read, table.pop("time"), table.pop("zone", None), place))
    if table.pop("number_to_ipv4", False):
        return _done(table, place, _number_to_ipv4(read))
    if "values" in table:
        return _done(table, place, _values(read, table.pop("values"), place))
    if "range" in table:
        return _done(table, place, _range(read, table.pop("range"), place, folders))
    return _done(table, place, read)


def _done(left: dict[str, Any], place: str, transform: Transform) -> Transform:
    if left:
        raise InvalidDeclaration(f"{place} does not go together with {', '.join(left)}")
    return transform


def _column(name: str) -> Transform:
    def read(row: Row) -> Any:
        try:
            value = row[name]
        except KeyError:
            raise InvalidInput(f"there is no column {name}") from None
        if isinstance(value, str):
            value = value.strip()
        return None if value in ("", None) else value

    return read


def _template(text: object, place: str) -> Transform:
    """Only plain ``{column}`` fields: a template that formats or reaches into values is refused."""
    try:
        parts = list(Formatter().parse(str(text)))
    except ValueError as error:
        raise InvalidDeclaration(f"{place}: the template cannot be read ({error})") from None
    if any(form or conversion or name == "" for _, name, form, conversion in parts):
        raise InvalidDeclaration(f"{place}: a template holds text and {{column}}, nothing else")
    readers = [(before, None if name is None else _column(name)) for before, name, _, _ in parts]

    def fill(row: Row) -> str | None:
        filled = []
        for before, read in readers:
            filled.append(before)
            if read is not None:
                value = read(row)
                if value is None:
                    return None
                filled.append(str(value))
        return "".join(filled)

    return fill


def _time(read: Transform, form: str, zone: str | None, place: str) -> Transform:
    try:
        where = None if zone is None else ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidDeclaration(f"{place} names the unknown time zone {zone}") from None

    def parse(row: Row) -> datetime | None:
        value = read(row)
        if value is None:
            return None
        if isinstance(value, datetime):
            moment = value
        else:
            try:
                moment = (
                    datetime.fromisoformat(str(value))
                    if form == "iso"
                    else datetime.strptime(str(value), form)
                )
            except ValueError:
                raise InvalidInput(f"the time is not of the form {form}") from None
        if moment.tzinfo is None:
            if where is None:
                raise InvalidInput("the time has no zone: name one in the mapping (zone = ...)")
            moment = moment.replace(tzinfo=where)
        return moment

    return parse


def _number_to_ipv4(read: Transform) -> Transform:
    def convert(row: Row) -> str | None:
        value = read(row)
        if value is None:
            return None
        try:
            number = int(float(value))
        except (ValueError, OverflowError):
            raise InvalidInput("the address is not a number") from None
        if not 0 <= number < 2**32:
            raise InvalidInput("the number is not an IPv4 address")
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))

    return convert


def _values(read: Transform, table: Any, place: str) -> Transform:
    if not isinstance(table, dict):
        raise InvalidDeclaration(f"{place}: values is a table, such as {{ '1' = 'fraud' }}")

    def look_up(row: Row) -> Any:
        value = read(row)
        if value is None:
            return None
        try:
            return table[str(value)] or None
        except KeyError:
            raise InvalidInput(
                f"the value is none of {', '.join(map(repr, table))} that the mapping knows"
            ) from None

    return look_up


def _range(
    read: Transform, table: dict[str, str], place: str, folders: tuple[Path, ...]
) -> Transform:
    """Ranges are read once, sorted by their lower ends; a value in none is unknown."""
    missing = {"file", "low", "high", "value"} - set(table if isinstance(table, dict) else ())
    if missing:
        raise InvalidDeclaration(f"{place}: a range needs {', '.join(sorted(missing))}")
    path = next(
        (folder / table["file"] for folder in folders if (folder / table["file"]).is_file()), None
    )
    if path is None:
        raise InvalidDeclaration(
            f"{place}: there is no file {table['file']} beside the mapping or the data"
        )
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            ranges = sorted(
                (float(row[table["low"]]), float(row[table["high"]]), row[table["value"]])
                for row in csv.DictReader(file)
            )
    except (KeyError, ValueError) as error:
        raise InvalidDeclaration(f"{place}: {path.name} is no file of ranges ({error})") from None
    lows = [low for low, _, _ in ranges]

    def find(row: Row) -> str | None:
        value = read(row)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            raise InvalidInput("the value looked up is not a number") from None
        index = bisect.bisect_right(lows, number) - 1
        return ranges[index][2] if index >= 0 and number <= ranges[index][1] else None

    return find


def _delay(table: dict[str, Any], place: str, folders: tuple[Path, ...]) -> Transform:
    start = compile_transform(table.pop("after"), f"{place}.after", folders)
    written = table.pop("delay", None)
    unit = table.pop("unit", "days")
    if written is None or unit not in _UNITS:
        raise InvalidDeclaration(f"{place} needs a delay, in {', '.join(_UNITS)} (unit = ...)")
    length = compile_transform(written, f"{place}.delay", folders)

    def later(row: Row) -> datetime | None:
        moment, amount = start(row), length(row)
        if moment is None or amount is None:
            return None
        try:
            return moment + timedelta(seconds=float(amount) * _UNITS[unit])  # type: ignore[no-any-return]
        except (TypeError, ValueError, OverflowError):
            raise InvalidInput("the delay cannot be added to the time") from None

    return _done(table, place, later)
