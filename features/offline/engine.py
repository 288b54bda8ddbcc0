"""What the offline engine needs of a database: tables by name, and answers in batches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

import pyarrow as pa

from features.export import SCHEMA

_TYPES = {pa.int64(): "BIGINT", pa.float64(): "DOUBLE", pa.string(): "STRING"}
_TOKEN = "token_"  # noqa: S105 - the prefix of a column


class Engine(Protocol):
    """A database with the view ``entries``, a column per field."""

    def put(self, name: str, rows: pa.Table) -> None:
        """Makes rows a table."""

    def keep(self, name: str, query: str) -> None:
        """Makes the answer of a query a table."""

    def drop(self, name: str) -> None:
        """Forgets a table."""

    def answer(self, query: str) -> Iterator[pa.RecordBatch]:
        """The answer of a query, some rows at a time."""

    def close(self) -> None:
        """Lets go."""


def fields(there: Collection[str]) -> str:
    """The columns of an export under the names of their fields, for a SELECT.

    What was added after it was written is unknown there.
    """
    named = [
        f"{field.name} AS {field.name.removeprefix(_TOKEN)}"
        if field.name in there or not field.nullable
        else f"CAST(NULL AS {_TYPES[field.type]}) AS {field.name.removeprefix(_TOKEN)}"
        for field in SCHEMA
    ]
    known = {field.name for field in SCHEMA}
    own = sorted(name for name in there if name not in known)
    return ", ".join([*named, *(f"{name} AS {name.removeprefix(_TOKEN)}" for name in own)])
