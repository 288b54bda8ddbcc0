"""Importing: rows of a foreign file become entries of the ledger, in the order they were known.

    rows ──► events and labels ──► sorted by (known_at, id) on disk ──► facts ──► ledger
      └────► rejects, with line and reason

Ties are spread by one microsecond in the order of ids; what the ledger has
already stays as it is, so that importing a file again changes nothing.
"""

from __future__ import annotations

import csv
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TextIO

import apsw
import msgspec

from features.card_numbers import holds_card_number
from features.errors import CardNumberRefused, InvalidInput, SetupError
from features.events import Ingestible, Label
from features.facts import Door, microseconds
from features.sources.mapping import Mapping, Told
from features.sources.tables import Line, read
from serving.ledger.protocol import Ledger, Record, Space

_BATCH = 10_000
_SORTING = "sorting-"
_TIES_SPREAD = 60_000_000  # an import that was interrupted goes on within the minute it was in
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode
_decode_event = msgspec.msgpack.Decoder(Ingestible).decode
_decode_label = msgspec.msgpack.Decoder(Label).decode


class ImportReport(NamedTuple):
    """What became of a file: rows read, entries new and known, rejects by reason and where.

    ``waiting`` are labels that will only become known in the future.
    """

    rows: int
    new: int
    known: int
    waiting: int
    rejected: int
    reasons: dict[str, int]
    rejects: Path | None


class Progress(NamedTuple):
    """Told now and then: rows read so far, then entries written of how many."""

    rows: Callable[[int], None]
    entries: Callable[[int, int], None]


class Importer:
    """Imports files into one ledger as of ``now`` (microseconds).

    What a ledger already knows later is refused, for it would be learned now and not
    when it happened; ``late`` allows that.
    """

    def __init__(
        self, mapping: Mapping, door: Door, ledger: Ledger, now: int, *, late: bool = False
    ) -> None:
        self._mapping, self._door, self._ledger, self._now = mapping, door, ledger, now
        self._late = late

    def read(self, path: Path, rejects: Path, progress: Progress) -> ImportReport:
        """Imports one CSV or Parquet file; bad rows go to ``rejects`` and stop nothing.

        Raises `SetupError` where the file cannot be read at all, or comes too late.
        """
        rejects.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left in rejects.parent.glob(f"{_SORTING}*"):  # of an import that was killed
            shutil.rmtree(left)
        with (
            tempfile.TemporaryDirectory(dir=rejects.parent, prefix=_SORTING) as folder,
            closing(_Sorter(Path(folder) / "sorted.db")) as sorter,
        ):
            with closing(_Rejects(rejects)) as rejected:
                rows, waiting = self._sort(path, sorter, rejected, progress)
            if not self._late:
                self._refuse_what_is_late(sorter)
            total = sorter.count
            counts = self._ledger.import_entries(
                self._records(sorter),
                lambda counts: progress.entries(counts.new + counts.known, total),
            )
        return ImportReport(
            rows=rows,
            new=counts.new,
            known=counts.known,
            waiting=waiting,
            rejected=rejected.count,
            reasons=dict(rejected.reasons.most_common()),
            rejects=rejects if rejected.count else None,
        )

    def _sort(
        self, path: Path, sorter: _Sorter, rejected: _Rejects, progress: Progress
    ) -> tuple[int, int]:
        rows = waiting = 0
        for line in read(path):
            rows += 1
            if rows % _BATCH == 0:
                progress.rows(rows)
            try:
                told = self._tell(line)
            except CardNumberRefused as error:
                rejected.add(line.number, error.message, "(withheld)")
            except InvalidInput as error:
                reason = f"{error.message} ({error.pointer})" if error.pointer else error.message
                rejected.add(line.number, reason, line.text)
            else:
                for one in told:
                    if one.known_at <= self._now:
                        sorter.add(one)
                    else:
                        waiting += 1
        progress.rows(rows)
        return rows, waiting

    def _tell(self, line: Line) -> list[Told]:
        if line.fault:
            if holds_card_number(line.text.encode()):
                raise CardNumberRefused("the line is no row, and holds a full card number")
            raise InvalidInput(line.fault)
        told = self._mapping.tell(line.row)
        for one in told:
            occurred_at = one.what.occurred_at
            ahead = occurred_at is not None and microseconds(occurred_at) > self._now
            if ahead or (one.known_at > self._now and not isinstance(one.what, Label)):
                raise InvalidInput("the row lies in the future", "/occurred_at")
        return told

    def _refuse_what_is_late(self, sorter: _Sorter) -> None:
        last = self._ledger.last_known_at
        for known_at, what in sorter:
            if known_at + _TIES_SPREAD >= last:
                return
            space: Space = "label" if isinstance(what, Label) else "event"
            if self._ledger.find(space, what.id) is None:
                raise SetupError(
                    "the ledger already knows later things than this file begins with, so its "
                    "rows would count as learned today: import into a home of its own "
                    "(VOUCH_HOME), or say --late if that is what you want"
                )

    def _records(self, sorter: _Sorter) -> Iterator[Record]:
        """In order, each with a place of its own."""
        last = 0
        for known_at, what in sorter:
            last = max(known_at, last + 1)
            yield Record(self._door.learn(what, last))


class _Sorter:
    """Events and labels sorted on disk, in bounded memory.

    They are there as they were sent, so the file has no name: it is gone however this ends.
    """

    def __init__(self, path: Path) -> None:
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "off")
        self._connection.pragma("synchronous", "off")
        self._connection.execute(
            "CREATE TABLE told (known_at INTEGER, id TEXT, is_label INTEGER, body BLOB); BEGIN"
        )
        path.unlink()
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
