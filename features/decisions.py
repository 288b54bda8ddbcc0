"""Decisions as a table: what each one said, and the vector that it really used.

    events.parquet      ──► decisions.parquet            written beside each other by
    export.parquet      ──► export.decisions.parquet     `vouch export`

One row per decision. ``vector`` is as it was when the decision was made, never recomputed, so
that a fault of that day is seen in it. Which signal stands where is a `Layout`; the row names
its number, and the layouts lie in the file's metadata. Where there is none, the decision was
made with a catalogue that is not known any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

#: Under which name the layouts stand in the metadata of the file.
METADATA = b"vouch.layouts"

#: The columns of the table. Times are microseconds, UTC; unknown is null, in ``vector`` too.
#: ``models`` are digests of bundles, ``instead_of`` what exploration has set aside.
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("event", pa.string(), nullable=False),
        pa.field("moment", pa.string(), nullable=False),
        pa.field("known_at", pa.int64(), nullable=False),
        pa.field("customer", pa.string()),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("instead_of", pa.string()),
        pa.field("score", pa.int64(), nullable=False),
        pa.field("mode", pa.string(), nullable=False),
        pa.field("risks", pa.map_(pa.string(), pa.float64())),
        pa.field("policies", pa.list_(pa.string())),
        pa.field("models", pa.list_(pa.string())),
        pa.field("catalogue", pa.string(), nullable=False),
        pa.field("layout", pa.int32()),
        pa.field("vector", pa.list_(pa.float64()), nullable=False),
        pa.field("attributes", pa.string()),
    ]
)


class Placed(msgspec.Struct, frozen=True):
    """A column of a vector: its name, and the digest of its declaration."""

    name: str
    digest: str


class Layout(msgspec.Struct, frozen=True):
    """Which column stands where in the vectors of a moment under a catalogue."""

    moment: str
    catalogue: str
    columns: tuple[Placed, ...]

    @property
    def place(self) -> dict[Placed, int]:
        """Where each column stands."""
        return {column: place for place, column in enumerate(self.columns)}


def beside(export: Path) -> Path:
    """The file of the decisions that belongs to an export.

    It is no ``events*.parquet``, so a folder of exports can hold it.

    >>> str(beside(Path("history/events.parquet"))), str(beside(Path("export.parquet")))
    ('history/decisions.parquet', 'export.decisions.parquet')
    """
    if export.name.startswith("events"):
        return export.with_name("decisions" + export.name.removeprefix("events"))
    return export.with_name(f"{export.stem}.decisions{export.suffix}")


def written(layouts: Iterable[Layout]) -> dict[bytes, bytes]:
    """Layouts as metadata of a Parquet file, in the order of their numbers."""
    return {METADATA: msgspec.json.encode(list(layouts))}


def layouts(path: Path) -> tuple[Layout, ...] | None:
    """The layouts of a file by their numbers; None if it is no file of decisions."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
        return msgspec.json.decode(metadata[METADATA], type=tuple[Layout, ...])
    except (OSError, pa.ArrowException, KeyError, msgspec.MsgspecError):
        return None
