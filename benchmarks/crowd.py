"""A made-up history for benchmarks: sign-ups and payments, a tenth late, tokens after Zipf."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from features.durations import DAY
from features.export import SCHEMA
from features.fact_types import FACTS

_KINDS = ("signup", "payment", "usage", "authorisation", "label", "settlement", "dispute")
_SHARES = (0.4, 0.4, 0.1, 0.05, 0.02, 0.02, 0.01)
_START = 1_700_000_000_000_000
_DAYS = 180
_CHUNK = 1_000_000
_FEW = {"network": 20_000, "email_domain": 20_000, "promo": 200, "subscription": 50_000}
_TEXTS = {
    "country": ("BE", "FR", "NL", "DE", "US", "GB"),
    "subregion": ("155", "154", "021"),
    "result": ("approved", "declined"),
    "cvc": ("pass", "fail"),
    "sku": ("basic", "plus", "large"),
    "region": ("west", "north", "east"),
}
Objects = npt.NDArray[np.object_]


def write(path: Path, events: int, seed: int = 7, shares: tuple[float, ...] = _SHARES) -> None:
    """Writes an export of so many events, a million at a time; ``shares`` are of the kinds."""
    draw = np.random.default_rng(seed)
    per_event = _DAYS * DAY // events
    with pq.ParquetWriter(path, SCHEMA, compression="zstd") as writer:
        for start in range(0, events, _CHUNK):
            count = min(_CHUNK, events - start)
            known = _START + (start + np.arange(count)) * per_event
            known += draw.integers(0, max(1, per_event - 1), count)
            writer.write_table(_rows(draw, known, start, events, shares))


def _rows(
    draw: np.random.Generator,
    known: npt.NDArray[np.int64],
    start: int,
    of: int,
    shares: tuple[float, ...],
) -> pa.Table:
    count = len(known)
    kinds = draw.choice(_KINDS, count, p=shares)
    late = np.where(draw.random(count) < 0.1, draw.exponential(2 * DAY, count), 0.0)
    is_label = kinds == "label"
    columns: dict[str, pa.Array] = {
        "id": pa.array(np.char.add("e", np.arange(start, start + count).astype(str))),
        "kind": pa.array(kinds),
        "known_at": pa.array(known),
        "occurred_at": pa.array(known - late.astype(np.int64)),
        "customer": pa.array(_named("c", draw.integers(0, of // 3, count))),
        "reseller": pa.array(_named("r", draw.zipf(1.5, count) % 500)),
        "label": pa.array(_where(is_label, "stolen_instrument"), pa.string()),
        "status": pa.array(_where(is_label, "confirmed"), pa.string()),
        "attributes": pa.nulls(count, pa.string()),
        "reference": pa.nulls(count, pa.string()),
    }
    for field in SCHEMA:
        name = field.name
        if name.startswith("token_"):
            kind = name.removeprefix("token_")
            values = _named(f"k1.{kind}-", draw.zipf(1.2, count) % _FEW.get(kind, of // 3))
            values[(draw.random(count) < 0.1) | is_label] = None
            columns[name] = pa.array(values, pa.string())
        elif name not in columns:
            columns[name] = _fact(draw, name, kinds)
    return pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def _fact(draw: np.random.Generator, name: str, kinds: Objects) -> pa.Array:
    """A fact where the kind of event says it."""
    fact, count = FACTS[name], len(kinds)
    said = np.isin(kinds, fact.kinds)
    if fact.type is str:
        texts = np.array(_TEXTS.get(name, ("a", "b")), dtype=object)
        chosen = texts[draw.integers(0, len(texts), count)]
        return pa.array(chosen, pa.string(), mask=~said)
    if name.endswith("_share"):
        return pa.array(draw.random(count), mask=~said)
    high = 2 if fact.is_truth else 100_000
    numbers = draw.integers(0, high, count)
    kind = pa.int64() if fact.type is int else pa.float64()
    return pa.array(numbers, mask=~said).cast(kind)


def _where(held: npt.NDArray[np.bool_], text: str) -> Objects:
    chosen: Objects = np.full(len(held), None, dtype=object)
    chosen[held] = text
    return chosen


def _named(prefix: str, numbers: npt.NDArray[np.int64]) -> Objects:
    named: Objects = np.char.add(prefix, numbers.astype(str)).astype(object)
    return named


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
