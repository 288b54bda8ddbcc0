"""The secret of a home's webhooks: made once, and rotated without a message being refused.

The file holds one secret a line, the newest first. Messages are signed with all of them, so a
receiver may change over at any time before the next rotation.
"""

from __future__ import annotations

import base64
import re
import secrets
from pathlib import Path

from features.errors import SetupError
from serving import keyfile
from serving.webhooks.signature import PREFIX

_KEPT = 2
_FORM = re.compile(PREFIX + r"[A-Za-z0-9+/]{32,88}={0,2}")


class Secrets:
    """The secrets of a home."""

    def __init__(self, home: Path) -> None:
        self.path = home / "keys" / "webhook-secret"

    def read(self, *, create: bool = False) -> tuple[str, ...]:
        """All in use, the newest first; with ``create`` one is made when there is none.

        Raises `SetupError` where the file cannot be read.
        """
        if create and not self.path.exists():
            self._write((_new(),))
        try:
            found = tuple(self.path.read_text("ascii").split())
        except (OSError, UnicodeDecodeError):
            found = ()
        if not found or not all(map(_FORM.fullmatch, found)):
            raise SetupError(
                f"the webhook secret {self.path} cannot be read or is damaged: restore it from a "
                "backup, or delete it and tell the receiver the new one"
            )
        return found

    def rotate(self) -> str:
        """Makes a new one; the one before goes on signing, too."""
        made = _new()
        self._write((made, *self.read(create=True))[:_KEPT])
        return made

    def _write(self, lines: tuple[str, ...]) -> None:
        keyfile.write(self.path, "".join(f"{line}\n" for line in lines).encode())


def _new() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()
