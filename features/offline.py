"""The offline engine: every question of a history answered at once, in DuckDB.

    history (Parquet) ──► entries ──┬──► one sweep per series ──► integers ─┐
                                    └──► questions ──► facts ───────────────┴──► Matrix

A question is an event of the moment, asked as of its own place in the order, or
a customer and a time (checkup). The integers become vectors by the same
formulas that the online engine uses, so that both agree to the last bit.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.declared import Catalogue
from features.derived import Derived
from features.errors import NotEnoughData
from features.export import SCHEMA, column
from features.formulas import Floats
from features.sweep import query
from features.vector import VectorPlan

MOST_CATEGORIES = 64


@dataclass(frozen=True)
class Matrix:
    """Vectors of many questions, ordered by time.

    ``values`` is float64 of shape (rows, columns), NaN where unknown; ``at`` the times
    asked about, microseconds; ``ids`` the events' ids (of a checkup, the customers').
    """

    moment: str
    columns: tuple[str, ...]
    values: Floats
    ids: npt.NDArray[np.object_]
    customers: npt.NDArray[np.object_]
    at: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.at)

    def column(self, name: str) -> Floats:
        """One column, shape (rows,)."""
        return self.values[:, self.columns.index(name)]


class History:
    """An export opened for questions.

    Raises `NotEnoughData` where a file is missing or is no export.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, spill: Any = None) -> None:
        self.connection = connection
        self._spill = spill

    @classmethod
    def open(cls, paths: Path | Sequence[Path], memory_limit: str = "4GB") -> History:
        """Opens Parquet files written by `features.export`."""
        files = [paths] if isinstance(paths, Path) else list(paths)
        missing = [file for file in files if not file.is_file()]
        if missing or not files:
            raise NotEnoughData(
                f"there is no history at {missing[0] if missing else 'no path'}: make one with "
                "`vouch simulate`, or export the ledger with `vouch export`"
            )
        spill = tempfile.TemporaryDirectory(prefix="vouch-")
        connection = _connect(Path(spill.name), files, memory_limit)
        try:
            connection.execute(
                f"CREATE VIEW entries AS SELECT {', '.join(_columns(files))} FROM read_parquet("
                f"[{', '.join(_quoted(file) for file in files)}], union_by_name = true)"
            )
        except (duckdb.Error, pa.ArrowException) as error:
            connection.close()
            spill.cleanup()
            raise NotEnoughData(
                f"{files[0]} is no export of Vouch ({str(error).splitlines()[0]}): "
                "write it with `vouch export` or `vouch simulate`"
            ) from None
        return cls(connection, spill)

    @classmethod
    def of(cls, entries: pa.Table) -> History:
        """A history in memory, of `features.export.SCHEMA`."""
        connection = duckdb.connect()
        connection.register("entries", entries)
        return cls(connection)

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

    def attributes(
        self, moment: str, until: int | None = None
    ) -> dict[str, tuple[str, ...] | None]:
        """Free attributes on the moment's events known ``until`` then (default: all).

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
            [moment, self.span()[1] if until is None else until],
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


def checkups(customers: Sequence[str], t: int | Sequence[int]) -> pa.Table:
    """Questions about customers at a time, or each at its own, for `matrix`."""
    times = [t] * len(customers) if isinstance(t, int) else list(t)
    return pa.table(
        {"customer": pa.array(customers, pa.string()), "t": pa.array(times, pa.int64())}
    )


def matrix(
    history: History,
    catalogue: Catalogue,
    moment: str,
    questions: pa.Table | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Matrix:
    """The vectors of all events of the moment, or of the given `checkups`.

    ``progress`` is called with (series answered, series in all).
    """
    plan = catalogue.plan(moment)
    connection = history.connection
    _ask(history, plan, moment, questions)
    asked = connection.sql("SELECT * FROM questions ORDER BY q").to_arrow_table()
    rows = asked.num_rows
    integers = np.full((rows, plan.integers), np.nan)
    first = 0
    for done, (series, arguments) in enumerate(plan.blocks):
        if progress is not None:
            progress(done, len(plan.blocks))
        answer = connection.sql(query(series, arguments)).to_arrow_table()
        places = answer["q"].to_numpy()
        for index in range(len(arguments)):
            integers[places, first + index] = answer[f"v{index}"].to_numpy().astype(np.float64)
        first += len(arguments)
    if progress is not None:
        progress(len(plan.blocks), len(plan.blocks))
    connection.execute("DROP TABLE questions")
    return Matrix(
        moment=moment,
        columns=plan.names,
        values=plan.assemble(integers, _facts(asked, plan)),
        ids=asked["id"].to_numpy(zero_copy_only=False),
        customers=asked["customer"].to_numpy(zero_copy_only=False),
        at=asked["t"].to_numpy(),
    )


def _ask(history: History, plan: VectorPlan, moment: str, questions: pa.Table | None) -> None:
    """Makes the table of questions, numbered in order of time, with all they are asked by."""
    fields = {series.by for series, _ in plan.blocks if series.by}
    fields |= {fact.fact for fact in plan.facts if not fact.fact.startswith("attributes.")}
    names = sorted({column(field) for field in fields} - {"customer", "id"})
    if questions is None:
        carried = ", ".join(["id", "customer", *names, "attributes"])
        source = f"SELECT {carried}, known_at AS t FROM entries WHERE kind = '{moment}'"
    else:
        history.connection.register("asked", questions)
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {name}" for name in [*names, "attributes"])
        source = f"SELECT customer AS id, customer, {nothing}, t FROM asked"
    history.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE questions AS SELECT *, "
        f"ROW_NUMBER() OVER (ORDER BY t, id) - 1 AS q FROM ({source}) AS source"
    )


def _facts(asked: pa.Table, plan: VectorPlan) -> Floats:
    """The fact columns, shape (rows, facts)."""
    result = np.full((asked.num_rows, len(plan.facts)), np.nan)
    sent: list[dict[str, Any]] = []
    if any(fact.fact.startswith("attributes.") for fact in plan.facts):
        sent = [msgspec.json.decode(row or "{}") for row in asked["attributes"].to_pylist()]
    for index, fact in enumerate(plan.facts):
        if fact.fact.startswith("attributes."):
            values = _attribute_values([row.get(fact.fact[11:]) for row in sent], fact)
        else:
            values = asked[column(fact.fact)]
        if fact.categories is not None:
            values = pc.index_in(values, value_set=pa.array(fact.categories, pa.string()))
        result[:, index] = values.to_numpy(zero_copy_only=False).astype(np.float64)
    return result


def _attribute_values(values: list[Any], fact: Derived) -> pa.Array:
    if fact.categories is None:
        return pa.array([None if isinstance(v, str) else v for v in values], pa.float64())
    return pa.array([v if isinstance(v, str) else None for v in values], pa.string())


def _columns(files: Sequence[Path]) -> list[str]:
    """The columns of `SCHEMA`; what was added after the files were written is unknown there."""
    there = {name for file in files for name in pq.read_schema(file).names}
    kinds = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.string(): "VARCHAR"}
    return [
        field.name
        if field.name in there or not field.nullable
        else f"CAST(NULL AS {kinds[field.type]}) AS {field.name}"
        for field in SCHEMA
    ]


def _connect(spill: Path, files: Sequence[Path], memory_limit: str) -> duckdb.DuckDBPyConnection:
    """The one place where a connection is opened: no network, no extension, no other folder."""
    folders = {str(spill.resolve()), *(str(file.resolve().parent) for file in files)}
    connection = duckdb.connect()
    for statement in (
        f"SET temp_directory = {_quoted(spill.resolve())}",
        f"SET memory_limit = '{memory_limit}'",
        "SET preserve_insertion_order = false",
        "SET python_enable_replacements = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        f"SET allowed_directories = [{', '.join(map(_quoted, sorted(folders)))}]",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    return connection


def _quoted(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"
