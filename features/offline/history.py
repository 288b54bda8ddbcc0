"""A history: an export opened for questions, with the engine that answers them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from features.domain import Domain
from features.engines import LOCAL_MASTER, EngineName
from features.errors import NotEnoughData, SetupError
from features.offline.duck import DuckEngine, connect, quoted
from features.offline.engine import Engine, fields

MOST_CATEGORIES = 64
_LEAST_MEMORY = 1_500_000_000
_MEMORY_PER_ENTRY = 1_800  # the widest line of the shipped catalogue, all usage, at a checkup
_SHARE_OF_MACHINE = 0.6


class History:
    """An export opened for questions.

    Raises `NotEnoughData` where a file is missing or is no export.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        spill: Any = None,
        engine: Engine | None = None,
    ) -> None:
        self.connection = connection
        self.engine: Engine = DuckEngine(connection) if engine is None else engine
        self._spill = spill

    @classmethod
    def open(
        cls,
        paths: str | Path | Sequence[Path],
        memory_limit: str | None = None,
        engine: str = EngineName.duckdb,
        master: str = LOCAL_MASTER,
    ) -> History:
        """Opens Parquet files written by `features.export`.

        ``engine`` is ``duckdb``, or ``spark`` on a ``master``: it answers the sweeps, and
        DuckDB the small questions. ``memory_limit`` is DuckDB's, by default what the number of
        entries asks for, as far as the machine has it.

        Raises `SetupError` where there is no such engine.
        """
        if engine not in list(EngineName):
            raise SetupError(
                f"there is no engine {engine!r}: choose one of {', '.join(EngineName)}"
            )
        files = [Path(paths)] if isinstance(paths, str | Path) else list(paths)
        missing = [file for file in files if not file.is_file()]
        if missing or not files:
            raise NotEnoughData(
                f"there is no history at {missing[0] if missing else 'no path'}: make one with "
                "`vouch simulate`, or export the ledger with `vouch export`"
            )
        spill = tempfile.TemporaryDirectory(prefix="vouch-")
        connection = connect(Path(spill.name), files, memory_limit or _memory_for(files))
        try:
            names = {name for file in files for name in pq.read_schema(file).names}
            listed = ", ".join(quoted(file) for file in files)
            connection.execute(
                f"CREATE VIEW entries AS SELECT {fields(names)} "
                f"FROM read_parquet([{listed}], union_by_name = true)"
            )
        except (duckdb.Error, pa.ArrowException) as error:
            connection.close()
            spill.cleanup()
            raise NotEnoughData(
                f"{files[0]} is no export of Vouch ({str(error).splitlines()[0]}): "
                "write it with `vouch export` or `vouch simulate`"
            ) from None
        history = cls(connection, spill)
        if engine == EngineName.spark:
            from features.offline.spark import SparkEngine

            try:
                history.engine = SparkEngine.open(files, master)
            except BaseException:
                history.close()
                raise
        return history

    @classmethod
    def of(cls, entries: pa.Table, engine: Engine | None = None) -> History:
        """A history in memory, of `features.export.SCHEMA`."""
        connection = duckdb.connect()
        connection.register("exported", entries)
        names = set(entries.column_names)
        connection.execute(f"CREATE TEMP VIEW entries AS SELECT {fields(names)} FROM exported")
        return cls(connection, engine=engine)

    def __enter__(self) -> History:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connection and removes what was spilled to disk."""
        self.engine.close()
        self.connection.close()
        if self._spill is not None:
            self._spill.cleanup()

    def span(self) -> tuple[int, int]:
        """First and last ``known_at``. Raises `NotEnoughData` on an empty history."""
        ((first, last),) = self.connection.execute(
            "SELECT MIN(known_at), MAX(known_at) FROM entries"
        ).fetchall()
        if first is None:
            raise NotEnoughData("the history is empty: import or simulate some events first")
        return int(first), int(last)

    def demand(self, domain: Domain) -> None:
        """Raises `NotEnoughData` where the export was written without what the domain adds."""
        there = {name for name, *_ in self.connection.execute("DESCRIBE entries").fetchall()}
        missing = [name for name in (*domain.identifiers, *domain.facts) if name not in there]
        if missing:
            raise NotEnoughData(
                f"the history does not know {', '.join(missing)}: import with this catalogue, and "
                "export with it (`--catalogue`)"
            )

    def attributes(self, kind: str, until: int | None = None) -> dict[str, tuple[str, ...] | None]:
        """Free attributes on the events of a kind known ``until`` then (default: all).

        None stands for numbers, a tuple for the texts there are.

        Texts come in the order in which they first became known, so that later rows
        change no earlier code. One with more than 64 different values is left out: it
        names things, it does not sort them.
        """
        texts: dict[str, dict[str, None]] = {}
        numbers: set[str] = set()
        rows = self.connection.execute(
            "SELECT attributes FROM entries WHERE kind = ? AND attributes IS NOT NULL "
            "AND known_at <= ? GROUP BY attributes ORDER BY MIN(known_at)",
            [kind, self.span()[1] if until is None else until],
        )
        while chunk := rows.fetchmany(10_000):
            for (attributes,) in chunk:
                for name, value in msgspec.json.decode(attributes).items():
                    if isinstance(value, str):
                        texts.setdefault(name, {})[value] = None
                    else:
                        numbers.add(name)
        found: dict[str, tuple[str, ...] | None] = {
            name: tuple(values)
            for name, values in texts.items()
            if name not in numbers and len(values) <= MOST_CATEGORIES
        }
        return dict(sorted({**found, **dict.fromkeys(numbers - texts.keys())}.items()))


def _memory_for(files: Sequence[Path]) -> str:
    """What sweeping so many entries takes, for windows cannot be spilled to disk."""
    try:
        entries = sum(pq.read_metadata(file).num_rows for file in files)
    except pa.ArrowException:
        entries = 0  # no export: whoever reads it next says so
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = max(_LEAST_MEMORY, entries * _MEMORY_PER_ENTRY)
    return f"{int(min(wanted, there * _SHARE_OF_MACHINE)) // 1_000_000}MB"
