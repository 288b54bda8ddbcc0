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
from features.series import Condition, Series

OCCURRED = "occurred_at"
Fields = Mapping[str, Value | None]


#: One entry's contribution to one plain series: series, token, when it occurred, and the
#: value, which for recent is a row of fields.
Update = tuple[Series, str, int, Value | tuple[Value | None, ...]]


class _Route(NamedTuple):
    """What is asked of an entry for one series, where it stands at hand."""

    series: Series
    where: Condition
    of_labels: bool
    fields: tuple[str, ...]
    value: str


class Router:
    """Sorts series by the kinds of entry they take and by what they are grouped by, once."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._plain: dict[str, dict[tuple[str, ...], list[_Route]]] = {}
        self._anchored: dict[str, list[Series]] = {}
        self.anchored: list[Series] = []
        for one in series:
            anchored = one.shape in ("matured", "linked")
            self.anchored += [one] * anchored
            for kind in one.events:
                if anchored:
                    self._anchored.setdefault(kind, []).append(one)
                else:
                    self._plain.setdefault(kind, {}).setdefault(one.by, []).append(_route(one))

    def updates(self, entry: Entry, fields: Fields) -> Iterator[Update]:
        """The contributions to all series that need no anchor."""
        for by, grouped in self._plain.get(entry.kind, {}).items():
            token = picked(fields, by)
            if token is None:
                continue
            for series, where, of_labels, named, counted in grouped:
                if where and not _holds(where, fields):
                    continue
                occurred_at = entry.known_at if of_labels else entry.occurred_at
                if named:
                    row = tuple(
                        [occurred_at if one == OCCURRED else fields.get(one) for one in named]
                    )
                    yield series, token, occurred_at, row
                    continue
                value = fields.get(counted) if counted else 1
                if value is not None and value != "":
                    yield series, token, occurred_at, value

    def entering(self, entry: Entry, fields: Fields) -> Iterator[tuple[Series, str | None]]:
        """The series anchored to customers that the entry may enter, with their tokens."""
        for series in self._anchored.get(entry.kind, ()):
            if not series.where or _holds(series.where, fields):
                yield series, picked(fields, series.by)


def _route(series: Series) -> _Route:
    return _Route(series, series.where, series.of_labels, series.fields, series.value)


def _holds(where: Condition, fields: Fields) -> bool:
    for name, values in where:  # noqa: SIM110 - a generator costs thrice as much
        if fields.get(name) not in values:
            return False
    return True
