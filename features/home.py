"""The home folder: where everything generated lives, and nothing else is written."""

from __future__ import annotations

import os
from pathlib import Path


def home_folder() -> Path:
    """``VOUCH_HOME``, by default ``./.vouch``."""
    return Path(os.environ.get("VOUCH_HOME") or ".vouch").absolute()
