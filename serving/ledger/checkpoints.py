"""Checkpoints: the write-ahead log is moved into the database out of the way of commits.

A long log is copied by a thread on a connection of its own while commits go on;
what came meanwhile is little, and the writer copies it between two commits.
Only then does the log start again from its beginning.
"""

from __future__ import annotations

import threading
from pathlib import Path

import apsw

_PASSIVE = apsw.SQLITE_CHECKPOINT_PASSIVE


class Checkpoints:
    """Watches the log of one writing connection. ``longest`` is in pages of 4 KiB."""

    def __init__(self, writer: apsw.Connection, path: Path, longest: int = 16_384) -> None:
        self._writer, self._path, self._longest = writer, path, longest
        self._limit = longest
        self._copier: threading.Thread | None = None
        self.pages = 0
        writer.set_wal_hook(self._count)

    def after_commit(self) -> None:
        """To be called between two commits, by the thread that makes them."""
        if self._copier is None:
            if self.pages >= self._limit:
                self._copier = threading.Thread(target=self._copy, name="ledger-checkpoint")
                self._copier.start()
        elif not self._copier.is_alive():
            self._copier = None
            self._finish()

    def when_idle(self) -> None:
        """Copies whatever the log holds."""
        if self.pages and self._copier is None:
            self._finish()

    def close(self) -> None:
        """Waits for a running copy."""
        if self._copier is not None:
            self._copier.join()

    def _count(self, _writer: apsw.Connection, _name: str, pages: int) -> int:
        self.pages = pages
        return apsw.SQLITE_OK

    def _finish(self) -> None:
        try:
            total, copied = self._writer.wal_checkpoint(mode=_PASSIVE)
        except apsw.Error:
            total, copied = self.pages, 0  # tried again when the log has grown further
        done = copied >= total
        self.pages = 0 if done else total
        self._limit = self._longest if done else total + self._longest

    def _copy(self) -> None:
        try:
            connection = apsw.Connection(str(self._path))
            connection.wal_checkpoint(mode=_PASSIVE)
            connection.close()
        except apsw.Error:
            return
