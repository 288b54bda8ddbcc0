"""The export: the ledger's entries as a table, the one form in which history is read.

One row per entry, one column per token and per fact, unknown is null. The
simulated world writes the same table, so that everything that works on history
works on either. Training and batch scoring read it and know no ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from features.domain import CLOUD, Domain
from features.facts import Entry

_ARROW = {int: pa.int64(), float: pa.float64(), str: pa.string()}


def schema(domain: Domain) -> pa.Schema:
    """The columns of a domain's export: tokens are ``token_<kind>``, attributes a JSON object."""
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("kind", pa.string(), nullable=False),
            pa.field("known_at", pa.int64(), nullable=False),
            pa.field("occurred_at", pa.int64(), nullable=False),
            pa.field("customer", pa.string()),
            pa.field("reseller", pa.string()),
            *(pa.field(f"token_{kind}", pa.string()) for kind in domain.tokens),
            *(pa.field(name, _ARROW[fact.type]) for name, fact in domain.all_facts.items()),
            pa.field("attributes", pa.string()),
            pa.field("reference", pa.string()),
        ]
    )


#: The columns of an export of Vouch's own domain, which every other has too.
SCHEMA = schema(CLOUD)


def table(entries: Iterable[Entry], columns: pa.Schema = SCHEMA) -> pa.Table:
    """Entries as a table of a `schema`."""
    rows = list(entries)
    arrays: list[pa.Array] = []
    for field in columns:
        name = field.name
        values: list[object]
        if name in ("id", "kind", "known_at", "occurred_at", "customer", "reseller", "reference"):
            values = [getattr(row, name) for row in rows]
        elif name == "attributes":
            values = [_json(row) for row in rows]
        elif name.startswith("token_"):
            values = [row.tokens.get(name[6:]) for row in rows]
        else:
            values = [row.facts.get(name) for row in rows]
        arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=columns)


def _json(row: Entry) -> str | None:
    return msgspec.json.encode(row.attributes).decode() if row.attributes else None


class ExportWriter:
    """Writes entries to one Parquet file, a bounded number at a time.

    The file appears under its name only when it is complete.
    """

    def __init__(self, path: Path, rows_per_group: int = 50_000, domain: Domain = CLOUD) -> None:
        self._path = path
        self._schema = schema(domain)
        self._unfinished = path.with_name(path.name + ".unfinished")
        self._rows_per_group = rows_per_group
        self._waiting: list[Entry] = []
        self.rows = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(self._unfinished, self._schema, compression="zstd")

    def __enter__(self) -> ExportWriter:
        return self

    def write(self, entry: Entry) -> None:
        """Adds one entry."""
        self._waiting.append(entry)
        self.rows += 1
        if len(self._waiting) >= self._rows_per_group:
            self._flush()

    def write_table(self, rows: pa.Table) -> None:
        """Adds a table of the writer's `schema`."""
        self._flush()
        self._writer.write_table(rows)
        self.rows += rows.num_rows

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(table(self._waiting, self._schema))
            self._waiting.clear()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._flush()
        self._writer.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)
