"""Folding: what one entry does to the series of a catalogue.

The same for every store: which series an entry belongs to, under which token,
and with which value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from features.fact_types import Value
from features.facts import Entry
from features.online import picked
from features.series import Series

OCCURRED = "occurred_at"
Fields = Mapping[str, Value | None]


class Update(NamedTuple):
    """One entry's contribution to one plain series; ``value`` is a row of fields for recent."""

    series: Series
    token: str
    occurred_at: int
    value: Value | tuple[Value | None, ...]


class Router:
    """Sorts series by the kinds of entry they take and by what they are grouped by, once."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._plain: dict[str, dict[tuple[str, ...], list[Series]]] = {}
        self._anchored: dict[str, list[Series]] = {}
        self.anchored: list[Series] = []
        for one in series:
            anchored = one.shape in ("matured", "linked")
            self.anchored += [one] * anchored
            for kind in one.events:
                if anchored:
                    self._anchored.setdefault(kind, []).append(one)
                else:
                    self._plain.setdefault(kind, {}).setdefault(one.by, []).append(one)

    def updates(self, entry: Entry, fields: Fields) -> Iterator[Update]:
        """The contributions to all series that need no anchor."""
        for by, grouped in self._plain.get(entry.kind, {}).items():
            token = picked(fields, by)
            if token is None:
                continue
            for series in grouped:
                if series.where and not _holds(series, fields):
                    continue
                occurred_at = entry.known_at if series.of_labels else entry.occurred_at
                if series.fields:
                    row = tuple(
                        occurred_at if name == OCCURRED else fields.get(name)
                        for name in series.fields
                    )
                    yield Update(series, token, occurred_at, row)
                    continue
                value = fields.get(series.value) if series.value else 1
                if value is not None and value != "":
                    yield Update(series, token, occurred_at, value)

    def entering(self, entry: Entry, fields: Fields) -> Iterator[tuple[Series, str | None]]:
        """The series anchored to customers that the entry may enter, with their tokens."""
        for series in self._anchored.get(entry.kind, ()):
            if _holds(series, fields):
                yield series, picked(fields, series.by)


def _holds(series: Series, fields: Fields) -> bool:
    return all(fields.get(name) in values for name, values in series.where)
