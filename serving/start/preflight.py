"""What must hold before the service starts; each failure is one sentence that says what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from features.errors import SetupError
from serving.lock import HomeLock
from serving.settings import Settings
from serving.start.server import listen

LEAST_FREE_BYTES = 2 * 1024**3
_LEAST_PYTHON = (3, 11)


def check(settings: Settings) -> None:
    """Raises `SetupError` for the first thing that is missing."""
    check_python(sys.version_info[:2])
    check_home(settings.home)
    check_disk(settings.home, LEAST_FREE_BYTES)
    listen(settings).close()
    HomeLock(settings.home).close()
    check_inputs(settings)
    check_ledger(settings.home)


def check_inputs(settings: Settings) -> None:
    """Whether catalogue, reference data and policies can be read, and webhooks may be sent."""
    from features.catalogues import chosen
    from features.reference import SHIPPED, load
    from serving.opening import policies_of
    from serving.webhooks.receiver import Receiver

    load(settings.reference or SHIPPED)
    policies_of(settings, chosen(settings.catalogue))
    if settings.webhook_url:
        Receiver(settings.webhook_url, settings.webhook_hosts)


def check_ledger(home: Path) -> None:
    """Whether the ledger can be opened, where there is one."""
    from serving.ledger.sqlite import FILE, SqliteLedger

    if (home / FILE).exists():
        SqliteLedger(home).close()


def check_python(version: tuple[int, ...]) -> None:
    """Whether this Python is new enough."""
    if version < _LEAST_PYTHON:
        raise SetupError(
            f"this is Python {'.'.join(map(str, version))}, and Vouch needs 3.11 or newer: "
            "install one and run `make run` again"
        )


def check_home(home: Path) -> None:
    """Whether the home folder is there, or can be made, and can be written in."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        raise SetupError(
            f"cannot write in {home} ({error.strerror}): choose another folder with VOUCH_HOME"
        ) from None


def check_disk(home: Path, least: int) -> None:
    """Whether the disk has room for history, models and ledger."""
    free = shutil.disk_usage(home).free
    if free < least:
        raise SetupError(
            f"the disk of {os.fspath(home)} has {free / 1024**3:.1f} GiB free, and Vouch needs "
            f"{least / 1024**3:.0f}: free some space, or choose another folder with VOUCH_HOME"
        )
