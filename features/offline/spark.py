"""Spark as the offline engine: the same SQL, on as many cores or machines as there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.offline.engine import fields
from features.offline.jvm import connect

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_ROWS_AT_ONCE = 500_000
_SHARDS = 256


class SparkEngine:
    """Answers in a session of its own.

    A question has one row in every answer, under its number ``q``: an answer to more than
    ``rows_at_once`` of them is laid on disk and fetched by ranges of ``q``, so that the
    driver never holds more of it. Smaller ones come as they are. (PySpark's own iterator
    gives pickled rows, and its Arrow functions want a Python with pandas on every worker.)
    """

    def __init__(
        self,
        session: SparkSession,
        entries: DataFrame,
        close: Callable[[], None],
        rows_at_once: int = _ROWS_AT_ONCE,
    ) -> None:
        self._session, self._close, self._rows_at_once = session, close, rows_at_once
        self._kept: dict[str, DataFrame] = {}
        self._rows = 0
        entries.createOrReplaceTempView("exported")
        named = session.sql(f"SELECT {fields(set(entries.columns))} FROM exported")
        named.createOrReplaceTempView("entries")
        session.sql(
            "CREATE OR REPLACE TEMPORARY FUNCTION shard(token STRING) RETURNS INT "
            f"RETURN pmod(hash(token), {_SHARDS})"
        )

    @classmethod
    def open(cls, files: Sequence[Path], master: str) -> SparkEngine:
        """Over Parquet files, each of which may lack what was added later."""
        session, close = connect(master)
        paths = [_path(file) for file in files]
        try:
            return cls(session, session.read.parquet(*paths, mergeSchema=True), close)
        except BaseException:
            close()
            raise

    @classmethod
    def of(cls, entries: pa.Table, master: str, rows_at_once: int = _ROWS_AT_ONCE) -> SparkEngine:
        """Over entries in memory."""
        session, close = connect(master)
        return cls(session, session.createDataFrame(entries), close, rows_at_once)

    def put(self, name: str, rows: pa.Table) -> None:
        """Makes rows a table."""
        self._session.createDataFrame(rows).createOrReplaceTempView(name)

    def keep(self, name: str, query: str) -> None:
        """Makes the answer of a query a table: worked out once, in memory or on disk."""
        self.drop(name)
        kept = self._session.sql(query).persist()
        self._kept[name] = kept
        self._rows = kept.count()
        kept.createOrReplaceTempView(name)

    def drop(self, name: str) -> None:
        """Forgets a table."""
        self._session.catalog.dropTempView(name)
        if name in self._kept:
            self._kept.pop(name).unpersist()

    def answer(self, query: str) -> Iterator[pa.RecordBatch]:
        """The answer of a query, some rows at a time."""
        answered = self._session.sql(query)
        if self._rows <= self._rows_at_once:
            yield from answered.toArrow().to_batches()
        else:
            yield from self._in_parts(answered)

    def _in_parts(self, answered: DataFrame) -> Iterator[pa.RecordBatch]:
        from pyspark import StorageLevel

        laid = answered.persist(StorageLevel.DISK_ONLY)
        try:
            for first in range(0, self._rows, self._rows_at_once):
                part = laid.where(laid.q.between(first, first + self._rows_at_once - 1))
                yield from part.toArrow().to_batches()
        finally:
            laid.unpersist()

    def close(self) -> None:
        """Forgets everything, and ends Spark if this engine started it."""
        for name in ("entries", "exported", "asked", *self._kept):
            self.drop(name)
        self._close()


def _path(file: Path) -> str:
    """A file of this machine as Spark reads it: no pattern, whatever its name holds."""
    escaped = "".join(f"\\{one}" if one in "\\*?[]{}" else one for one in str(file.resolve()))
    return f"file://{escaped}"
