"""Rooms: what an API key for tests sends is scored by a scorer of its own, in a home of its own.

The real room is opened at the start, the one for tests when somebody first asks for it. Both
have the same models, policies, catalogue and reference data; ledger, state and secrets are apart.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from features.contract import BundleStore
from features.errors import Unavailable, VouchError
from serving import keyfile
from serving.endpoints.desk import Desk
from serving.endpoints.handlers import handlers
from serving.gate import Caller
from serving.metrics import Metrics
from serving.opening import open_scorer
from serving.settings import Settings

_FOLDER = "test"


class Room:
    """One scorer and the endpoints before it. Raises `VouchError` where it cannot be opened."""

    def __init__(self, settings: Settings, packed: Path | None, metrics: Metrics) -> None:
        self.scorer = open_scorer(settings, packed)
        try:
            secret = self._fingerprint_secret(settings.home)
        except VouchError:
            self.scorer.close()
            raise
        self.desk = Desk(self.scorer, settings, metrics, secret)
        self.handlers = handlers(self.desk)

    def close(self) -> None:
        """Writes what waits and lets go of the home."""
        self.desk.reading.close()
        self.scorer.close()

    def _fingerprint_secret(self, home: Path) -> bytes:
        """Made anew only where nothing was fingerprinted with the one that is lost."""
        path = home / "keys" / "fingerprint-secret"
        fresh = not path.exists() and not self.scorer.ledger.has_fingerprints()
        return keyfile.secret(path, create=fresh)


class Rooms:
    """The room of real API keys and that of those for tests.

    ``metrics`` tell of what is real only: what tests decide is counted nowhere.
    """

    def __init__(self, settings: Settings, packed: Path | None, metrics: Metrics) -> None:
        self._settings, self._packed = settings, packed
        self.real = Room(settings, packed, metrics)
        self._test: Room | None = None
        self._closed = False
        self._turn = threading.Lock()

    async def of(self, caller: Caller) -> Room:
        """Where a caller belongs. Raises `Unavailable` where it cannot be opened."""
        if not caller.test:
            return self.real
        if self._test is not None:
            return self._test
        return await asyncio.to_thread(self._opened)

    def opened(self) -> tuple[Room, ...]:
        """The rooms that are open."""
        return (self.real,) if self._test is None else (self.real, self._test)

    def close(self) -> None:
        """Writes what waits and lets go of both homes."""
        try:
            self.real.close()
        finally:
            with self._turn:
                self._closed = True
                if self._test is not None:
                    self._test.close()

    def _opened(self) -> Room:
        """The room for tests; on a thread, for opening takes long and real requests go on."""
        with self._turn:
            if self._closed:
                raise Unavailable("the service is stopping")
            if self._test is not None:
                return self._test
            try:
                self._test = room = Room(*beside(self._settings, self._packed), Metrics())
            except VouchError as error:
                logging.getLogger("vouch").error("no room for tests: %s", error.message)
                raise Unavailable(
                    "the scorer for tests cannot be opened: the log tells why"
                ) from None
            return room


def beside(settings: Settings, packed: Path | None) -> tuple[Settings, Path]:
    """Settings of the room for tests, and the home from which it reads its models.

    Nobody is told what becomes of tests.
    """
    models = packed if packed and not BundleStore(settings.home).public_key.exists() else None
    state = urlsplit(settings.state)
    apart = state._replace(fragment=f"{state.fragment or 'vouch'}-{_FOLDER}")
    return (
        replace(
            settings,
            home=settings.home / _FOLDER,
            webhook_url="",
            state=urlunsplit(apart) if settings.state else "",
        ),
        models or settings.home,
    )
