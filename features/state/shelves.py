"""Shelves: the objects of each series in memory, and which of them the file has not seen."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import apsw

from features.routing import Update
from features.series import Series
from features.state.asking import Asked, asked
from features.state.file import Row, StateFile
from features.state.protocol import Blocks, Held, StateDamaged, StateUnavailable, Tokens
from features.state.shapes.stored import Change
from features.state.shelf import (
    FOREVER,
    NOT_MADE,
    OF_ANCHORS,
    Changed,
    Changes,
    Drawer,
    Shelf,
    once,
    parts,
    row,
    unpacked,
)

_BATCH = 50  # objects encoded while the engine waits: about 0.1 ms
_CROWDED = 200_000  # changes before those of the same object are looked for: many flushes' worth
_NO_DRAWER: Mapping[str, Any] = {}


class Shelves:
    """All shelves of one state, over its file. Whoever calls holds the state's lock."""

    def __init__(self, file: StateFile, most: int) -> None:
        self._file, self._most = file, most
        self._shelves: dict[str, Shelf] = {}
        self._cabinets: dict[tuple[str, ...], dict[str, Drawer]] = {}
        self._known_blocks: dict[int, tuple[Blocks, list[Asked]]] = {}
        self._changed: list[Changed] = []
        self._crowded = _CROWDED
        self._objects = 0
        self._life = self._written_life = 0

    def add(self, series: Series, *, shown: bool) -> None:
        """Keeps the objects of a series; what is not shown answers nothing."""
        self._known_blocks = {}
        for part in parts(series):
            drawers = self._cabinets.setdefault(part.by, {})
            if part.name in self._shelves:
                self._objects -= sum(
                    drawer.pop(part.name, None) is not None for drawer in drawers.values()
                )
            self._shelves[part.name] = Shelf(part, series, shown, drawers)

    def show(self, series: Series) -> None:
        """A series has no hole any more."""
        self._shelves[series.digest].shown = True
        self._known_blocks = {}

    def parts(self) -> list[tuple[str, Series]]:
        """Names of the shelves, each with its series."""
        return [(name, shelf.series) for name, shelf in self._shelves.items()]

    def read(self, blocks: Blocks, tokens: Tokens, t: int) -> list[int | None]:
        """All integers of all blocks; unknown where a series is not kept, or has a hole."""
        answers: list[int | None] = []
        for by, drawers, found, unknown, nothing in self._asked(blocks):
            token = tokens[by]
            if token is None:
                answers += unknown
                continue
            drawer: Mapping[str, Any] | None = drawers.get(token)
            if drawer is None:
                if nothing is not None:
                    answers += nothing
                    continue
                drawer = _NO_DRAWER
            for name, arguments, empty in found:
                stored: Any = drawer.get(name)
                if stored.__class__ in NOT_MADE:
                    shelf = self._shelves.get(name)
                    if shelf is None or (stored is None and shelf.complete):
                        answers += empty
                        continue
                    stored = self._made(shelf, token, stored)
                answers += stored.read(t, arguments)
        return answers

    def _asked(self, blocks: Blocks) -> list[Asked]:
        """What blocks are read from, found once."""
        known = self._known_blocks.get(id(blocks))  # kept with them: no others get the same id
        if known is None:
            found = list(asked(blocks, self._shelves, self._cabinets))
            known = self._known_blocks[id(blocks)] = blocks, found
        return known[1]

    def find(self, name: str, token: str) -> Any:
        """An object to read; None where the series is not kept, or has a hole."""
        shelf = self._shelves.get(name)
        if shelf is None or not shelf.shown:
            return None
        stored = shelf.drawers.get(token, _NO_DRAWER).get(name)
        return self._made(shelf, token, stored) if stored.__class__ in NOT_MADE else stored

    def fold(
        self, by: tuple[str, ...], token: str, known_at: int, updates: Iterable[Update]
    ) -> None:
        """All that one entry does to the plain series under one token."""
        if len(self._changed) > self._crowded:
            self._changed = once(self._changed)
            self._crowded = max(_CROWDED, 2 * len(self._changed))
        drawer, changed = self._drawer(by, token), self._changed
        for series, occurred_at, value in updates:
            name = series.digest
            stored: Any = drawer.get(name)
            changed.append((name, token, drawer))
            if stored.__class__ in NOT_MADE:
                shelf = self._shelves[name]
                if stored is None and shelf.complete and shelf.begin is not None:
                    drawer[name] = shelf.begin(series, known_at, occurred_at, value)
                    self._objects += 1
                    continue
                stored = self._made(shelf, token, stored)
            stored.fold(known_at, occurred_at, value)

    def enter(
        self, series: Series, customer: str, known_at: int, occurred_at: int, token: str | None
    ) -> Iterable[Change]:
        """An event of a customer, for an anchored series; what it does to the token."""
        name = series.anchors
        drawer, shelf = self._drawer(OF_ANCHORS, customer), self._shelves[name]
        changes: Iterable[Change]
        stored = drawer.get(name)
        if stored is None and shelf.complete:
            self._changed.append((name, customer, drawer))
            self._objects += 1
            drawer[name], changes = shelf.begin(series, known_at, occurred_at, token)
        else:
            anchor = self.change(name, series, customer)
            changes = anchor.enter(known_at, occurred_at, token)
        return changes

    def change(self, name: str, series: Series, token: str) -> Any:
        """An object to change."""
        shelf = self._shelves[name]
        drawer = self._drawer(shelf.by, token)
        stored = drawer.get(name)
        if stored.__class__ in NOT_MADE:
            stored = self._made(shelf, token, stored)
        self._changed.append((name, token, drawer))
        return stored

    def _drawer(self, by: tuple[str, ...], token: str) -> Drawer:
        drawers = self._cabinets[by]
        drawer = drawers.get(token)
        if drawer is None:
            drawer = drawers[token] = {}
        return drawer

    def _made(self, shelf: Shelf, token: str, held: bytes | tuple[Any, ...] | None) -> Any:
        body = held
        if body is None and not shelf.complete:
            with translated():
                body = self._file.body(shelf.name, token)
        stored = shelf.made(body)
        self._put(shelf, token, stored)
        return stored

    def _put(self, shelf: Shelf, token: str, stored: Any) -> None:
        drawer = shelf.drawers.get(token)
        if drawer is None:
            drawer = shelf.drawers[token] = {}
        self._objects += shelf.name not in drawer
        drawer[shelf.name] = stored

    def load(self) -> None:
        """Takes what the file holds into memory, unless that is too much."""
        contents = self._file.contents(self._most // 2)
        if contents is None:
            return
        self._are_complete()
        for name, token, _, body in contents:
            if name in self._shelves:
                self._put(self._shelves[name], token, body)

    def _are_complete(self) -> None:
        for shelf in self._shelves.values():
            shelf.complete = True
        self._known_blocks = {}

    def held(self) -> Iterator[Held]:
        """Everything in the file."""
        for name, token, latest, body in self._file.rows():
            if name in self._shelves:
                upto, *content = unpacked(body)
                yield Held(name, token, upto, content, latest == FOREVER)

    def take(self) -> Changes:
        """All that has changed since the last time."""
        changed, self._changed = self._changed, []
        return Changes(changed, self._life, self._life != self._written_life)

    def put_back(self, changes: Changes) -> None:
        """It could not be written: it is written the next time."""
        if changes.life == self._life:
            self._changed = once([*changes.objects, *self._changed])

    def written(self, changes: Changes) -> bool:
        """It has been written; whether that still is what counts."""
        self._written_life = changes.life
        return changes.life == self._life

    def encoded(self, changes: Changes, lock: threading.Lock) -> Iterator[list[Row]]:
        """Rows for the file, a few at a time under the lock."""
        objects = iter(once(changes.objects))
        while batch := list(islice(objects, _BATCH)):
            with lock:
                rows = [
                    row(name, token, drawer.get(name), self._shelves[name].series.shape)
                    for name, token, drawer in batch
                ]
            yield [one for one in rows if one is not None]

    def make_room(self) -> None:
        """Lets objects that are safely in the file leave memory, the longest there first."""
        excess = self._objects - self._most
        if excess <= 0:
            return
        clean = list(islice(self._clean(), excess))
        for shelf, token in clean:
            del shelf.drawers[token][shelf.name]
            shelf.complete = False
            if not shelf.drawers[token]:
                del shelf.drawers[token]
        self._objects -= len(clean)
        self._known_blocks = {}

    def _clean(self) -> Iterator[tuple[Shelf, str]]:
        changed = {(name, token) for name, token, _ in self._changed}
        for drawers in self._cabinets.values():
            for token, drawer in drawers.items():
                for name in drawer:
                    if (name, token) not in changed:
                        yield self._shelves[name], token

    def empty(self) -> None:
        """Forgets all objects; what the file still holds does not count any more."""
        for drawers in self._cabinets.values():
            drawers.clear()
        self._are_complete()
        self._changed = []
        self._objects = 0
        self._life += 1


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLite as those of a state."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StateDamaged(str(error)) from error
    except apsw.Error as error:
        raise StateUnavailable(str(error)) from error
