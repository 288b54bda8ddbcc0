"""Reading: the ledger on disk is read in a thread, so that nobody waits for a long search."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from features.errors import Unavailable
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader

_Found = TypeVar("_Found")


class Reading:
    """A reader of a home's ledger of its own, one look at a time; opened when first asked."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE
        self._reader: LedgerReader | None = None
        self._closed = False
        self._turn = threading.Lock()

    async def of(self, look: Callable[[LedgerReader], _Found]) -> _Found:
        """What a look at the ledger finds; raises what it raises."""
        return await asyncio.to_thread(self._look, look)

    def close(self) -> None:
        """Lets go of the file, after the look that goes on."""
        with self._turn:
            self._closed = True
            if self._reader is not None:
                self._reader.close()

    def _look(self, look: Callable[[LedgerReader], _Found]) -> _Found:
        with self._turn:
            if self._closed:
                raise Unavailable("the service is stopping")
            if self._reader is None:
                self._reader = LedgerReader(self._path)
            return look(self._reader)
