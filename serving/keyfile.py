"""Files that hold a secret: readable by their owner only, complete or not there at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from features.errors import SetupError

_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def write(path: Path, content: bytes) -> None:
    """Puts ``content`` into a file in one step, mode 0600, its folder 0700."""
    unfinished = path.with_name(f"{path.name}.unfinished-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(unfinished, _NEW, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SetupError(f"cannot write {path} ({error.strerror})") from None


def secret(path: Path, *, create: bool = True) -> bytes:
    """The 32 random bytes of a file, made when it is not there.

    Raises `SetupError` where it cannot be read, and where it is lost: without
    ``create`` something was made with it that another one would not fit.
    """
    try:
        if create and not path.exists():
            write(path, secrets.token_bytes(32))
        content = path.read_bytes()
    except FileNotFoundError:
        raise SetupError(
            f"the secret {path} is lost, and the ledger was written with it: "
            "restore it from a backup"
        ) from None
    except OSError as error:
        raise SetupError(f"cannot read the secret {path} ({error.strerror})") from None
    if len(content) != 32:
        raise SetupError(f"the secret {path} is damaged: restore it from a backup")
    return content
