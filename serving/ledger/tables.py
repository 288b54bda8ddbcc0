"""The ledger's file: its tables, its statements and how a connection to it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from features.errors import SetupError, Unavailable
from features.facts import Entry
from serving.ledger.protocol import Record, Stored, StoredDecision, space_of

FORMAT = 1
SPACES = {"event": 0, "label": 1, "decision": 2}

_SCHEMA = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entries (
    known_at INTEGER PRIMARY KEY, space INTEGER NOT NULL, id TEXT NOT NULL,
    fingerprint BLOB NOT NULL, entry BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_id ON entries (space, id);
CREATE TABLE IF NOT EXISTS decisions (
    known_at INTEGER PRIMARY KEY, id TEXT NOT NULL, answer BLOB NOT NULL, record BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS decisions_by_id ON decisions (id);
PRAGMA user_version = {FORMAT};
COMMIT;
"""
INSERT_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?)"
INSERT_UNKNOWN_ENTRY = INSERT_ENTRY + " ON CONFLICT (space, id) DO NOTHING"
INSERT_DECISION = "INSERT INTO decisions VALUES (?, ?, ?, ?)"
_FIND = (
    "SELECT e.fingerprint, e.known_at, d.answer, d.id FROM entries e "
    "LEFT JOIN decisions d ON d.known_at = e.known_at WHERE e.space = ? AND e.id = ?"
)
_HAS_FINGERPRINTS = "SELECT EXISTS (SELECT 1 FROM entries WHERE length(fingerprint) > 0)"
_DECISION = "SELECT answer, record FROM decisions WHERE id = ?"
_PAGE = (
    "SELECT known_at, entry FROM entries WHERE known_at > ? AND known_at <= ? "
    "ORDER BY known_at LIMIT 5000"
)
_DECISIONS_PAGE = (
    "SELECT known_at, id, answer, record FROM decisions WHERE known_at > ? AND known_at <= ? "
    "ORDER BY known_at LIMIT 500"
)
_LATEST = 2**63 - 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def entry_row(record: Record) -> tuple[int, int, str, bytes, bytes]:
    """A record's row in ``entries``."""
    entry = record.entry
    return (
        entry.known_at,
        SPACES[space_of(entry)],
        entry.id,
        record.fingerprint,
        _encode(entry),
    )


def decision_row(record: Record) -> tuple[int, str, bytes, bytes] | None:
    """A record's row in ``decisions``; None for one that was not scored."""
    if record.decision_id is None:
        return None
    return record.entry.known_at, record.decision_id, record.answer or b"", record.decision or b""


def writer(path: Path) -> apsw.Connection:
    """A connection that writes, its tables made; commits reach the disk, checkpoints wait."""
    try:
        path.touch(mode=0o600)  # before SQLite makes it for all to read; its log takes this over
        path.chmod(0o600)
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(500)
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
        connection.execute("PRAGMA synchronous = FULL").fetchall()
        connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
        connection.execute("PRAGMA cache_size = -65536").fetchall()
        version = connection.pragma("user_version")
        if version == 0:
            connection.execute(_SCHEMA).fetchall()
    except (apsw.Error, OSError) as error:
        raise SetupError(f"cannot open the ledger {path}: {error}") from None
    if version not in (0, FORMAT):
        connection.close()
        raise SetupError(f"the ledger {path} was written by a newer Vouch: install that one")
    return connection


class LedgerReader:
    """Reads a ledger's file, also next to the server that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._reader.set_busy_timeout(500)
            self._reader.execute("SELECT 1 FROM entries LIMIT 1").fetchall()
        except apsw.Error as error:
            raise SetupError(f"there is no ledger to read at {path}: {error}") from None

    def find(self, space: str, id: str) -> Stored | None:
        """What is stored under an id."""
        rows = self._rows(_FIND, (SPACES[space], id))
        return Stored(*rows[0]) if rows else None

    def decision(self, decision_id: str) -> StoredDecision | None:
        """The answer and record of a decision that is on disk."""
        rows = self._rows(_DECISION, (decision_id,))
        return StoredDecision(*rows[0]) if rows else None

    def has_fingerprints(self) -> bool:
        """Whether an entry on disk came with a body: an imported one did not."""
        return bool(self._rows(_HAS_FINGERPRINTS, ())[0][0])

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries with ``after < known_at <= until``, in order, a page at a time."""
        last = _LATEST if until is None else until
        while rows := self._rows(_PAGE, (after, last)):
            yield from (_decode(entry) for _, entry in rows)
            after = rows[-1][0]

    def decisions(self, until: int | None = None) -> Iterator[tuple[str, StoredDecision]]:
        """Ids and decisions of events known ``until`` then, in order, a page at a time."""
        after, last = 0, _LATEST if until is None else until
        while rows := self._rows(_DECISIONS_PAGE, (after, last)):
            yield from ((id, StoredDecision(answer, record)) for _, id, answer, record in rows)
            after = rows[-1][0]

    def newest(self) -> int:
        """Place of the last entry on disk; 0 if there is none."""
        return int(self._rows("SELECT coalesce(max(known_at), 0) FROM entries", ())[0][0])

    def close(self) -> None:
        """Lets go of the file."""
        self._reader.close()

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        try:
            rows: list[Any] = self._reader.execute(statement, values).fetchall()
            return rows
        except apsw.Error as error:
            raise Unavailable(f"the ledger cannot be read: {error}") from None
