"""Folding: what one entry does to the series of a catalogue.

The same for every store: which series an entry belongs to, under which token,
and with which value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from features.fact_types import Value
from features.facts import Entry
from features.online import alone, picked
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
    """All series of one kind of entry and one ``by``; ``field`` is its field where it is one."""

    field: str
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
                grouped = self._kinds.setdefault(kind, {}).setdefault(one.by, _grouped(one.by))
                if anchored:
                    grouped.anchored.append(one)
                else:
                    grouped.plain.append(_route(one))

    def shares(self, entry: Entry, fields: Fields) -> Iterator[Share]:
        """What the entry does, ``by`` for ``by``; nobody is anchored by what has no customer."""
        known_at, happened_at = entry.known_at, entry.occurred_at
        known = fields.get
        for by, (field, plain, anchored) in self._kinds.get(entry.kind, {}).items():
            token = alone(known(field)) if field else picked(fields, by)
            if token is None and not anchored:
                continue
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
                value = known(counted) if counted else 1
                if value is not None and value != "":
                    updates.append((series, occurred_at, value))
            entering: list[Series] = []
            for series in anchored if entry.customer else ():
                # One is new only once, even where it has no token.
                enters = token is not None or series.shape == "matured"
                if enters and (not series.where or _holds(series.where, fields)):
                    entering.append(series)
            yield by, token, updates, entering


def _grouped(by: tuple[str, ...]) -> _Grouped:
    return _Grouped(by[0] if len(by) == 1 else "", [], [])


def _route(series: Series) -> _Route:
    return _Route(series, series.where, series.of_labels, series.fields, series.value)


def _holds(where: Condition, fields: Fields) -> bool:
    for name, values in where:  # noqa: SIM110 - a generator costs thrice as much
        if fields.get(name) not in values:
            return False
    return True
