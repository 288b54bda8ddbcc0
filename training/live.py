"""Live decisions, counted: what they really used, in the bins of a bundle's spreads.

decisions.parquet ──► those of the moment and the window ──► counts per bin, a batch at a time
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from features.contract import Column, Contract, Spread
from features.decisions import Placed, layouts
from features.declared import ATTRIBUTE
from features.durations import DAY
from features.errors import NotFound
from training.labels import Floats
from training.spread import SCORE, bins

_READ = ("known_at", "outcome", "mode", "risks", "models", "layout", "vector", "attributes")
_AT_ONCE = 20_000


class Window(NamedTuple):
    """Decisions from ``since`` and before ``until``, µs; the last ``days`` where not given.

    Days are counted back from the newest decision of the moment.
    """

    since: int | None = None
    until: int | None = None
    days: int = 7


@dataclass
class Live:
    """What was counted. ``strange`` decisions were made with a catalogue that nobody knows.

    ``counts`` are per column and bin, the unknown values last; ``first`` and ``last`` when the
    first and the last decision was made (µs).
    """

    decisions: int = 0
    strange: int = 0
    first: int = 0
    last: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    counts: dict[str, Floats] = field(default_factory=dict)


def read(path: Path, contract: Contract, bundle: str, window: Window) -> Live:
    """Counts the decisions of a file that concern a contract; ``bundle`` is its digest.

    The score is counted where this bundle gave it. Raises `NotFound` where there is no file
    of decisions, or nothing about the moment in it.
    """
    if not path.is_file():
        raise NotFound(f"there are no decisions at {path}: write them with `vouch export`")
    known = layouts(path)
    if known is None:
        raise NotFound(
            f"{path} holds no decisions of Vouch: `vouch export` writes them beside the export"
        )
    data = ds.dataset(path)
    asked = ds.field("moment") == contract.moment
    since, until = _span(data.to_table(columns=["known_at"], filter=asked), window, contract, path)
    asked &= (ds.field("known_at") >= since) & (ds.field("known_at") < until)
    places = [layout.place for layout in known]
    live = Live(counts={one.name: np.zeros(len(one.shares) + 1) for one in contract.spread})
    for batch in data.to_batches(
        columns=list(_READ), filter=asked, batch_size=_AT_ONCE, batch_readahead=1
    ):
        if batch.num_rows:
            _count(live, batch, contract.spread, _Columns(contract, bundle, places, batch))
    return live


def _span(times: pa.Table, window: Window, contract: Contract, path: Path) -> tuple[int, int]:
    if not len(times):
        raise NotFound(
            f"{path} holds no decision at {contract.moment}: score some, then `vouch export`"
        )
    newest = int(pc.max(times["known_at"]).as_py())
    until = newest + 1 if window.until is None else window.until
    return (until - window.days * DAY if window.since is None else window.since), until


def _count(
    live: Live, batch: pa.RecordBatch, spreads: tuple[Spread, ...], columns: _Columns
) -> None:
    times = batch["known_at"]
    live.first = min(live.first or times[0].as_py(), pc.min(times).as_py())
    live.last = max(live.last, pc.max(times).as_py())
    live.decisions += batch.num_rows
    live.strange += batch["layout"].null_count
    live.outcomes.update(batch["outcome"].to_pylist())
    live.modes.update(batch["mode"].to_pylist())
    for spread in spreads:
        for values in columns.of(spread.name):
            live.counts[spread.name] += bins(spread, values)


class _Columns:
    """The values of a batch by column of a contract."""

    def __init__(
        self,
        contract: Contract,
        bundle: str,
        places: list[dict[Placed, int]],
        batch: pa.RecordBatch,
    ) -> None:
        self._contract, self._bundle, self._batch = contract, bundle, batch
        self._named = {column.name: column for column in contract.columns}
        vectors = batch["vector"]
        self._begins = vectors.offsets.to_numpy()[:-1]
        self._values: Floats = vectors.values.to_numpy(zero_copy_only=False)
        layout = batch["layout"].fill_null(-1).to_numpy(zero_copy_only=False)
        self._groups = [
            (places[n], np.flatnonzero(layout == n)) for n in np.unique(layout) if n >= 0
        ]
        self._attributes: list[dict[str, float | str]] | None = None

    def of(self, name: str) -> Iterator[Floats]:
        """The values of a column, or of the score, a part of the rows at a time."""
        if name == SCORE:
            yield self._scores()
        elif name.startswith(ATTRIBUTE):
            yield self._sent(self._named[name])
        else:
            column = Placed(name, self._named[name].digest)
            for place, rows in self._groups:
                if column in place:
                    yield self._values[self._begins[rows] + place[column]]

    def _scores(self) -> Floats:
        risks, models = self._batch["risks"].to_pylist(), self._batch["models"].to_pylist()
        given = [dict(said) for said, by in zip(risks, models, strict=True) if self._bundle in by]
        return 1000.0 * np.array([one[self._contract.risk] for one in given], dtype=np.float64)

    def _sent(self, column: Column) -> Floats:
        if self._attributes is None:
            texts = self._batch["attributes"].to_pylist()
            self._attributes = [{} if text is None else msgspec.json.decode(text) for text in texts]
        name = column.name.removeprefix(ATTRIBUTE)
        codes = {text: float(code) for code, text in enumerate(column.categories or ())}
        numbers = column.categories is None
        return np.array(
            [_number(one.get(name), codes, numbers) for one in self._attributes], dtype=np.float64
        )


def _number(value: float | str | None, codes: dict[str, float], numbers: bool) -> float:
    if numbers:
        return float(value) if isinstance(value, float | int) else np.nan
    return codes.get(value, np.nan) if isinstance(value, str) else np.nan
