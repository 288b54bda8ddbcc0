"""Writing: unordered parts become one history, ordered by when things became known.

parts ──► DuckDB sorts, out of core ──► ties spread by 1 µs ──► events.parquet
                                                                    │
          truth parts ──► with the time of the sign-up ──► truth.parquet
"""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.chunks import TRUTH_SCHEMA
from features.export import SCHEMA, ExportWriter

#: What DuckDB may use for sorting; the rest goes to disk.
MEMORY_LIMIT = "1GB"
_ROWS_AT_ONCE = 50_000
_TRUTH = TRUTH_SCHEMA.append(pa.field("signup_known_at", pa.int64(), nullable=False))


class Spread:
    """Gives every row a place of its own: ``max(known_at, last + 1)``.

    >>> spread = Spread()
    >>> spread(np.array([5, 5, 5, 6, 20])).tolist()
    [5, 6, 7, 8, 20]
    >>> spread(np.array([20])).tolist()
    [21]
    """

    def __init__(self) -> None:
        self._ahead = np.iinfo(np.int64).min

    def __call__(self, known_at: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The places of the next rows, whose times are in order (microseconds)."""
        order = np.arange(len(known_at), dtype=np.int64)
        ahead = np.maximum.accumulate(known_at - order)
        places: npt.NDArray[np.int64] = np.maximum(ahead, self._ahead) + order
        if len(places):
            self._ahead = places[-1] + 1
        return places


def join(parts: Path, folder: Path, progress: Callable[[int], None]) -> Counter[str]:
    """Writes the history of a folder of parts; rows per kind. ``progress`` takes rows written."""
    rows: Counter[str] = Counter()
    spread = Spread()
    columns = ", ".join(SCHEMA.names)
    ordered = f"SELECT {columns} FROM {_read(parts, 'events-*')} ORDER BY known_at, id"
    place = SCHEMA.get_field_index("known_at")
    with _engine(parts) as engine, ExportWriter(folder / "events.parquet") as writer:
        for table in _tables(engine, ordered, SCHEMA):
            places = spread(table.column(place).to_numpy())
            writer.write_table(table.set_column(place, SCHEMA.field(place), pa.array(places)))
            for kind in pc.value_counts(table.column("kind")).to_pylist():
                rows[kind["values"]] += kind["counts"]
            progress(writer.rows)
    return rows


def join_truth(parts: Path, folder: Path) -> Counter[str]:
    """Writes who was what, in the order of the sign-ups; customers per typology."""
    customers: Counter[str] = Counter()
    ordered = f"""
        SELECT customer, typology, is_fraud_at_signup, known_at AS signup_known_at
        FROM {_read(parts, "truth-*")} AS truth
        JOIN {_read(folder, "events.parquet")} AS event USING (customer)
        WHERE kind = 'signup' ORDER BY known_at
    """
    path = folder / "truth.parquet"
    unfinished = parts / path.name
    with _engine(parts) as engine, pq.ParquetWriter(unfinished, _TRUTH, compression="zstd") as file:
        for table in _tables(engine, ordered, _TRUTH):
            file.write_table(table)
            customers.update(table.column("typology").to_pylist())
    unfinished.replace(path)
    return customers


def _engine(parts: Path) -> duckdb.DuckDBPyConnection:
    engine = duckdb.connect()
    engine.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    engine.execute(f"SET temp_directory = {_quoted(parts / 'sorting')}")
    return engine


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _read(folder: Path, pattern: str) -> str:
    return f"read_parquet({_quoted(Path(glob.escape(str(folder)), pattern))})"


def _tables(engine: duckdb.DuckDBPyConnection, query: str, schema: pa.Schema) -> Iterator[pa.Table]:
    """The rows of a query in tables of one size, so that the same rows give the same bytes."""
    for batch in engine.sql(query).to_arrow_reader(_ROWS_AT_ONCE):
        yield pa.Table.from_batches([batch]).cast(schema)
