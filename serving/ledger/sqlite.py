"""The embedded ledger: one SQLite file, one writer, every answer after its commit."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import apsw
import msgspec

from features.errors import Unavailable
from serving.errors import Unconfirmed
from serving.ledger import tables
from serving.ledger.checkpoints import Checkpoints
from serving.ledger.groups import GroupCommit
from serving.ledger.protocol import (
    ImportCounts,
    OnLoss,
    Progress,
    Record,
    Stored,
    StoredDecision,
    space_of,
)
from serving.lock import HomeLock

FILE = "ledger.db"
_IMPORT_BATCH = 5_000
_CANNOT_GO_ON = (apsw.CorruptError, apsw.NotADBError)
_SYNC_FAILED = apsw.SQLITE_IOERR_FSYNC


def _nothing() -> None:
    """Nobody keeps state that would have to be rebuilt."""


class SqliteLedger(tables.LedgerReader):
    """The ledger of one home folder. `append`, `find` and `durable` belong to one event loop."""

    def __init__(self, home: Path, *, on_loss: OnLoss = _nothing) -> None:
        self._lock = HomeLock(home)
        path = home / FILE
        try:
            self._writer = tables.writer(path)
            super().__init__(path)
        except BaseException:
            self._lock.close()
            raise
        self.on_loss = on_loss
        self.last_known_at = self.newest()
        self._pending: dict[tuple[str, str], Stored] = {}
        self._decided: dict[str, StoredDecision] = {}
        self._last_of: dict[str, StoredDecision] = {}
        self._broken: str | None = None
        self._committing = threading.Lock()
        self._checkpoints = Checkpoints(self._writer, path)
        self._groups = GroupCommit(
            self._commit,
            written=self._forget,
            lost=self._lose,
            idle=self._checkpoints.when_idle,
        )

    def append(self, records: Sequence[Record]) -> None:
        """Takes a place for each at once, in order, not yet durable; never blocks."""
        for record in records:
            entry = record.entry
            key = (space_of(entry), entry.id)
            if entry.known_at <= self.last_known_at or key in self._pending:
                raise ValueError("a record needs a place after the last one and an id of its own")
            self.last_known_at = entry.known_at
            kept = record.decision
            self._pending[key] = Stored(
                record.fingerprint,
                entry.known_at,
                None if kept is None else kept.answer,
                None if kept is None else kept.id,
                on_disk=False,
            )
            if kept is not None:
                decided = tables.stored(entry.known_at, kept)
                self._decided[kept.id] = self._last_of[kept.event] = decided
        self._groups.add(records)

    async def durable(self) -> None:
        """Returns when all that was appended before this call is on disk.

        Raises `Unavailable` when it could not be written: then none of it is stored,
        or `Unconfirmed` where the disk does not tell.
        """
        await self._groups.wait()

    def find(self, space: str, id: str) -> Stored | None:
        """What is stored under an id, also when it is not on disk yet."""
        return self._pending.get((space, id)) or super().find(space, id)

    def known_decision(self, decision_id: str) -> StoredDecision | None:
        """A decision, also when it is not on disk yet."""
        return self._decided.get(decision_id) or self.decision(decision_id)

    def current(self, event: str) -> StoredDecision | None:
        """The decision about an event that nothing supersedes, on disk or not yet."""
        return self._last_of.get(event) or super().current(event)

    def import_entries(
        self, records: Iterable[Record], progress: Progress | None = None
    ) -> ImportCounts:
        """Writes records in order, in batches; ids that are there already are left as they are.

        A record whose place is not after the last one takes the place after it.
        Raises `Unavailable` when a batch could not be written; those before it are kept.
        """
        self._groups.drain()
        counts = ImportCounts(0, 0)
        records = iter(records)
        while batch := list(itertools.islice(records, _IMPORT_BATCH)):
            with self._committing:
                new, last = self._import(batch)
            self.last_known_at = last
            counts = ImportCounts(counts.new + new, counts.known + len(batch) - new)
            if progress is not None:
                progress(counts)
        return counts

    def close(self) -> None:
        """Writes what waits and lets go of file and lock; again does nothing."""
        if self._lock.closed:
            return
        self._groups.close()
        self._checkpoints.close()
        self._checkpoints.when_idle()
        super().close()
        self._writer.close()
        self._lock.close()

    def _import(self, batch: list[Record]) -> tuple[int, int]:
        new, last = 0, self.last_known_at
        with self._transaction():
            for record in batch:
                if record.entry.known_at <= last:
                    entry = msgspec.structs.replace(record.entry, known_at=last + 1)
                    record = msgspec.structs.replace(record, entry=entry)
                self._writer.execute(tables.INSERT_UNKNOWN_ENTRY, tables.entry_row(record))
                if self._writer.changes():
                    new, last = new + 1, record.entry.known_at
                    if (row := tables.decision_row(record)) is not None:
                        self._writer.execute(tables.INSERT_DECISION, row)
        self._checkpoints.after_commit()
        return new, last

    def _commit(self, records: list[Record]) -> None:
        with self._committing:
            with self._transaction():
                self._writer.executemany(tables.INSERT_ENTRY, map(tables.entry_row, records))
                rows = [row for record in records if (row := tables.decision_row(record))]
                if rows:
                    self._writer.executemany(tables.INSERT_DECISION, rows)
                again = [
                    (kept.id, kept.supersedes)
                    for record in records
                    if (kept := record.decision) is not None and kept.supersedes is not None
                ]
                if again:
                    self._writer.executemany(tables.SUPERSEDE, again)
            self._checkpoints.after_commit()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._broken is not None:
            raise Unavailable(self._broken)
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            yield
            self._writer.execute("COMMIT")
        except BaseException as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            if not isinstance(error, apsw.Error):
                raise
            unsynced = _extended(error) == _SYNC_FAILED
            if isinstance(error, _CANNOT_GO_ON) or unsynced:
                self._broken = (
                    f"the ledger's disk fails ({error}): check it, then restart the server"
                )
            failure = Unconfirmed if unsynced else Unavailable
            raise failure(self._broken or _reason(error)) from None

    def _forget(self, records: list[Record]) -> None:
        """What is on disk is found there from now on."""
        for record in records:
            del self._pending[space_of(record.entry), record.entry.id]
            if (kept := record.decision) is not None:
                self._decided.pop(kept.id, None)
                last = self._last_of.get(kept.event)
                if last is not None and last.id == kept.id:
                    del self._last_of[kept.event]

    def _lose(self) -> None:
        self._pending.clear()
        self._decided.clear()
        self._last_of.clear()
        self.last_known_at = self.newest()
        self.on_loss()


def _extended(error: apsw.Error) -> int:
    return getattr(error, "extendedresult", 0)


def _reason(error: apsw.Error) -> str:
    if isinstance(error, apsw.FullError):
        return "nothing was recorded, for the disk is full: free some space and send it again"
    if isinstance(error, apsw.BusyError):
        return "nothing was recorded, for another process holds the ledger: send it again"
    return f"nothing was recorded, for the ledger could not be written ({error}): send it again"
