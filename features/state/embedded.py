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
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import apsw
import msgspec

from features.facts import Entry
from features.online import picked
from features.routing import Router
from features.series import Series
from features.state.matured import Anchor, Matured
from features.state.protocol import Question
from features.state.shapes import SHAPES

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_BATCH = 50  # objects encoded while the engine waits: about 0.1 ms
_MOST_IN_MEMORY = 1_000_000

_TABLES = """
CREATE TABLE IF NOT EXISTS stored (
    series TEXT, token TEXT, latest INTEGER, body BLOB, PRIMARY KEY (series, token)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
"""


class _Shelf:
    """The stored objects of one series."""

    def __init__(self, name: str, make: Callable[..., Any], series: Series) -> None:
        self.name, self.make, self.series = name, make, series
        self.live: dict[str, Any] = {}  # bytes until first asked for
        self.dirty: dict[str, Any] = {}
        self.complete = False  # whether nothing is in the file that is not in memory


class EmbeddedState:
    """State of one process in one file.

    Raises `apsw.Error` where the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        series: Iterable[Series],
        flush_seconds: float = 0.5,
        patience_ms: int = 5_000,
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._series = tuple(series)
        self._router = Router(self._series)
        self._lock = threading.Lock()
        self._reader, self._writer = _open(path, patience_ms), _open(path, patience_ms)
        self._shelves: dict[str, _Shelf] = {}
        for one in self._series:
            make = Matured if one.shape == "matured" else SHAPES[one.shape]
            self._shelves[one.digest] = _Shelf(one.digest, make, one)
            if one.shape == "matured":
                self._shelves[_anchors(one)] = _Shelf(_anchors(one), Anchor, one)
        self._forget_if_series_are_new()
        self._position = self._folded = self._stored_position()
        self.problem = ""
        self._look_anew()
        self._fill()
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
                row = self._reader.execute(
                    "SELECT body FROM stored WHERE series = ? AND token = ?", (shelf.name, token)
                ).fetchone()
                body = None if row is None else row[0]
            stored = shelf.make(shelf.series, *(() if body is None else (_decode(body),)))
            shelf.live[token] = stored
        return stored

    def _change(self, shelf: _Shelf, token: str) -> Any:
        stored = shelf.dirty[token] = self._find(shelf, token)
        return stored

    def flush(self) -> None:
        """Writes what has changed; the engine waits only while a few objects are encoded."""
        with self._lock:
            complete = self._folded
            waiting = [(shelf, list(shelf.dirty.items())) for shelf in self._shelves.values()]
            for shelf in self._shelves.values():
                shelf.dirty = {}
        try:
            self._write(waiting, complete)
        except apsw.Error:
            with self._lock:
                for shelf, changed in waiting:
                    shelf.dirty = {**dict(changed), **shelf.dirty}
            raise
        self._position = complete
        with self._lock:
            self._look_anew()
            self._make_room()

    def _write(self, waiting: list[tuple[_Shelf, list[tuple[str, Any]]]], complete: int) -> None:
        with self._writer:
            for shelf, changed in waiting:
                for start in range(0, len(changed), _BATCH):
                    with self._lock:
                        rows = [
                            (shelf.name, token, stored.upto, _encode(stored.pack()))
                            for token, stored in changed[start : start + _BATCH]
                        ]
                    self._writer.executemany("REPLACE INTO stored VALUES (?, ?, ?, ?)", rows)
            self._writer.execute("REPLACE INTO progress VALUES ('position', ?)", (complete,))

    def _make_room(self) -> None:
        """Lets objects that are safely in the file leave memory, the longest there first."""
        excess = sum(len(shelf.live) for shelf in self._shelves.values()) - _MOST_IN_MEMORY
        for shelf in self._shelves.values():
            if excess <= 0:
                return
            clean = [token for token in shelf.live if token not in shelf.dirty][:excess]
            for token in clean:
                del shelf.live[token]
            shelf.complete = shelf.complete and not clean
            excess -= len(clean)

    def _fill(self) -> None:
        """Takes the file into memory if it fits: then a value never seen costs no look into it."""
        most = _MOST_IN_MEMORY // 2
        if self._reader.execute("SELECT 1 FROM stored LIMIT 1 OFFSET ?", (most,)).fetchone():
            return
        for name, token, body in self._reader.execute("SELECT series, token, body FROM stored"):
            shelf = self._shelves.get(str(name))
            if shelf is not None:
                shelf.live[str(token)] = body
        for shelf in self._shelves.values():
            shelf.complete = True

    def _look_anew(self) -> None:
        """Reads see the file as of the last flush, so that SQLite keeps its pages in between.

        What was flushed later is still in memory: nothing leaves it before this is called.
        """
        if self._reader.in_transaction:
            self._reader.execute("COMMIT")
        self._reader.execute("BEGIN")

    def forget_expired(self, t: int) -> None:
        """Deletes from the file what no read at ``t`` or later can see."""
        for shelf in self._shelves.values():
            span = shelf.series.span + shelf.series.matures_after
            self._writer.execute(
                "DELETE FROM stored WHERE series = ? AND latest < ?", (shelf.name, t - span)
            )

    def rebuild(self, entries: Iterable[Entry]) -> None:
        """Forgets everything and folds ``entries``, the whole ledger in order."""
        with self._lock:
            for shelf in self._shelves.values():
                shelf.live, shelf.dirty, shelf.complete = {}, {}, True
            self._clear()
            self._look_anew()
        for entry in entries:
            self.fold(entry)
        self.flush()

    def close(self) -> None:
        """Stops the thread, flushes and closes the file."""
        self._stop.set()
        self._flusher.join()
        self.flush()
        self._reader.close()
        self._writer.close()

    def _flush_regularly(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.flush()
                self.problem = ""
            except apsw.Error as error:
                self.problem = f"the state file cannot be written ({error}): restarts take longer"

    def _forget_if_series_are_new(self) -> None:
        """A series that the file does not know has a hole in its past: start from the ledger."""
        wanted = {f"{shelf.name} {shelf.series.span}" for shelf in self._shelves.values()}
        if not wanted <= set(str(self._progress("series") or "").split("\n")):
            self._clear()
        self._writer.execute("REPLACE INTO progress VALUES ('series', ?)", ("\n".join(wanted),))

    def _clear(self) -> None:
        with self._writer:
            self._writer.execute("DELETE FROM stored; DELETE FROM progress WHERE name = 'position'")
        self._position = self._folded = 0

    def _stored_position(self) -> int:
        position = self._progress("position")
        return position if isinstance(position, int) else 0

    def _progress(self, name: str) -> object:
        row = self._writer.execute("SELECT value FROM progress WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]


def _open(path: Path, patience_ms: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(patience_ms)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "normal")
    connection.execute(_TABLES)
    return connection


def _anchors(series: Series) -> str:
    return series.digest + "-anchors"
