"""Embedded state: objects in memory, written behind to one SQLite file.

    read, fold ──► objects in memory ──(every half second, in another thread)──► state.db
                        ▲
                        └── loaded when first asked for

The file is never waited for. It stores the place in the ledger up to which it
is complete; after a fault the entries behind that place are folded again, which
changes nothing where they had been folded before. A series that the file does not
know yet has a hole in its past: it is unknown until it has been filled.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from features.durations import HOUR
from features.fact_types import Value
from features.facts import Entry
from features.series import Series
from features.state.file import StateFile
from features.state.halves import Halves, Known
from features.state.protocol import Blocks, Held, StateDamaged, StateUnavailable, Tokens
from features.state.shelves import Shelves, translated

_MOST_IN_MEMORY = 1_000_000
_SWEEP_EVERY = 6 * HOUR


class EmbeddedState:
    """State of one process in one file.

    ``follows`` identifies the ledger that is followed: a file that followed another
    one is not used. With ``fill_only`` it fills the series that the file does not know,
    beside another process that uses the file. Raises `StateUnavailable` where the file
    cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        series: Iterable[Series],
        follows: str = "",
        flush_seconds: float = 0.5,
        patience_ms: int = 5_000,
        fill_only: bool = False,
    ) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # taken before the other one
        with translated():
            self._file = StateFile(path, patience_ms)
        self._shelves = Shelves(self._file, _MOST_IN_MEMORY)
        self._halves = Halves(lambda folder, entry: folder.fold(entry, self._shelves))
        self._position = self._swept = 0
        self._fill_only = fill_only
        with translated():
            self._open(tuple(series), follows)
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

    @property
    def filling(self) -> tuple[Series, ...]:
        """Series with a hole in their past."""
        return self._halves.filling.series

    @property
    def filled(self) -> int:
        """Place up to which the hole has been filled."""
        return self._halves.filled

    def read(self, blocks: Blocks, tokens: Tokens, t: int) -> list[int | None]:
        """All integers of all blocks as of ``t``."""
        with self._lock:
            return self._shelves.read(blocks, tokens, t)

    def current(self, wanted: Sequence[tuple[Series, str]], t: int) -> list[Value | None]:
        """The values as they are of latest series."""
        with self._lock:
            found = [(self._shelves.find(one.digest, token), one) for one, token in wanted]
            return [None if one is None else one.within(t, series.span) for one, series in found]

    def fold(self, entry: Entry) -> None:
        """Takes in one entry."""
        with self._lock:
            self._halves.fold(entry)

    def fill(self, entries: Iterable[Entry]) -> None:
        """Takes in entries of the past, a few at a time: reads wait meanwhile."""
        with self._lock:
            self._halves.fill(entries)

    def catch_tail(self) -> int:
        """Keeps what is folded from now on; returns the last place before that."""
        with self._lock:
            return self._halves.catch_tail()

    def go_live(self) -> None:
        """Joins the series that were filling to the others."""
        with self._writing, translated():
            with self._lock:
                series = self._halves.go_live()
                for one in series:
                    self._shelves.show(one)
            self._file.know({one.digest: (one.span, None) for one in series})

    def want(self, series: Iterable[Series]) -> None:
        """Keeps more series; what the file does not know of is filling."""
        with self._writing, self._lock, translated():
            self._adopt(self._halves.missing(series))
            self._file.look_anew()

    def held(self) -> Iterator[Held]:
        """Everything in the file."""
        self.flush()
        with translated():
            yield from self._shelves.held()

    def flush(self) -> None:
        """Writes what has changed; the engine waits only while a few objects are encoded."""
        with self._writing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            changes = self._shelves.take()
            complete = self._halves.folded
            known = self._known(whole=changes.anew)
        try:
            with translated():
                position = None if self._fill_only else complete
                rows = self._shelves.encoded(changes, self._lock)
                self._file.write(rows, position, known, anew=changes.anew)
        except StateUnavailable:
            with self._lock:
                self._shelves.put_back(changes)
            raise
        with self._lock, translated():
            if self._shelves.written(changes):
                self._position = complete
            self._file.look_anew()
            self._shelves.make_room()

    def forget_expired(self, t: int) -> None:
        """Deletes from the file what no read at ``t`` or later can see."""
        with self._writing, translated():
            for name, series in self._shelves.parts():
                self._file.forget_older(name, t - series.span - series.delay)

    def reset(self) -> None:
        """Forgets everything, at once; the ledger has to be folded again from its beginning.

        Touches no disk: the file is made anew by the next flush, and until then a fault
        leaves it as it was.
        """
        with self._lock:
            for one in self._halves.reset():
                self._shelves.show(one)
            self._shelves.empty()
            self._position = 0

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
                if self._position - self._swept > _SWEEP_EVERY and not self._fill_only:
                    self.forget_expired(self._position)
                    self._swept = self._position
                self.problem = ""
            except StateUnavailable as error:
                self.problem = f"the state file cannot be written ({error}): restarts take longer"

    def _open(self, series: tuple[Series, ...], follows: str) -> None:
        """Goes on where the file stopped, if it followed this ledger."""
        file = self._file
        there = bool(file.known()) and file.noted("ledger") in (None, "", follows)
        if there:
            position = file.noted("position")
            self._position = self._swept = position if isinstance(position, int) else 0
            self._halves.folded = self._position
        if not self._fill_only:
            self._begin(series, follows, there)
        elif not there:
            raise StateDamaged("there is no state of this ledger yet: start the service once")
        file.look_anew()
        self._adopt(series)
        self._shelves.load()

    def _begin(self, series: tuple[Series, ...], follows: str, there: bool) -> None:
        """Notes which series are kept from here on; in a new file all are whole."""
        if there:
            self._file.leave((one.digest for one in series), self._position)
        else:
            whole = {one.digest: (one.span, None) for one in series}
            self._file.write((), 0, whole, anew=True)
        self._file.note("ledger", follows)

    def _adopt(self, series: tuple[Series, ...]) -> None:
        """Takes series in, as far as the file knows them."""
        known = self._file.known()
        for one in self._halves.adopt(series, known, fill_only=self._fill_only):
            if one.narrower:
                self._file.forget(one.series.digest)
            self._shelves.add(one.series, shown=one.whole)
        self._file.know(self._known(whole=not self._fill_only))

    def _known(self, *, whole: bool) -> Known:
        """How far series are filled, those without a hole included if ``whole``."""
        halves = self._halves
        holes = {one.digest: (one.span, halves.filled) for one in halves.filling.series}
        lives = {one.digest: (one.span, None) for one in halves.live.series if whole}
        return {**holes, **lives}
