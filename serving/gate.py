"""The gate: who calls, by the ``Authorization`` header, and what that caller may do."""

from __future__ import annotations

import hashlib
import hmac
import math
import time
from typing import NamedTuple

from features.errors import SetupError
from serving.auth import SCOPES, ApiKey, ApiKeys
from serving.errors import Refused

_CHECK_SECONDS = 1.0
_SCHEME = "bearer "


class Caller(NamedTuple):
    """Who calls: an API key's name, the account it belongs to, and what it may do.

    ``scopes`` are complete: who may do everything has them all. ``rate`` is in requests a second,
    None means what the settings say. ``expires_at`` is in seconds since the epoch.
    """

    name: str
    account: str
    scopes: frozenset[str]
    test: bool = False
    rate: int | None = None
    expires_at: float = math.inf


#: Who calls where no API key is asked for.
NOBODY = Caller("", "", frozenset())


class Gate:
    """Lets requests in by their ``Authorization`` header.

    Raises `SetupError` where the API keys cannot be read at the start; later the
    last that could be read stay in force.
    """

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys
        self._by_digest: dict[bytes, tuple[bytes, Caller]] = {}
        self._version: tuple[int, int] | None = None
        self._problem = ""
        self._checked_at = time.monotonic()
        self._read()

    def caller(self, authorization: str) -> Caller:
        """Whose API key it is. Raises `Refused` where there is none that is in force."""
        self._follow()
        if authorization[:7].lower() != _SCHEME:
            raise Refused("unauthorised", "send `Authorization: Bearer` and an API key")
        digest = hashlib.sha256(authorization[7:].strip().encode()).digest()
        if digest not in self._by_digest:
            self._look()  # it may have been made a moment ago
        known, caller = self._by_digest.get(digest, (b"", NOBODY))
        if not hmac.compare_digest(known, digest):
            raise Refused("unauthorised", "there is no such API key, or it was revoked")
        if caller.expires_at <= time.time():
            raise Refused("unauthorised", "the API key has expired: send a newer one")
        return caller

    def problem(self) -> str:
        """Why the API keys in force are not those of the file; empty if they are."""
        self._follow()
        return self._problem

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
        self._look()

    def _look(self) -> None:
        try:
            self._read()
        except SetupError as error:
            self._problem = error.message

    def _read(self) -> None:
        try:
            status = self._keys.path.stat()
            version = (status.st_mtime_ns, status.st_ino)
        except OSError:
            version = None
        if version is None or version != self._version:
            self._by_digest = {
                digest: (digest, _caller(key))
                for key in self._keys.read()
                if (digest := bytes.fromhex(key.sha256))
            }
            self._version = version
        self._problem = ""


def _caller(key: ApiKey) -> Caller:
    return Caller(
        name=key.name,
        account=key.account,
        scopes=frozenset(SCOPES if "admin" in key.scopes else key.scopes),
        test=key.test,
        rate=key.rate,
        expires_at=math.inf if key.expires_at is None else key.expires_at.timestamp(),
    )
