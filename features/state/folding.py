"""Folding into objects: what an entry does to the stored objects of a set of series.

Every store that keeps `features.state.shapes` as objects uses this; it says how an object
is found, and gets it back marked as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from features.facts import Entry
from features.routing import Router, Update
from features.series import Series
from features.state.shapes.stored import Change

#: Finds the object of a part (a series, or its anchors) and token, to be changed.
Find = Callable[[str, Series, str], Any]


class Objects(Protocol):
    """The objects of a store, as a fold changes them."""

    def fold(
        self, by: tuple[str, ...], token: str, known_at: int, updates: Iterable[Update]
    ) -> None:
        """All that one entry does to the plain series under one token."""

    def enter(
        self, series: Series, customer: str, known_at: int, occurred_at: int, token: str | None
    ) -> Iterable[Change]:
        """An event of a customer, for an anchored series; what it does to the token."""

    def change(self, name: str, series: Series, token: str) -> Any:
        """The object of a part and token, to be changed."""


class OneByOne:
    """Objects of a store that finds each by itself."""

    def __init__(self, find: Find) -> None:
        self.change = find

    def fold(
        self, by: tuple[str, ...], token: str, known_at: int, updates: Iterable[Update]
    ) -> None:
        """All that one entry does to the plain series under one token."""
        for series, occurred_at, value in updates:
            self.change(series.digest, series, token).fold(known_at, occurred_at, value)

    def enter(
        self, series: Series, customer: str, known_at: int, occurred_at: int, token: str | None
    ) -> Iterable[Change]:
        """An event of a customer, for an anchored series; what it does to the token."""
        anchor = self.change(series.anchors, series, customer)
        changes: Iterable[Change] = anchor.enter(known_at, occurred_at, token)
        return changes


class Folder:
    """Folds entries into the objects of some series."""

    def __init__(self, series: Iterable[Series]) -> None:
        self.series = tuple(series)
        self._router = Router(self.series)

    def fold(self, entry: Entry, objects: Objects) -> None:
        """Does to every object what the entry does to it."""
        known_at, customer = entry.known_at, entry.customer or ""
        for by, token, updates, entering in self._router.shares(entry, entry.fields()):
            if updates and token is not None:
                objects.fold(by, token, known_at, updates)
            for series in entering:
                changes = objects.enter(series, customer, known_at, entry.occurred_at, token)
                _apply(series, known_at, customer, changes, objects)
        if entry.kind == "label" and customer:
            kind, status = str(entry.facts.get("label")), str(entry.facts.get("status"))
            for series in self._router.anchored:
                anchor = objects.change(series.anchors, series, customer)
                changes = anchor.label(known_at, kind, status)
                _apply(series, known_at, customer, changes, objects)

    def touched(self, entry: Entry) -> Iterator[tuple[str, Series, str]]:
        """The objects that folding an entry is known to change: part, series and token.

        What a label changes besides its customer's anchors, only these tell.
        """
        for _, token, updates, entering in self._router.shares(entry, entry.fields()):
            for series in [*[update[0] for update in updates], *entering]:
                if token is not None:
                    yield series.digest, series, token
            for series in entering:
                yield series.anchors, series, str(entry.customer)
        if entry.kind == "label" and entry.customer:
            for series in self._router.anchored:
                yield series.anchors, series, entry.customer


def _apply(
    series: Series, known_at: int, customer: str, changes: Iterable[Change], objects: Objects
) -> None:
    for token, values in changes:
        objects.change(series.digest, series, token).apply(known_at, customer, values)
