"""API keys: made once, shown once, kept as SHA-256.

An API key is 256 random bits, so a plain hash is enough at rest and a look-up is one
dictionary access. `serving.gate` follows the file.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec

from features.errors import InvalidInput, NotFound, SetupError
from serving import keyfile

ScopeName = Literal["score", "ingest", "review", "policy", "audit", "admin"]

#: What an API key may allow; `admin` allows everything.
SCOPES: tuple[ScopeName, ...] = get_args(ScopeName)

#: What a sign-up flow needs, and no more.
USUAL_SCOPES: tuple[ScopeName, ...] = ("score", "ingest")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ACCOUNT = r"\A[a-z0-9][a-z0-9-]{0,31}\Z"


class ApiKey(msgspec.Struct, frozen=True):
    """An API key as it is kept. One that was made before there were scopes has all of them."""

    name: str
    sha256: Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    created_at: datetime
    account: Annotated[str, msgspec.Meta(pattern=_ACCOUNT)] = "main"
    scopes: tuple[ScopeName, ...] = SCOPES
    expires_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    test: bool = False
    rate: Annotated[int, msgspec.Meta(ge=1)] | None = None

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= now


class ApiKeys:
    """The API keys of a home folder."""

    def __init__(self, home: Path) -> None:
        self.path = home / "keys" / "api.json"

    def create(
        self,
        name: str,
        *,
        scopes: Sequence[ScopeName] = USUAL_SCOPES,
        account: str = "main",
        lasts: timedelta | None = None,
        test: bool = False,
        rate: int | None = None,
    ) -> str:
        """Makes an API key; this is the only time that it can be seen.

        One account's API keys share its idempotency. ``lasts`` None means for ever, ``rate``
        (requests a second) None what the settings say. Raises `InvalidInput` for a name that is
        taken or cannot be one.
        """
        if _NAME.fullmatch(name) is None:
            raise InvalidInput(
                "an API key's name is 1 to 64 letters, digits, dots, dashes, underscores"
            )
        if re.fullmatch(_ACCOUNT, account) is None:
            raise InvalidInput("an account is 1 to 32 small letters, digits and dashes")
        if rate is not None and rate < 1:
            raise InvalidInput("a rate is at least 1 request a second")
        if lasts is not None and lasts <= timedelta(0):
            raise InvalidInput("an API key lasts for some time: `90d`, or leave its end out")
        secret, now = _secret(test), datetime.now(UTC)
        made = ApiKey(
            name,
            _digest(secret),
            now,
            account=account,
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            expires_at=None if lasts is None else now + lasts,
            test=test,
            rate=rate,
        )
        with self._exclusively():
            known = self.read()
            if any(other.name == name for other in known):
                raise InvalidInput(
                    f"there is an API key named {name}: revoke it or choose another name"
                )
            self._write([*known, made], now)
        return secret

    def rotate(self, name: str, grace: timedelta) -> str:
        """Makes a new secret for an API key; the old one works until ``grace`` is over.

        One that expires gets as long a life again. Raises `NotFound`.
        """
        now = datetime.now(UTC)
        with self._exclusively():
            known = self.read()
            old = [key for key in known if key.name == name]
            if not old:
                raise _no_such(name)
            last, secret = old[-1], _secret(old[-1].test)
            expires_at = last.expires_at and now + (last.expires_at - last.created_at)
            made = msgspec.structs.replace(
                last, sha256=_digest(secret), created_at=now, expires_at=expires_at
            )
            self._write([*(_ended(key, name, now + grace) for key in known), made], now)
        return secret

    def revoke(self, name: str) -> None:
        """Ends an API key, also an old secret of it; a running server notices within a second.

        Raises `NotFound`.
        """
        with self._exclusively():
            known = self.read()
            left = [key for key in known if key.name != name]
            if len(left) == len(known):
                raise _no_such(name)
            self._write(left, datetime.now(UTC))

    def read(self) -> list[ApiKey]:
        """All API keys, in the order in which they were made; a name's last one is its newest."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=list[ApiKey])
        except FileNotFoundError:
            return []
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            raise SetupError(
                f"cannot read the API keys in {self.path} ({error}): "
                "restore it from a backup, or delete it and make new API keys"
            ) from None

    def _write(self, keys: list[ApiKey], now: datetime) -> None:
        """Old secrets whose grace is over are left out."""
        newest = {key.name: key for key in keys}
        kept = [key for key in keys if key is newest[key.name] or not key.expired(now)]
        keyfile.write(self.path, msgspec.json.encode(kept))

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


def _secret(test: bool) -> str:
    return ("vouch_test_" if test else "vouch_") + secrets.token_urlsafe(32)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _ended(key: ApiKey, name: str, end: datetime) -> ApiKey:
    """An API key of this name, ending then or before."""
    if key.name != name or (key.expires_at is not None and key.expires_at <= end):
        return key
    return msgspec.structs.replace(key, expires_at=end)


def _no_such(name: str) -> NotFound:
    return NotFound(f"there is no API key named {name}: `vouch keys list` shows them")
