"""Filling: a new signal's past comes from the ledger while the service goes on answering.

ledger ──(a few entries at a time)──► series with a hole ──► whole, and live
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Protocol

from features.errors import VouchError
from features.facts import Entry
from features.state.protocol import State, StateUnavailable

_SLICE = 20  # entries folded while the engine waits: well below a millisecond
_LOOK_EVERY = 0.5


class Entries(Protocol):
    """Where the past comes from: a ledger on disk."""

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries with ``after < known_at <= until``, in order."""


def fill(
    state: State,
    ledger: Entries,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda entries: None,
    pause: float = 0.0,
) -> None:
    """Fills what has a hole, up to the end of the ledger on disk."""
    done = 0
    entries = ledger.entries(after=state.filled)
    while slice := list(islice(entries, _SLICE)):
        if stopped():
            return
        state.fill(slice)
        done += len(slice)
        progress(done)
        time.sleep(pause)


class Filler:
    """Fills in a thread of its own whenever there is something to fill."""

    def __init__(self, state: State, ledger: Entries) -> None:
        self._state, self._ledger = state, ledger
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vouch-filling", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops; what was filled so far is kept."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY):
            if not self._state.filling:
                continue
            try:
                self._fill()
            except (StateUnavailable, VouchError) as error:
                logging.getLogger("vouch").warning("filling of new signals waits: %s", error)

    def _fill(self) -> None:
        """To the end of the ledger; then with what comes meanwhile; then live."""
        fill(self._state, self._ledger, self._stop.is_set, pause=0.0005)
        reached = self._state.catch_tail()
        while self._state.filling and self._state.filled < reached:
            before = self._state.filled
            fill(self._state, self._ledger, self._stop.is_set)
            if self._state.filled == before and self._stop.wait(0.01):
                return
        if not self._stop.is_set():
            self._state.go_live()
