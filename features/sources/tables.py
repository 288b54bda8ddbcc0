"""Tables of foreign rows: CSV and Parquet, one row after the other, with its line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import SetupError

_LONGEST_FIELD = 1_000_000


class Line(NamedTuple):
    """One row: its number (a CSV's line, a Parquet's row, both from 1), or why it is none."""

    number: int
    row: dict[str, Any]
    text: str
    fault: str = ""


def read(path: Path) -> Iterator[Line]:
    """The rows of a CSV or Parquet file. Raises `SetupError` where it cannot be read at all."""
    if not path.is_file():
        raise SetupError(f"there is no file {path}")
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    return _parquet(path) if is_parquet else _csv(path)


def _csv(path: Path) -> Iterator[Line]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file)
        try:
            header = next(reader)
        except StopIteration:
            raise SetupError(f"{path} is empty: it needs a line of column names") from None
        except csv.Error as error:
            raise SetupError(f"{path} is neither CSV nor Parquet ({error})") from None
        if len(set(header)) != len(header):
            raise SetupError(f"{path} names a column twice in its first line")
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Line(line, {}, "", f"the line is not CSV: {error}")
                continue
            if fields:
                yield _line(line, header, fields)


def _line(number: int, header: list[str], fields: list[str]) -> Line:
    text = ",".join(fields).encode("utf-8", "replace").decode()
    if len(fields) != len(header):
        fault = f"the line has {len(fields)} fields where the first line names {len(header)}"
        return Line(number, {}, text, fault)
    if any("\udc80" <= letter <= "\udcff" for field in fields for letter in field):
        return Line(number, {}, text, "the line is not UTF-8")
    return Line(number, dict(zip(header, fields, strict=True)), text)


def _parquet(path: Path) -> Iterator[Line]:
    try:
        batches = pq.ParquetFile(path).iter_batches(batch_size=10_000)
        number = 0
        for batch in batches:
            for row in batch.to_pylist():
                number += 1
                yield Line(number, row, repr(list(row.values())))
    except pa.ArrowInvalid as error:
        raise SetupError(f"{path} cannot be read as Parquet ({error})") from None
