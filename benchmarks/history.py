"""History: every sign-up and payment of a million events asked, with the whole catalogue.

Beside it the same few windows from one catalogue, from pandas' rolling and from DuckDB's
range frames: those two know no late events and ask only at the rows themselves. Run it
with ``--events 10000000`` to see how it grows.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pandas as pd

from features.catalogue import CATALOGUE
from features.declaration import Window
from features.declared import Catalogue
from features.durations import days, hours
from features.offline import History, matrices

_BUDGET_SECONDS, _BUDGET_GIB = 120, 4
_WIDTHS = (hours(1), hours(24), days(30))
_FEW = Catalogue(
    {
        "times": Window(
            count="events", by="device", events="payment", over=_WIDTHS, cap=2**31, why="b"
        ),
        "amounts": Window(
            sum="amount", by="device", events="payment", over=_WIDTHS, step=1, why="b"
        ),
    }
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--part", choices=("whole", "ours", "pandas", "duckdb"))
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(_PARTS[options.part](options.path)))
        return
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as folder:
        path = Path(folder) / "events.parquet"
        write = [sys.executable, "-m", "benchmarks.crowd", str(path), str(options.events)]
        subprocess.run(write, check=True)
        _compare(path, options.events)


def _compare(path: Path, events: int) -> None:
    columns = sum(len(CATALOGUE.columns(moment)) for moment in ("signup", "payment"))
    whole = _run("whole", path)
    print(f"{events:,} events, {whole['rows']:,} questions, {columns} columns:")
    print(
        f"  whole catalogue  {whole['seconds']:7.1f} s  {whole['gib']:5.2f} GiB"
        f"   (budget for a million: {_BUDGET_SECONDS} s, {_BUDGET_GIB} GiB)"
    )
    print("three widths, counts and sums by device, at every payment:")
    ours = _run("ours", path)
    for part, what in (
        ("ours", "this, late events right"),
        ("duckdb", "DuckDB range frames"),
        ("pandas", "pandas rolling"),
    ):
        took = ours if part == "ours" else _run(part, path)
        ratio = took["seconds"] / ours["seconds"]
        print(f"  {what:<24} {took['seconds']:7.1f} s  {took['gib']:5.2f} GiB  {ratio:5.2f} x")


def _run(part: str, path: Path) -> dict[str, float]:
    """One part in a process of its own, so that its memory is its own."""
    module = [sys.executable, "-m", "benchmarks.history", "--part", part, "--path", str(path)]
    done = subprocess.run(module, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _measured(started: float, rows: int) -> dict[str, float]:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return {"seconds": time.perf_counter() - started, "gib": peak, "rows": rows}


def _whole(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    with History.open(path) as history:
        found = matrices(history, CATALOGUE, ("signup", "payment"))
    return _measured(started, sum(len(one) for one in found.values()))


def _ours(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    with History.open(path) as history:
        found = matrices(history, _FEW, ("payment",))
    return _measured(started, len(found["payment"]))


def _duckdb(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    frames = ", ".join(
        f"COUNT(*) OVER (PARTITION BY token_device ORDER BY occurred_at RANGE BETWEEN {width} "
        f"PRECEDING AND 1 PRECEDING), SUM(amount) OVER (PARTITION BY token_device ORDER BY "
        f"occurred_at RANGE BETWEEN {width} PRECEDING AND 1 PRECEDING)"
        for width in _WIDTHS
    )
    answer = duckdb.sql(
        f"SELECT id, {frames} FROM '{path}' WHERE kind = 'payment' AND token_device IS NOT NULL"
    )
    assert answer is not None
    return _measured(started, answer.to_arrow_table().num_rows)


def _pandas(path: Path) -> dict[str, float]:
    started = time.perf_counter()
    rows = pd.read_parquet(path, columns=["kind", "token_device", "occurred_at", "amount"])
    rows = rows[(rows["kind"] == "payment") & rows["token_device"].notna()]
    rows["at"] = pd.to_datetime(rows["occurred_at"], unit="us")
    rows = rows.sort_values("at")
    grouped = rows.set_index("at").groupby("token_device")["amount"]
    for width in _WIDTHS:
        rolling = grouped.rolling(pd.Timedelta(microseconds=width), closed="left")
        rolling.count()
        rolling.sum()
    return _measured(started, len(rows))


_PARTS = {"whole": _whole, "ours": _ours, "duckdb": _duckdb, "pandas": _pandas}

if __name__ == "__main__":
    main()
