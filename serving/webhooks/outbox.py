"""The outbox: what the receiver has not taken yet, and up to where the ledger was read.

The ledger is the truth. A place and the messages up to it are written in one transaction, so a
crash loses neither: at worst the same messages are made again, with the same ids and bytes. That
is why no commit waits for the disk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from features.errors import NotFound, SetupError, Unavailable
from serving.webhooks.message import Changed

FILE = "webhooks.db"
MOST_WAITING = 100_000  # what is beyond stays in the ledger for now
_KEPT_SECONDS = 30 * 86_400  # of what was given up: it names customers

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE progress (place INTEGER NOT NULL, gone TEXT NOT NULL);
CREATE TABLE messages (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL, body BLOB NOT NULL,
    since REAL NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL, given_up INTEGER NOT NULL,
    said TEXT NOT NULL);
CREATE INDEX by_event ON messages (event, place) WHERE NOT given_up;
CREATE INDEX by_due ON messages (due, place) WHERE NOT given_up;
CREATE INDEX by_given_up ON messages (place) WHERE given_up;
PRAGMA user_version = 1;
COMMIT;
"""
# Of one event only the oldest may go, so that its changes arrive in order.
_NEXT = """
SELECT id, body, since, due, attempts FROM messages AS m WHERE NOT given_up AND NOT EXISTS (
    SELECT 1 FROM messages AS o WHERE NOT o.given_up AND o.event = m.event AND o.place < m.place)
ORDER BY due, place LIMIT ?
"""
_ADD = "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, 0, 0, '') ON CONFLICT DO NOTHING"
_STANDING = """
SELECT (SELECT count(*) FROM messages WHERE NOT given_up),
    (SELECT count(*) FROM messages WHERE given_up),
    (SELECT since FROM messages WHERE NOT given_up ORDER BY place LIMIT 1)
"""
_GIVEN_UP = "SELECT id, since, attempts, said FROM messages WHERE given_up ORDER BY place LIMIT ?"


class Message(NamedTuple):
    """A message that waits. ``since`` and ``due`` are seconds since the epoch."""

    id: str
    body: bytes
    since: float
    due: float
    attempts: int


class Failed(NamedTuple):
    """A message that was not taken: why, and when it is sent again; never if ``due`` is None."""

    id: str
    said: str
    due: float | None


class GivenUp(NamedTuple):
    """A message that is not sent again unless somebody asks for it."""

    id: str
    since: float
    attempts: int
    said: str


class Standing(NamedTuple):
    """How many wait, how many were given up, and since when the oldest waits."""

    waiting: int
    given_up: int
    oldest: float | None


class Outbox:
    """The outbox of a home; one that is made now begins after the place ``begin``.

    Raises `SetupError` if it cannot be opened, and `Unavailable` from then on.
    """

    def __init__(self, home: Path, begin: int = 0) -> None:
        path = home / FILE
        try:
            path.touch(mode=0o600)
            self._file = apsw.Connection(str(path))
            self._file.set_busy_timeout(2000)
            self._rows("PRAGMA journal_mode = WAL")
            self._rows("PRAGMA synchronous = NORMAL")
            if self._file.pragma("user_version") == 0:
                self._rows(_SCHEMA)
                self._rows("INSERT INTO progress VALUES (?, '')", begin)
            self.place: int = self._rows("SELECT place FROM progress")[0][0]
        except (apsw.Error, OSError, Unavailable, IndexError) as error:
            raise SetupError(
                f"cannot open the outbox of webhooks {path} ({error}): move it away to begin "
                "with what changes from now on"
            ) from None

    def take(self, changes: Iterable[Changed], now: float) -> int:
        """Keeps what has changed after `place`, which moves on; returns how many."""
        rows = [(one.known_at, one.message_id, one.event_id, one.body()) for one in changes]
        if rows:
            with self._transaction():
                for row in rows:
                    self._rows(_ADD, *row, now, now)
                self._rows("UPDATE progress SET place = ?", rows[-1][0])
            self.place = rows[-1][0]
        return len(rows)

    def next(self, most: int) -> list[Message]:
        """What is due first, and no two of one event."""
        return [Message(*row) for row in self._rows(_NEXT, most)]

    def settle(self, taken: Sequence[str], failed: Sequence[Failed], now: float) -> None:
        """Forgets what was taken, and keeps what was not for later."""
        with self._transaction():
            for id in taken:
                self._rows("DELETE FROM messages WHERE id = ?", id)
            for one in failed:
                self._rows(
                    "UPDATE messages SET attempts = attempts + 1, said = ?, given_up = ?, "
                    "due = coalesce(?, due) WHERE id = ?",
                    *(one.said, one.due is None, one.due, one.id),
                )
            self._rows("DELETE FROM messages WHERE given_up AND since < ?", now - _KEPT_SECONDS)

    def retry(self, id: str | None, now: float) -> int:
        """Lets what was given up wait anew, all or one; returns how many. Raises `NotFound`."""
        with self._transaction():
            self._rows("UPDATE progress SET gone = ''")
            self._rows(
                "UPDATE messages SET given_up = 0, attempts = 0, since = ?1, due = ?1 "
                "WHERE given_up AND (?2 IS NULL OR id = ?2)",
                *(now, id),
            )
            count = self._file.changes()
            if id is not None and not count:
                raise NotFound("no such webhook was given up: `vouch webhooks status` lists them")
        return count

    @property
    def gone(self) -> str:
        """The mark of the receiver that wants nothing any more; empty if there is none."""
        return str(self._rows("SELECT gone FROM progress")[0][0])

    def leave(self, receiver: str) -> None:
        """Remembers that a receiver wants nothing any more, by a mark of it."""
        self._rows("UPDATE progress SET gone = ?", receiver)

    def standing(self) -> Standing:
        """How much is here."""
        return Standing(*self._rows(_STANDING)[0])

    def given_up(self, most: int = 20) -> list[GivenUp]:
        """What was given up, the oldest first."""
        return [GivenUp(*row) for row in self._rows(_GIVEN_UP, most)]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._file:
                yield
        except apsw.Error as error:
            raise Unavailable(f"the outbox of webhooks cannot be written: {error}") from None

    def _rows(self, statement: str, *values: object) -> list[Any]:
        try:
            rows: list[Any] = self._file.execute(statement, values).fetchall()
        except apsw.Error as error:
            raise Unavailable(f"the outbox of webhooks fails: {error}") from None
        return rows
