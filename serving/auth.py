"""API keys: made once, shown once, kept as SHA-256.

A key is 256 random bits, so a plain hash is enough at rest and a look-up is one
dictionary access. The file is read again when it changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec

from features.errors import InvalidInput, NotFound, SetupError
from serving import keyfile

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CHECK_SECONDS = 1.0
_SCHEME = "bearer "


class ApiKey(msgspec.Struct, frozen=True):
    """A key as it is kept."""

    name: str
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    created_at: datetime


class ApiKeys:
    """The API keys of a home folder."""

    def __init__(self, home: Path) -> None:
        self.path = home / "keys" / "api.json"

    def create(self, name: str) -> str:
        """Makes a key; this is the only time that it can be seen.

        Raises `InvalidInput` for a name that is taken or cannot be one.
        """
        if _NAME.fullmatch(name) is None:
            raise InvalidInput("a key's name is 1 to 64 letters, digits, dots, dashes, underscores")
        key = "vouch_" + secrets.token_urlsafe(32)
        made = ApiKey(name, hashlib.sha256(key.encode()).hexdigest(), datetime.now(UTC))
        with self._exclusively():
            keys = self.read()
            if any(other.name == name for other in keys):
                raise InvalidInput(f"there is a key named {name}: revoke it or choose another name")
            self._write([*keys, made])
        return key

    def revoke(self, name: str) -> None:
        """Ends a key; a running server notices within about a second. Raises `NotFound`."""
        with self._exclusively():
            keys = self.read()
            left = [key for key in keys if key.name != name]
            if len(left) == len(keys):
                raise NotFound(f"there is no key named {name}: `vouch keys list` shows them")
            self._write(left)

    def read(self) -> list[ApiKey]:
        """All keys, in the order in which they were made."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=list[ApiKey])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise SetupError(
                f"cannot read the API keys in {self.path} ({error}): "
                "restore it from a backup, or delete it and make new keys"
            ) from None

    def _write(self, keys: list[ApiKey]) -> None:
        keyfile.write(self.path, msgspec.json.encode(keys))

    @contextmanager
    def _exclusively(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SetupError(f"cannot write in {self.path.parent} ({error.strerror})") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


class Gate:
    """Lets requests in by their ``Authorization`` header.

    Raises `SetupError` where the keys cannot be read at the start; later the
    last that could be read stay in force.
    """

    def __init__(self, keys: ApiKeys) -> None:
        self._keys = keys
        self._by_digest: dict[bytes, bytes] = {}
        self._version: tuple[int, int] | None = None
        self._problem = ""
        self._checked_at = time.monotonic()
        self._read()

    def admits(self, authorization: str) -> bool:
        """Whether the header carries a key that exists and was not revoked."""
        self._follow()
        if authorization[:7].lower() != _SCHEME:
            return False
        digest = hashlib.sha256(authorization[7:].strip().encode()).digest()
        known = self._by_digest.get(digest)
        return known is not None and hmac.compare_digest(known, digest)

    def problem(self) -> str:
        """Why the keys in force are not those of the file; empty if they are."""
        self._follow()
        return self._problem

    def _follow(self) -> None:
        now = time.monotonic()
        if now - self._checked_at < _CHECK_SECONDS:
            return
        self._checked_at = now
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
            digests = (bytes.fromhex(key.sha256) for key in self._keys.read())
            self._by_digest = {digest: digest for digest in digests}
            self._version = version
        self._problem = ""
