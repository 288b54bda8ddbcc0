"""Importing: rows of a foreign file become entries of the ledger, in the order they were known.

    rows ──► events and labels ──► sorted by (known_at, id) on disk ──► facts ──► ledger
      └────► rejects, with line and reason

Ties are spread by one microsecond in the order of ids; what the ledger has
already stays as it is, so that importing a file again changes nothing.
"""

from __future__ import annotations

import csv
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TextIO

import apsw
import msgspec

from features.errors import CardNumberRefused, InvalidInput
from features.events import Ingestible, Label
from features.facts import Door
from features.sources.mapping import Mapping, Told
from features.sources.tables import read
from serving.ledger.protocol import Ledger, Record

_BATCH = 10_000
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode_event = msgspec.msgpack.Decoder(Ingestible).decode
_decode_label = msgspec.msgpack.Decoder(Label).decode


class ImportReport(NamedTuple):
    """What became of a file: rows read, entries new and known, rejects by reason and where."""

    rows: int
    new: int
    known: int
    rejected: int
    reasons: dict[str, int]
    rejects: Path | None


class Progress(NamedTuple):
    """Told now and then: rows read so far, then entries written of how many."""

    rows: Callable[[int], None]
    entries: Callable[[int, int], None]


def import_file(
    path: Path, mapping: Mapping, door: Door, ledger: Ledger, rejects: Path, progress: Progress
) -> ImportReport:
    """Imports one CSV or Parquet file; bad rows go to ``rejects`` and stop nothing.

    Raises `SetupError` where the file cannot be read at all.
    """
    with (
        tempfile.TemporaryDirectory(dir=rejects.parent, prefix="import-") as folder,
        closing(_Sorter(Path(folder) / "sorted.db")) as sorter,
    ):
        with closing(_Rejects(rejects)) as rejected:
            rows = _read(path, mapping, sorter, rejected, progress)
        total = sorter.count
        counts = ledger.import_entries(
            _records(sorter, door),
            lambda counts: progress.entries(counts.new + counts.known, total),
        )
    return ImportReport(
        rows=rows,
        new=counts.new,
        known=counts.known,
        rejected=rejected.count,
        reasons=dict(rejected.reasons.most_common()),
        rejects=rejects if rejected.count else None,
    )


def _read(
    path: Path, mapping: Mapping, sorter: _Sorter, rejected: _Rejects, progress: Progress
) -> int:
    rows = 0
    for line in read(path):
        rows += 1
        if rows % _BATCH == 0:
            progress.rows(rows)
        if line.fault:
            rejected.add(line.number, line.fault, line.text)
            continue
        try:
            told = mapping.tell(line.row)
        except CardNumberRefused as error:
            rejected.add(line.number, error.message, "(withheld)")
        except InvalidInput as error:
            reason = f"{error.message} ({error.pointer})" if error.pointer else error.message
            rejected.add(line.number, reason, line.text)
        else:
            for one in told:
                sorter.add(one)
    progress.rows(rows)
    return rows


def _records(sorter: _Sorter, door: Door) -> Iterator[Record]:
    """In order, each with a place of its own."""
    last = 0
    for known_at, what in sorter:
        last = max(known_at, last + 1)
        yield Record(door.learn(what, last))


class _Sorter:
    """Events and labels sorted on disk, in bounded memory."""

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "off")
        self._connection.pragma("synchronous", "off")
        self._connection.execute(
            "CREATE TABLE told (known_at INTEGER, id TEXT, is_label INTEGER, body BLOB); BEGIN"
        )
        self._waiting: list[tuple[int, str, int, bytes]] = []
        self.count = 0

    def add(self, told: Told) -> None:
        """Takes one in."""
        what = told.what
        self._waiting.append((told.known_at, what.id, isinstance(what, Label), _encode(what)))
        self.count += 1
        if len(self._waiting) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def __iter__(self) -> Iterator[tuple[int, Ingestible | Label]]:
        self._flush()
        for known_at, is_label, body in self._connection.execute(
            "SELECT known_at, is_label, body FROM told ORDER BY known_at, id, is_label"
        ):
            yield known_at, (_decode_label(body) if is_label else _decode_event(body))

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()


class _Rejects:
    """Rows that could not be read: line, reason, and the row, readable by their owner only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: TextIO | None = None
        self.count = 0
        self.reasons: Counter[str] = Counter()

    def add(self, line: int, reason: str, text: str) -> None:
        """Sets one row aside."""
        self.count += 1
        self.reasons[reason] += 1
        if self._handle is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._handle = os.fdopen(os.open(self._path, flags, 0o600), "w", encoding="utf-8")
            csv.writer(self._handle).writerow(("line", "reason", "row"))
        csv.writer(self._handle).writerow((line, reason, text))

    def close(self) -> None:
        """Completes the file."""
        if self._handle is not None:
            self._handle.close()
