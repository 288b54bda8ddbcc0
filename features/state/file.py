"""The file of the embedded state: objects by series and token, and how far it is complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import apsw

from features.state.halves import Known

Row = tuple[str, str, int, bytes]

_TABLES = """
CREATE TABLE IF NOT EXISTS stored (
    series TEXT, token TEXT, latest INTEGER, body BLOB, PRIMARY KEY (series, token)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS progress (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS known (
    series TEXT PRIMARY KEY, span INTEGER, filled INTEGER
) WITHOUT ROWID;
"""


class StateFile:
    """One SQLite file with a connection to read and one to write.

    Reads belong to the engine, writes to one thread at a time: its owner sees to both. All
    raise `apsw.Error`.
    """

    def __init__(self, path: Path, patience_ms: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self.reader, self._writer = _open(path, patience_ms), _open(path, patience_ms)
        self.look_anew()

    def body(self, series: str, token: str) -> bytes | None:
        """A stored object as it was when `look_anew` was last called."""
        row = self.reader.execute(
            "SELECT body FROM stored WHERE series = ? AND token = ?", (series, token)
        ).fetchone()
        return None if row is None else bytes(row[0])

    def look_anew(self) -> None:
        """Reads see the file as it is now, and go on doing so: SQLite keeps its pages meanwhile."""
        if self.reader.in_transaction:
            self.reader.execute("COMMIT")
        self.reader.execute("BEGIN")

    def contents(self, most: int) -> Iterator[Row] | None:
        """Everything stored, or None where that is more than ``most`` objects."""
        if self.reader.execute("SELECT 1 FROM stored LIMIT 1 OFFSET ?", (most,)).fetchone():
            return None
        return self.rows()

    def rows(self) -> Iterator[Row]:
        """Everything stored."""
        rows = self.reader.execute("SELECT series, token, latest, body FROM stored")
        return ((str(one[0]), str(one[1]), int(one[2]), bytes(one[3])) for one in rows)

    def write(
        self, batches: Iterable[list[Row]], position: int | None, known: Known, *, anew: bool
    ) -> None:
        """Stores objects and the place up to which the file is complete, all or nothing.

        ``known`` says how far series are filled now. ``anew`` forgets what was there before;
        a position of None leaves it as it was.
        """
        with self._writer:
            if anew:
                self._writer.execute("DELETE FROM stored")
                self._writer.execute("DELETE FROM known")
            for rows in batches:
                self._writer.executemany("REPLACE INTO stored VALUES (?, ?, ?, ?)", rows)
            if position is not None:
                self.note("position", position)
            self.know(known)

    def forget_older(self, series: str, latest: int) -> None:
        """Deletes a series' objects that were last folded before a place."""
        self._writer.execute("DELETE FROM stored WHERE series = ? AND latest < ?", (series, latest))

    def forget(self, series: str) -> None:
        """Deletes a series with its anchors."""
        self._writer.execute("DELETE FROM stored WHERE series IN (?1, ?1 || '-anchors')", (series,))

    def know(self, known: Known) -> None:
        """Notes how far series are filled."""
        rows = [(series, span, filled) for series, (span, filled) in known.items()]
        self._writer.executemany("REPLACE INTO known VALUES (?, ?, ?)", rows)

    def leave(self, wanted: Iterable[str], position: int) -> None:
        """Notes that series that are not wanted are folded up to a place, and no further."""
        for series in self.known().keys() - set(wanted):
            self._writer.execute(
                "UPDATE known SET filled = ? WHERE series = ? AND filled IS NULL",
                (position, series),
            )

    def known(self) -> dict[str, tuple[int, int | None]]:
        """The series in the file, and how far they are filled."""
        rows = self._writer.execute("SELECT series, span, filled FROM known")
        return {series: (span, filled) for series, span, filled in rows}

    def note(self, name: str, value: int | str) -> None:
        """Keeps a number or text under a name."""
        self._writer.execute("REPLACE INTO progress VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> int | str | None:
        """What is kept under a name."""
        row = self._writer.execute("SELECT value FROM progress WHERE name = ?", (name,)).fetchone()
        value = None if row is None else row[0]
        return value if isinstance(value, int | str) else None

    def close(self) -> None:
        """Lets go of the file."""
        self.reader.close()
        self._writer.close()


def _open(path: Path, patience_ms: int) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(patience_ms)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "normal")
    connection.execute(_TABLES)
    return connection
