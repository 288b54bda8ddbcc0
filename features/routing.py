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


#: One entry's contribution to one plain series: when it occurred, and the value, which for
#: recent is a row of fields.
Update = tuple[Series, int, Value | tuple[Value | None, ...]]
#: What an entry does under one ``by``: its token, its updates there, and the series anchored to
#: customers that it may enter.
Share = tuple[tuple[str, ...], str | None, list[Update], list[Series]]


class _Route(NamedTuple):
    """What is asked of an entry for one series, where it stands at hand."""

    series: Series
    where: Condition
    of_labels: bool
    fields: tuple[str, ...]
    value: str


class _Grouped(NamedTuple):
    """All series of one kind of entry and one ``by``."""

    plain: list[_Route]
    anchored: list[Series]


class Router:
    """Sorts series by the kinds of entry they take and by what they are grouped by, once."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._kinds: dict[str, dict[tuple[str, ...], _Grouped]] = {}
        self.anchored: list[Series] = []
        for one in series:
            anchored = one.shape in ("matured", "linked")
            self.anchored += [one] * anchored
            for kind in one.events:
                grouped = self._kinds.setdefault(kind, {}).setdefault(one.by, _Grouped([], []))
                if anchored:
                    grouped.anchored.append(one)
                else:
                    grouped.plain.append(_route(one))

    def shares(self, entry: Entry, fields: Fields) -> Iterator[Share]:
        """What the entry does, ``by`` for ``by``; nobody is anchored by what has no customer."""
        known_at, happened_at = entry.known_at, entry.occurred_at
        for by, (plain, anchored) in self._kinds.get(entry.kind, {}).items():
            token = picked(fields, by)
            updates: list[Update] = []
            for series, where, of_labels, named, counted in plain if token is not None else ():
                if where and not _holds(where, fields):
                    continue
                occurred_at = known_at if of_labels else happened_at
                if named:
                    row = tuple(
                        [occurred_at if one == OCCURRED else fields.get(one) for one in named]
                    )
                    updates.append((series, occurred_at, row))
                    continue
                value = fields.get(counted) if counted else 1
                if value is not None and value != "":
                    updates.append((series, occurred_at, value))
            entering = anchored
            if anchored:
                entering = [
                    one for one in anchored if entry.customer and _enters(one, token, fields)
                ]
            yield by, token, updates, entering


def _route(series: Series) -> _Route:
    return _Route(series, series.where, series.of_labels, series.fields, series.value)


def _enters(series: Series, token: str | None, fields: Fields) -> bool:
    """Whether a customer enters; one is new only once, even where it has no token."""
    if token is None and series.shape != "matured":
        return False
    return not series.where or _holds(series.where, fields)


def _holds(where: Condition, fields: Fields) -> bool:
    for name, values in where:  # noqa: SIM110 - a generator costs thrice as much
        if fields.get(name) not in values:
            return False
    return True
