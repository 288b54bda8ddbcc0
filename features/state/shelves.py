"""Shelves: the objects of each series in memory, and which of them the file has not seen."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby, islice
from typing import Any, NamedTuple

import apsw
import msgspec

from features.series import Argument, Series
from features.state.file import Row, StateFile
from features.state.protocol import Blocks, Held, StateDamaged, StateUnavailable, Tokens
from features.state.shapes import ANCHORS, SHAPES

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_BATCH = 50  # objects encoded while the engine waits: about 0.1 ms
_FOREVER = 2**62
_NOT_MADE = frozenset((bytes, type(None)))
_OF_ANCHORS = ("customer",)
_NO_DRAWER: Mapping[str, Any] = {}


#: The objects of one token by the names of their shelves, bytes until first asked for.
_Drawer = dict[str, Any]


class _Shelf:
    """The stored objects of one series, or of its anchors.

    They lie in drawers, one for each token, together with the objects of all other series
    that are kept by the same fields: who reads one of them reads most.
    """

    __slots__ = ("complete", "dirty", "drawers", "make", "name", "series", "shown")

    def __init__(
        self, name: str, make: Any, series: Series, shown: bool, drawers: dict[str, _Drawer]
    ) -> None:
        self.name, self.make, self.series, self.shown = name, make, series, shown
        self.drawers = drawers
        self.dirty: dict[str, Any] = {}
        self.complete = False  # whether nothing is in the file that is not in memory


#: What is read from one shelf: the arguments, and the answers where it has none, or is empty.
_Block = tuple[_Shelf, tuple[Argument, ...], list[int | None], list[int | None]]
_Asked = tuple[tuple[str, ...], dict[str, _Drawer], list[_Block]]


class Changes(NamedTuple):
    """What one flush writes: ``life`` tells whether all was forgotten since."""

    shelves: list[tuple[_Shelf, list[tuple[str, Any]]]]
    life: int
    anew: bool


class Shelves:
    """All shelves of one state, over its file. Whoever calls holds the state's lock."""

    def __init__(self, file: StateFile, most: int) -> None:
        self._file, self._most = file, most
        self._shelves: dict[str, _Shelf] = {}
        self._cabinets: dict[tuple[str, ...], dict[str, _Drawer]] = {}
        self._known_blocks: dict[int, tuple[Blocks, list[_Asked]]] = {}
        self._objects = 0
        self._life = self._written_life = 0

    def add(self, series: Series, *, shown: bool) -> None:
        """Keeps the objects of a series; what is not shown answers nothing."""
        self._known_blocks = {}
        wanted = [(series.digest, series.by, SHAPES[series.shape])]
        if series.shape in ANCHORS:
            wanted.append((series.anchors, _OF_ANCHORS, ANCHORS[series.shape]))
        for name, by, make in wanted:
            drawers = self._cabinets.setdefault(by, {})
            if name in self._shelves:
                self._objects -= sum(
                    drawer.pop(name, None) is not None for drawer in drawers.values()
                )
            self._shelves[name] = _Shelf(name, make, series, shown, drawers)

    def show(self, series: Series) -> None:
        """A series has no hole any more."""
        self._shelves[series.digest].shown = True

    def parts(self) -> list[tuple[str, Series]]:
        """Names of the shelves, each with its series."""
        return [(name, shelf.series) for name, shelf in self._shelves.items()]

    def read(self, blocks: Blocks, tokens: Tokens, t: int) -> list[int | None]:
        """All integers of all blocks; unknown where a series is not kept, or has a hole."""
        answers: list[int | None] = []
        for by, drawers, asked in self._asked(blocks):
            token = tokens[by]
            drawer = None if token is None else drawers.get(token)
            for shelf, arguments, unknown, empty in asked:
                if token is None or not shelf.shown:
                    answers += unknown
                    continue
                stored: Any = None if drawer is None else drawer.get(shelf.name)
                if stored.__class__ in _NOT_MADE:
                    if stored is None and shelf.complete:
                        answers += empty
                        continue
                    stored = self._made(shelf, token, stored)
                answers += stored.read(t, arguments)
        return answers

    def _asked(self, blocks: Blocks) -> list[_Asked]:
        """The shelves that blocks are read from, found once."""
        known = self._known_blocks.get(id(blocks))  # kept with them: no others get the same id
        if known is None:
            asked = [
                (by, self._cabinets.get(by, {}), [self._block(*block) for block in together])
                for by, together in groupby(blocks, key=lambda block: block[0].by)
            ]
            known = self._known_blocks[id(blocks)] = blocks, asked
        return known[1]

    def _block(self, series: Series, arguments: tuple[Argument, ...]) -> _Block:
        shelf = self._shelves.get(series.digest) or _Shelf("", None, series, False, {})
        empty = [SHAPES[series.shape].EMPTY] * len(arguments)
        return shelf, arguments, [None] * len(arguments), empty

    def find(self, name: str, token: str) -> Any:
        """An object to read; None where the series is not kept, or has a hole."""
        shelf = self._shelves.get(name)
        if shelf is None or not shelf.shown:
            return None
        stored = shelf.drawers.get(token, _NO_DRAWER).get(name)
        return self._made(shelf, token, stored) if stored.__class__ in _NOT_MADE else stored

    def change(self, name: str, series: Series, token: str) -> Any:
        """An object to change."""
        shelf = self._shelves[name]
        drawer = shelf.drawers.get(token)
        if drawer is None:
            drawer = shelf.drawers[token] = {}
        stored = drawer.get(name)
        if stored is None and shelf.complete:
            stored = drawer[name] = shelf.make(shelf.series)
            self._objects += 1
        elif stored.__class__ in _NOT_MADE:
            stored = self._made(shelf, token, stored)
        shelf.dirty[token] = stored
        return stored

    def _made(self, shelf: _Shelf, token: str, held: bytes | None) -> Any:
        body = held
        if body is None and not shelf.complete:
            with translated():
                body = self._file.body(shelf.name, token)
        stored = shelf.make(shelf.series) if body is None else shelf.make(shelf.series, _read(body))
        self._put(shelf, token, stored)
        return stored

    def _put(self, shelf: _Shelf, token: str, stored: Any) -> None:
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
        for shelf in self._shelves.values():
            shelf.complete = True
        for name, token, _, body in contents:
            if name in self._shelves:
                self._put(self._shelves[name], token, body)

    def held(self) -> Iterator[Held]:
        """Everything in the file."""
        for name, token, latest, body in self._file.rows():
            if name in self._shelves:
                upto, *content = _read(body)
                yield Held(name, token, upto, content, latest == _FOREVER)

    def take(self) -> Changes:
        """All that has changed since the last time."""
        changed = [(shelf, list(shelf.dirty.items())) for shelf in self._shelves.values()]
        for shelf in self._shelves.values():
            shelf.dirty = {}
        return Changes(changed, self._life, self._life != self._written_life)

    def put_back(self, changes: Changes) -> None:
        """It could not be written: it is written the next time."""
        if changes.life == self._life:
            for shelf, changed in changes.shelves:
                shelf.dirty = {**dict(changed), **shelf.dirty}

    def written(self, changes: Changes) -> bool:
        """It has been written; whether that still is what counts."""
        self._written_life = changes.life
        return changes.life == self._life

    def encoded(self, changes: Changes, lock: threading.Lock) -> Iterator[list[Row]]:
        """Rows for the file, a few at a time under the lock."""
        for shelf, changed in changes.shelves:
            for start in range(0, len(changed), _BATCH):
                with lock:
                    rows = [
                        (shelf.name, token, _needed(stored), _encode(stored.pack()))
                        for token, stored in changed[start : start + _BATCH]
                    ]
                yield rows

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

    def _clean(self) -> Iterator[tuple[_Shelf, str]]:
        for drawers in self._cabinets.values():
            for token, drawer in drawers.items():
                for shelf in map(self._shelves.__getitem__, drawer):
                    if token not in shelf.dirty:
                        yield shelf, token

    def empty(self) -> None:
        """Forgets all objects; what the file still holds does not count any more."""
        for drawers in self._cabinets.values():
            drawers.clear()
        for shelf in self._shelves.values():
            shelf.dirty, shelf.complete = {}, True
        self._objects = 0
        self._life += 1


def _needed(stored: Any) -> int:
    """The place that decides how long an object is kept."""
    return _FOREVER if getattr(stored, "lasting", False) else int(stored.upto)


def _read(body: bytes) -> Any:
    try:
        return _decode(body)
    except msgspec.DecodeError:
        raise StateDamaged("a stored object cannot be read") from None


@contextmanager
def translated() -> Iterator[None]:
    """Errors of SQLite as those of a state."""
    try:
        yield
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise StateDamaged(str(error)) from error
    except apsw.Error as error:
        raise StateUnavailable(str(error)) from error
