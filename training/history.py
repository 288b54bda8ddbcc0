"""Where history lies, and what identifies it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from features.engines import LOCAL_MASTER, EngineName
from features.errors import NotEnoughData
from features.offline import History

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def default_history(home: Path) -> Path:
    """The export that is trained on unless another is named."""
    return home / "history" / "events.parquet"


def open_history(
    path: Path, engine: str = EngineName.duckdb, master: str = LOCAL_MASTER
) -> History:
    """Opens an export, a file or a folder of them; raises `NotEnoughData` where there is none."""
    files = export_files(path)
    if not files:
        raise NotEnoughData(
            f"there is no history at {path}: make one with `vouch simulate`, or bring your own "
            "with `vouch import` and `vouch export`"
        )
    return History.open(files, engine=engine, master=master)


def export_files(path: Path) -> list[Path]:
    """The Parquet files of an export: the file itself, or every ``events*.parquet`` of a folder."""
    return sorted(path.glob("events*.parquet")) if path.is_dir() else [path] * path.is_file()


def digest(path: Path) -> str:
    """SHA-256 over the export's files, in hexadecimal."""
    content = hashlib.sha256()
    for file in export_files(path):
        with file.open("rb") as opened:
            content.update(hashlib.file_digest(opened, "sha256").digest())
    return content.hexdigest()


def date(microseconds: int) -> str:
    """The UTC day of a time, for people.

    >>> date(1_420_070_400_000_000)
    '2015-01-01'
    """
    return (_EPOCH + timedelta(microseconds=microseconds)).strftime("%Y-%m-%d")
