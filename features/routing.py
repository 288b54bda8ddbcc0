"""Folding: what one entry does to the series of a catalogue.

The same for every store: which series an entry belongs to, under which token,
and with which value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from features.fact_types import Value
from features.facts import Entry
from features.online import picked
from features.series import Series


class Update(NamedTuple):
    """One entry's contribution to one plain series."""

    series: Series
    token: str
    value: Value


class Router:
    """Sorts series by the kinds of entry they take, once; then finds those of an entry."""

    def __init__(self, series: Iterable[Series]) -> None:
        self._plain: dict[str, list[Series]] = {}
        self._matured: dict[str, list[Series]] = {}
        self.matured: list[Series] = []
        for one in series:
            target = self._plain
            if one.shape == "matured":
                target = self._matured
                self.matured.append(one)
            for kind in one.events:
                target.setdefault(kind, []).append(one)

    def updates(self, entry: Entry) -> Iterator[Update]:
        """The contributions to series of times, members, sums, last times and days."""
        for series in self._plain.get(entry.kind, ()):
            token = picked(entry, series.by)
            if token is None or not self._holds(series, entry):
                continue
            value = entry.field(series.value) if series.value else 0
            if value is not None and value != "":
                yield Update(series, token, value)

    def entering(self, entry: Entry) -> Iterator[Series]:
        """The matured series into which the entry may bring its customer."""
        if entry.customer:
            for series in self._matured.get(entry.kind, ()):
                if self._holds(series, entry):
                    yield series

    @staticmethod
    def _holds(series: Series, entry: Entry) -> bool:
        return all(entry.field(name) == value for name, value in series.where)
