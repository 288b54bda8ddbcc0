"""Repeated names: a JSON object in which a field stands twice means one thing here, another there.

Parsers take the first, the last or both (RFC 8259, section 4), so whoever looked at a body before
us may have looked at another value than we do. Such a body is refused.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

_decode = msgspec.json.Decoder().decode


def find(body: bytes) -> tuple[str | int, ...] | None:
    """The names and indexes that lead to the first of them; None if every name is there once.

    The body must be valid JSON.

    >>> find(b'{"ip": {"country": "PT", "country": "KP"}}')
    ('ip', 'country')
    >>> find(b'[{"note": "a: b"}, {"note": 1}]')
    """
    if _colons(body) == _fields((_decode(body),)):
        return None
    return next(_walk(json.loads(body, object_pairs_hook=_marked, parse_int=float), ()), None)


def beside(body: bytes, values: Iterable[bytes]) -> int:
    """How many fields a body has outside of some values that stand in it, repeated ones too.

    >>> beside(b'{"events": [{"id": 1}], "events": []}', [b'{"id": 1}'])
    2
    """
    return _colons(body) - sum(map(_colons, values))


def _colons(body: bytes) -> int:
    """How many fields are written: a colon outside of texts stands for each."""
    plain = body if b"\\" not in body else body.replace(rb"\\", b"").replace(rb"\"", b"")
    return b"".join(plain.split(b'"')[::2]).count(b":")


def _fields(values: Iterable[Any]) -> int:
    """How many are left where each name counts once."""
    count = 0
    for value in values:
        if type(value) is dict:
            count += len(value) + _fields(value.values())
        elif type(value) is list:
            count += _fields(value)
    return count


class _Marked(dict[str, Any]):
    """An object, and the name that stands in it twice."""

    repeated: str | None = None


def _marked(pairs: list[tuple[str, Any]]) -> _Marked:
    marked = _Marked(pairs)
    if len(marked) < len(pairs):
        marked.repeated = Counter(name for name, _ in pairs).most_common(1)[0][0]
    return marked


def _walk(
    value: _Marked | list[Any], place: tuple[str | int, ...]
) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, _Marked) and value.repeated is not None:
        yield (*place, value.repeated)
    inside: Iterable[tuple[str | int, Any]] = (
        value.items() if isinstance(value, _Marked) else enumerate(value)
    )
    for step, inner in inside:
        if isinstance(inner, _Marked | list):
            yield from _walk(inner, (*place, step))
