"""Folding into objects: what an entry does to the stored objects of a set of series.

Every store that keeps `features.state.shapes` as objects uses this; it says how an object
is found, and gets it back marked as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from features.facts import Entry
from features.routing import Router
from features.series import Series

#: Finds the object of a part (a series, or its anchors) and token, to be changed.
Find = Callable[[str, Series, str], Any]


class Folder:
    """Folds entries into the objects of some series."""

    def __init__(self, series: Iterable[Series]) -> None:
        self.series = tuple(series)
        self._router = Router(self.series)

    def fold(self, entry: Entry, find: Find) -> None:
        """Does to every object what the entry does to it."""
        fields = entry.fields()
        for series, token, occurred_at, value in self._router.updates(entry, fields):
            find(series.digest, series, token).fold(entry.known_at, occurred_at, value)
        customer = entry.customer
        if not customer:
            return
        for series, used in self._router.entering(entry, fields):
            anchor = find(series.anchors, series, customer)
            changes = anchor.enter(entry.known_at, entry.occurred_at, used)
            self._apply(series, entry.known_at, customer, changes, find)
        if entry.kind == "label":
            kind, status = str(entry.facts.get("label")), str(entry.facts.get("status"))
            for series in self._router.anchored:
                anchor = find(series.anchors, series, customer)
                changes = anchor.label(entry.known_at, kind, status)
                self._apply(series, entry.known_at, customer, changes, find)

    def touched(self, entry: Entry) -> Iterator[tuple[str, Series, str]]:
        """The objects that folding an entry is known to change: part, series and token.

        What a label changes besides its customer's anchors, only these tell.
        """
        fields = entry.fields()
        for series, token, _, _ in self._router.updates(entry, fields):
            yield series.digest, series, token
        if not entry.customer:
            return
        for series, used in self._router.entering(entry, fields):
            yield series.anchors, series, entry.customer
            if used is not None:
                yield series.digest, series, used
        if entry.kind == "label":
            for series in self._router.anchored:
                yield series.anchors, series, entry.customer

    @staticmethod
    def _apply(series: Series, known_at: int, customer: str, changes: Any, find: Find) -> None:
        for token, values in changes:
            find(series.digest, series, token).apply(known_at, customer, values)
