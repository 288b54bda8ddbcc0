"""The lock of a home folder: one process at a time may write its ledger and state."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from features.errors import SetupError


class HomeLock:
    """Held from construction to `close`; the system lets go of it when the process dies."""

    def __init__(self, home: Path) -> None:
        path = home / "serving.lock"
        try:
            home.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SetupError(
                f"cannot write in {home} ({error.strerror}): choose another folder with VOUCH_HOME"
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip()
            os.close(self._file)
            raise SetupError(
                f"process {holder or 'unknown'} already uses the home {home}: "
                "stop it, or choose another folder with VOUCH_HOME"
            ) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    @property
    def closed(self) -> bool:
        """Whether the lock was let go."""
        return self._file < 0

    def close(self) -> None:
        """Lets go; again does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
