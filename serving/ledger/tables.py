"""The ledger's file: its tables, its statements and how a connection to it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec

from features.errors import SetupError, Unavailable
from features.facts import Entry
from serving.ledger.protocol import Kept, Record, Stored, StoredDecision, Wanted, space_of
from serving.ledger.searching import COLUMNS, MOST_SEEN, Page, search
from serving.ledger.upgrade import upgrade

FORMAT = 2
SPACES = {"event": 0, "label": 1, "decision": 2, "decree": 3}

_SCHEMA = f"""
CREATE TABLE IF NOT EXISTS entries (
    known_at INTEGER PRIMARY KEY, space INTEGER NOT NULL, id TEXT NOT NULL, customer TEXT,
    fingerprint BLOB NOT NULL, entry BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS entries_by_id ON entries (space, id);
CREATE INDEX IF NOT EXISTS entries_by_customer ON entries (customer, known_at)
    WHERE customer IS NOT NULL;
CREATE TABLE IF NOT EXISTS decisions (
    known_at INTEGER PRIMARY KEY, id TEXT NOT NULL, event TEXT NOT NULL, customer TEXT,
    moment TEXT NOT NULL, outcome TEXT NOT NULL, expires_at INTEGER, supersedes TEXT,
    superseded_by TEXT, answer BLOB NOT NULL, record BLOB NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS decisions_by_id ON decisions (id);
CREATE INDEX IF NOT EXISTS decisions_by_event ON decisions (event, known_at);
CREATE INDEX IF NOT EXISTS decisions_by_customer ON decisions (customer, known_at)
    WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS decisions_pending ON decisions (expires_at)
    WHERE expires_at IS NOT NULL AND superseded_by IS NULL;
CREATE INDEX IF NOT EXISTS decisions_made_again ON decisions (known_at)
    WHERE supersedes IS NOT NULL;
PRAGMA user_version = {FORMAT};
"""
INSERT_ENTRY = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)"
INSERT_UNKNOWN_ENTRY = INSERT_ENTRY + " ON CONFLICT (space, id) DO NOTHING"
INSERT_DECISION = "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SUPERSEDE = "UPDATE decisions SET superseded_by = ? WHERE id = ?"
_FIND = (
    "SELECT e.fingerprint, e.known_at, d.answer, d.id FROM entries e "
    "LEFT JOIN decisions d ON d.known_at = e.known_at WHERE e.space = ? AND e.id = ?"
)
_HAS_FINGERPRINTS = "SELECT EXISTS (SELECT 1 FROM entries WHERE length(fingerprint) > 0)"
_DECISIONS = f"SELECT {COLUMNS} FROM decisions "
_DECISION = _DECISIONS + "WHERE id = ?"
_CURRENT = _DECISIONS + "WHERE event = ? AND superseded_by IS NULL ORDER BY known_at DESC LIMIT 1"
_ASKED_AGAIN = (
    "SELECT EXISTS (SELECT 1 FROM decisions WHERE customer = ? AND known_at > ? AND moment = ? "
    "AND supersedes IS NULL)"
)
_PENDING = (
    _DECISIONS + "WHERE expires_at IS NOT NULL AND superseded_by IS NULL AND known_at > ? "
    "ORDER BY known_at LIMIT 500"
)
_MADE_AGAIN = (
    _DECISIONS + "WHERE supersedes IS NOT NULL AND known_at > ? ORDER BY known_at LIMIT 500"
)
_FIRST_DECISIONS = (
    _DECISIONS + "WHERE supersedes IS NULL AND known_at > ? AND known_at <= ? "
    "ORDER BY known_at LIMIT 500"
)
_PAGE = (
    "SELECT known_at, entry FROM entries WHERE known_at > ? AND known_at <= ? "
    "ORDER BY known_at LIMIT 5000"
)
_DECREES = (
    f"SELECT known_at, entry FROM entries WHERE space = {SPACES['decree']} AND known_at > ? "
    "ORDER BY known_at LIMIT 5000"
)
_OF_CUSTOMER = (
    "SELECT known_at, entry FROM entries WHERE customer = ? AND known_at > ? "
    "ORDER BY known_at LIMIT ?"
)
_NEWEST_OF_CUSTOMER = (
    "SELECT known_at, entry FROM entries WHERE customer = ? AND known_at < ? "
    "ORDER BY known_at DESC LIMIT ?"
)
_DECISIONS_OF_CUSTOMER = (
    _DECISIONS + "WHERE customer = ? AND known_at > ? AND known_at <= ? ORDER BY known_at"
)
_LATEST = 2**63 - 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


def entry_row(record: Record) -> tuple[int, int, str, str | None, bytes, bytes]:
    """A record's row in ``entries``."""
    entry = record.entry
    return (
        entry.known_at,
        SPACES[space_of(entry)],
        entry.id,
        entry.customer,
        record.fingerprint,
        _encode(entry),
    )


def decision_row(record: Record) -> StoredDecision | None:
    """A record's row in ``decisions``; None for one that decides nothing."""
    kept = record.decision
    return None if kept is None else stored(record.entry.known_at, kept)


def stored(known_at: int, kept: Kept) -> StoredDecision:
    """A decision as it is read again, superseded by nothing yet."""
    return StoredDecision(
        known_at,
        kept.id,
        kept.event,
        kept.customer,
        kept.moment,
        kept.outcome,
        kept.expires_at,
        kept.supersedes,
        None,
        kept.answer,
        kept.record,
    )


def writer(path: Path) -> apsw.Connection:
    """A connection that writes, its tables made; commits reach the disk, checkpoints wait."""
    try:
        path.touch(mode=0o600)  # before SQLite makes it for all to read; its log takes this over
        path.chmod(0o600)
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(500)
        version = connection.pragma("user_version")
        if version <= FORMAT:
            _prepare(connection, version)
    except (apsw.Error, OSError, msgspec.MsgspecError) as error:
        raise SetupError(f"cannot open the ledger {path}: {error}") from None
    if version > FORMAT:
        connection.close()
        raise SetupError(f"the ledger {path} was written by a newer Vouch: install that one")
    return connection


def _prepare(connection: apsw.Connection, version: int) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("PRAGMA synchronous = FULL").fetchall()
    connection.execute("PRAGMA wal_autocheckpoint = 0").fetchall()
    connection.execute("PRAGMA cache_size = -65536").fetchall()
    if version == 0:
        with connection:
            connection.execute(_SCHEMA).fetchall()
    elif version == 1:
        upgrade(connection, _SCHEMA)


class LedgerReader:
    """Reads a ledger's file, also next to the server that writes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._reader = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
            self._reader.set_busy_timeout(500)
            self._reader.execute("SELECT 1 FROM entries LIMIT 1").fetchall()
            version = self._reader.pragma("user_version")
        except apsw.Error as error:
            raise SetupError(f"there is no ledger to read at {path}: {error}") from None
        if version < FORMAT:
            raise SetupError(
                f"the ledger {path} was written by an older Vouch: "
                "start the service once, which brings it up to date"
            )

    def find(self, space: str, id: str) -> Stored | None:
        """What is stored under an id."""
        rows = self._rows(_FIND, (SPACES[space], id))
        return Stored(*rows[0]) if rows else None

    def decision(self, decision_id: str) -> StoredDecision | None:
        """A decision that is on disk."""
        return self._one(_DECISION, decision_id)

    def current(self, event: str) -> StoredDecision | None:
        """The decision about an event that nothing supersedes."""
        return self._one(_CURRENT, event)

    def asked_again(self, customer: str, moment: str, after: int) -> bool:
        """Whether something of a customer was decided about at a moment after a place."""
        return bool(self._rows(_ASKED_AGAIN, (customer, after, moment))[0][0])

    def pending(self) -> Iterator[StoredDecision]:
        """Decisions that wait for an answer and were not superseded, in order."""
        return self._paged(_PENDING, 0)

    def made_again(self, after: int) -> Iterator[StoredDecision]:
        """Decisions that supersede another one, from a place on, in order."""
        return self._paged(_MADE_AGAIN, after)

    def decisions(self, until: int | None = None) -> Iterator[StoredDecision]:
        """The first decision about each event, known ``until`` then, in order."""
        return self._paged(_FIRST_DECISIONS, 0, _LATEST if until is None else until)

    def search(self, wanted: Wanted, now: int) -> Page:
        """The decisions that are looked for, newest first; ``now`` tells what still waits.

        Looks at `MOST_SEEN` at most: a page may hold fewer than asked and still have a next one.
        """
        asked = search(wanted, now)
        values = (*asked.seen_values, *asked.wanted_values, wanted.limit + 1)
        rows = [StoredDecision(*row) for row in self._rows(asked.statement, values)]
        if len(rows) > wanted.limit:
            return Page(tuple(rows[: wanted.limit]), rows[wanted.limit - 1].known_at)
        last, seen = self._rows(asked.last_seen, asked.seen_values)[0]
        return Page(tuple(rows), last if seen == MOST_SEEN else None)

    def has_fingerprints(self) -> bool:
        """Whether an entry on disk came with a body: an imported one did not."""
        return bool(self._rows(_HAS_FINGERPRINTS, ())[0][0])

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries with ``after < known_at <= until``, in order, a page at a time."""
        return self._entries(_PAGE, after, _LATEST if until is None else until)

    def decrees(self) -> Iterator[Entry]:
        """What people decreed, in order."""
        return self._entries(_DECREES, 0)

    def of_customer(self, customer: str, after: int = 0, limit: int = 5_000) -> list[Entry]:
        """The entries that name a customer, from a place on, in order."""
        rows = self._rows(_OF_CUSTOMER, (customer, after, limit))
        return [_decode(entry) for _, entry in rows]

    def newest_of_customer(self, customer: str, before: int | None, limit: int) -> list[Entry]:
        """The entries that name a customer before a place, newest first."""
        values = (customer, _LATEST if before is None else before, limit)
        return [_decode(entry) for _, entry in self._rows(_NEWEST_OF_CUSTOMER, values)]

    def decisions_of(self, customer: str, after: int, until: int) -> list[StoredDecision]:
        """The decisions about a customer with ``after < known_at <= until``, in order."""
        rows = self._rows(_DECISIONS_OF_CUSTOMER, (customer, after, until))
        return [StoredDecision(*row) for row in rows]

    def newest(self) -> int:
        """Place of the last entry on disk; 0 if there is none."""
        return int(self._rows("SELECT coalesce(max(known_at), 0) FROM entries", ())[0][0])

    def close(self) -> None:
        """Lets go of the file."""
        self._reader.close()

    def _one(self, statement: str, value: str) -> StoredDecision | None:
        rows = self._rows(statement, (value,))
        return StoredDecision(*rows[0]) if rows else None

    def _paged(self, statement: str, after: int, *more: object) -> Iterator[StoredDecision]:
        while rows := self._rows(statement, (after, *more)):
            yield from (StoredDecision(*row) for row in rows)
            after = rows[-1][0]

    def _entries(self, statement: str, after: int, *more: object) -> Iterator[Entry]:
        while rows := self._rows(statement, (after, *more)):
            yield from (_decode(entry) for _, entry in rows)
            after = rows[-1][0]

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        try:
            rows: list[Any] = self._reader.execute(statement, values).fetchall()
            return rows
        except apsw.Error as error:
            raise Unavailable(f"the ledger cannot be read: {error}") from None
