"""DuckDB as the offline engine: embedded, out of core."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

_ROWS_PER_BATCH = 65_536


class DuckEngine:
    """Answers over one connection, which belongs to its maker."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        connection.execute("CREATE OR REPLACE TEMP MACRO shard(token) AS 0")

    def put(self, name: str, rows: pa.Table) -> None:
        """Makes rows a table."""
        self._connection.register(name, rows)

    def keep(self, name: str, query: str) -> None:
        """Makes the answer of a query a table."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def drop(self, name: str) -> None:
        """Forgets a table."""
        self._connection.execute(f"DROP TABLE IF EXISTS {name}")

    def answer(self, query: str) -> Iterator[pa.RecordBatch]:
        """The answer of a query, some rows at a time."""
        yield from self._connection.sql(query).to_arrow_reader(_ROWS_PER_BATCH)

    def close(self) -> None:
        """Nothing of its own."""


def connect(spill: Path, files: Sequence[Path], memory_limit: str) -> duckdb.DuckDBPyConnection:
    """The one place where a connection is opened: no network, no extension, no other folder."""
    folders = {str(spill.resolve()), *(str(file.resolve().parent) for file in files)}
    connection = duckdb.connect()
    for statement in (
        f"SET temp_directory = {quoted(spill.resolve())}",
        f"SET memory_limit = '{memory_limit}'",
        "SET preserve_insertion_order = false",
        "SET python_enable_replacements = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        f"SET allowed_directories = [{', '.join(map(quoted, sorted(folders)))}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def quoted(path: Path | str) -> str:
    """A path as a text in SQL."""
    return "'" + str(path).replace("'", "''") + "'"
