"""Reference data in use: read at the start, and again when its files change.

files change ──► read anew ──► good? in use from the next event on
                     └─ no ──► what is in use stays, and /readyz tells why
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from features.errors import InvalidReference
from features.reference import SHIPPED, Reference, load

_State = tuple[tuple[str, int, int], ...]


class References:
    """Follows a folder of reference data (default: Vouch's own).

    ``current`` is the last good version. Raises `InvalidReference` where there is none yet.
    """

    def __init__(self, folder: Path | None = None, poll_seconds: float | None = 3.0) -> None:
        self._folder = folder or SHIPPED
        self._seen = self._look()
        self.current: Reference = load(self._folder)
        self.problem = ""
        self._stop = threading.Event()
        if poll_seconds is not None:
            threading.Thread(
                target=self._follow, args=(poll_seconds,), name="vouch-reference", daemon=True
            ).start()

    def refresh(self) -> None:
        """Reads the folder again if a file of it has changed."""
        seen = self._look()
        if seen == self._seen:
            return
        try:
            found = load(self._folder)
            self._refuse_another_currency(found)
            self.problem = ""
            if found.digest != self.current.digest:
                self.current = found
                logging.getLogger("vouch").info("reference data %s is in use", found.digest)
        except InvalidReference as error:
            self.problem = f"{error.message}; {self.current.digest} stays in use"
            logging.getLogger("vouch").error("reference data: %s", self.problem)
        self._seen = seen

    def close(self) -> None:
        """Stops following."""
        self._stop.set()

    def _refuse_another_currency(self, found: Reference) -> None:
        """Amounts that are known already are in the one currency, and are added to others."""
        before = self.current
        if (found.currency, found.minor_units) != (before.currency, before.minor_units):
            raise InvalidReference(
                f"the reference currency was {before.currency} with {before.minor_units} decimals "
                f"and is {found.currency} with {found.minor_units}: sums cannot change theirs, "
                "so restore it"
            )

    def _look(self) -> _State:
        """What tells that a file has changed."""
        try:
            found = [(path.name, path.stat()) for path in sorted(self._folder.iterdir())]
        except OSError:
            return ()
        return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)

    def _follow(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            self.refresh()
