"""The file world.json: which world a folder holds, and what came out of it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from features import reference
from features.export import SCHEMA

if TYPE_CHECKING:
    from data.world import World

_HERE = Path(__file__).parent


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulation gave: rows per kind, customers per typology, seconds it took."""

    world: dict[str, object]
    rows: dict[str, int]
    customers: dict[str, int]
    seconds: float


def fingerprint(world: World) -> dict[str, object]:
    """The parameters of a world, with a digest of the code that tells it."""
    return {
        "customers": world.customers,
        "days": world.days,
        "seed": world.seed,
        "start": world.start.isoformat(),
        "mix": {name: float(weight) for name, weight in world.mix.items() if weight},
        "code": _code(),
    }


def held(world: World, folder: Path) -> Summary | None:
    """The summary of a folder that holds this very world, complete; else None."""
    summary = read_summary(folder)
    return summary if summary is not None and summary.world == fingerprint(world) else None


def read_summary(folder: Path) -> Summary | None:
    """The summary in a folder; None if there is none, or none of a finished world."""
    if not all((folder / name).exists() for name in ("events.parquet", "truth.parquet")):
        return None
    try:
        return msgspec.json.decode((folder / "world.json").read_bytes(), type=Summary)
    except (OSError, msgspec.DecodeError):
        return None


def write_summary(folder: Path, summary: Summary) -> None:
    """Writes ``world.json``; it appears only when complete."""
    text = msgspec.json.format(msgspec.json.encode(summary), indent=2)
    unfinished = folder / "world.json.unfinished"
    unfinished.write_bytes(text + b"\n")
    unfinished.replace(folder / "world.json")


@cache
def _code() -> str:
    digest = hashlib.sha256(f"{SCHEMA.names}{reference.load().digest}".encode())
    for file in sorted(_HERE.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
