"""Embedded state: objects in memory, written behind to one SQLite file.

    read, fold ──► objects in memory ──(every half second, in another thread)──► state.db
                        ▲
                        └── loaded when first asked for

The file is never waited for. It stores the place in the ledger up to which it
is complete; after a fault the entries behind that place are folded again, which
changes nothing where they had been folded before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import msgspec

from features.durations import HOUR
from features.facts import Entry
from features.online import picked
from features.routing import Router
from features.series import Series
from features.state.file import Row, StateFile
from features.state.matured import Anchor, Matured
from features.state.protocol import Question
from features.state.shapes import SHAPES

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_BATCH = 50  # objects encoded while the engine waits: about 0.1 ms
_MOST_IN_MEMORY = 1_000_000
_SWEEP_EVERY = 6 * HOUR


class _Shelf:
    """The stored objects of one series."""

    def __init__(self, name: str, make: Callable[..., Any], series: Series) -> None:
        self.name, self.make, self.series = name, make, series
        self.empty()
        self.complete = False  # whether nothing is in the file that is not in memory

    def empty(self) -> None:
        """Forgets all objects; what the file still holds does not count any more."""
        self.live: dict[str, Any] = {}  # bytes until first asked for
        self.dirty: dict[str, Any] = {}
        self.complete = True


class _Changes(NamedTuple):
    """What one flush writes: ``life`` tells whether state was reset since."""

    shelves: list[tuple[_Shelf, list[tuple[str, Any]]]]
    complete: int
    life: int


class EmbeddedState:
    """State of one process in one file.

    ``follows`` identifies the ledger that is followed: a file that followed another
    one is not used. Raises `apsw.Error` where the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        series: Iterable[Series],
        follows: str = "",
        flush_seconds: float = 0.5,
        patience_ms: int = 5_000,
    ) -> None:
        self._series = tuple(series)
        self._router = Router(self._series)
        self._lock = threading.Lock()
        self._shelves: dict[str, _Shelf] = {}
        for one in self._series:
            make = Matured if one.shape == "matured" else SHAPES[one.shape]
            self._shelves[one.digest] = _Shelf(one.digest, make, one)
            if one.shape == "matured":
                self._shelves[_anchors(one)] = _Shelf(_anchors(one), Anchor, one)
        self._file = StateFile(path, patience_ms)
        self._life = self._written_life = 0
        self._position = self._folded = self._swept = 0
        self._open(follows)
        self.problem = ""
        self._stop = threading.Event()
        self._flusher = threading.Thread(
            target=self._flush_regularly, args=(flush_seconds,), name="vouch-state", daemon=True
        )
        self._flusher.start()

    @property
    def position(self) -> int:
        """Place up to which the file is complete."""
        return self._position

    def read(self, questions: Iterable[Question], t: int) -> list[int | None]:
        """All integers of all questions as of ``t``."""
        answers: list[int | None] = []
        with self._lock:
            for series, arguments, token in questions:
                if token is None:
                    answers += [None] * len(arguments)
                    continue
                answers += self._find(self._shelves[series.digest], token).read(t, arguments)
        return answers

    def fold(self, entry: Entry) -> None:
        """Takes in one entry."""
        with self._lock:
            for series, token, value in self._router.updates(entry):
                stored = self._change(self._shelves[series.digest], token)
                stored.fold(entry.known_at, entry.occurred_at, value)
            self._fold_matured(entry)
            self._folded = max(self._folded, entry.known_at)

    def _fold_matured(self, entry: Entry) -> None:
        for series in self._router.entering(entry):
            anchor = self._change(self._shelves[_anchors(series)], entry.customer or "")
            self._apply(series, entry, anchor.enter(entry.known_at, picked(entry, series.by)))
        if entry.kind == "label" and entry.customer:
            kind, status = str(entry.facts.get("label")), str(entry.facts.get("status"))
            for series in self._router.matured:
                anchor = self._change(self._shelves[_anchors(series)], entry.customer)
                self._apply(series, entry, anchor.label(entry.known_at, kind, status))

    def _apply(self, series: Series, entry: Entry, change: Any) -> None:
        if change is not None:
            stored = self._change(self._shelves[series.digest], change.token)
            stored.apply(entry.known_at, change)

    def _find(self, shelf: _Shelf, token: str) -> Any:
        stored = shelf.live.get(token)
        if stored is None or type(stored) is bytes:
            body = stored
            if body is None and not shelf.complete:
                body = self._file.body(shelf.name, token)
            stored = shelf.make(shelf.series, *(() if body is None else (_read(body),)))
            shelf.live[token] = stored
        return stored

    def _change(self, shelf: _Shelf, token: str) -> Any:
        stored = shelf.dirty[token] = self._find(shelf, token)
        return stored

    def flush(self) -> None:
        """Writes what has changed; the engine waits only while a few objects are encoded."""
        with self._lock:
            changes = _Changes(
                [(shelf, list(shelf.dirty.items())) for shelf in self._shelves.values()],
                self._folded,
                self._life,
            )
            for shelf in self._shelves.values():
                shelf.dirty = {}
        try:
            anew = changes.life != self._written_life
            self._file.write(self._encoded(changes), changes.complete, anew=anew)
        except apsw.Error:
            with self._lock:
                if changes.life == self._life:
                    for shelf, changed in changes.shelves:
                        shelf.dirty = {**dict(changed), **shelf.dirty}
            raise
        self._written_life = changes.life
        with self._lock:
            if changes.life == self._life:
                self._position = changes.complete
            self._file.look_anew()
            self._make_room()

    def _encoded(self, changes: _Changes) -> Iterator[list[Row]]:
        for shelf, changed in changes.shelves:
            for start in range(0, len(changed), _BATCH):
                with self._lock:
                    rows = [
                        (shelf.name, token, stored.upto, _encode(stored.pack()))
                        for token, stored in changed[start : start + _BATCH]
                    ]
                yield rows

    def _make_room(self) -> None:
        """Lets objects that are safely in the file leave memory, the longest there first."""
        excess = sum(len(shelf.live) for shelf in self._shelves.values()) - _MOST_IN_MEMORY
        for shelf in self._shelves.values():
            if excess <= 0:
                return
            clean = list(islice((one for one in shelf.live if one not in shelf.dirty), excess))
            for token in clean:
                del shelf.live[token]
            shelf.complete = shelf.complete and not clean
            excess -= len(clean)

    def forget_expired(self, t: int) -> None:
        """Deletes from the file what no read at ``t`` or later can see."""
        for shelf in self._shelves.values():
            span = shelf.series.span + shelf.series.matures_after
            self._file.forget_older(shelf.name, t - span)

    def reset(self) -> None:
        """Forgets everything, at once; the ledger has to be folded again from its beginning.

        Touches no disk: the file is made anew by the next flush, and until then a fault
        leaves it as it was.
        """
        with self._lock:
            for shelf in self._shelves.values():
                shelf.empty()
            self._life += 1
            self._position = self._folded = 0

    def close(self) -> None:
        """Stops the thread, flushes and closes the file."""
        self._stop.set()
        self._flusher.join()
        self.flush()
        self._file.close()

    def _flush_regularly(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.flush()
                if self._position - self._swept > _SWEEP_EVERY:
                    self.forget_expired(self._position)
                    self._swept = self._position
                self.problem = ""
            except apsw.Error as error:
                self.problem = f"the state file cannot be written ({error}): restarts take longer"

    def _open(self, follows: str) -> None:
        """Goes on where the file stopped, if it knows all series and followed this ledger.

        A series that the file does not know has a hole in its past.
        """
        file = self._file
        wanted = {f"{shelf.name} {shelf.series.span}" for shelf in self._shelves.values()}
        known = set(str(file.noted("series") or "").split("\n"))
        if wanted <= known and file.noted("ledger") in (None, "", follows):
            position = file.noted("position")
            self._position = self._folded = self._swept = (
                position if isinstance(position, int) else 0
            )
        else:
            file.write((), 0, anew=True)
        file.note("series", "\n".join(sorted(wanted)))
        file.note("ledger", follows)
        file.look_anew()
        contents = file.contents(_MOST_IN_MEMORY // 2)
        if contents is not None:
            for shelf in self._shelves.values():
                shelf.complete = True
            for name, token, body in contents:
                if name in self._shelves:
                    self._shelves[name].live[token] = body


def _read(body: bytes) -> Any:
    try:
        return _decode(body)
    except msgspec.DecodeError:
        raise apsw.CorruptError("a stored object cannot be read") from None


def _anchors(series: Series) -> str:
    return series.digest + "-anchors"
