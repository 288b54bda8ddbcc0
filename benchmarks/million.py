"""Training on a million sign-ups with the whole catalogue: how long, and in how much memory?

The history is made up (`benchmarks/crowd.py`), so the model has nothing to find; what is measured
is the whole way from the export to a compared model, without a search.
Run: python -m benchmarks.million [--signups N]
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

from benchmarks import crowd
from features.catalogue import CATALOGUE
from training.run import train
from training.steps import Steps

_BUDGET_SECONDS, _BUDGET_GIB = 300, 6
#: Sign-ups, payments, usage, authorisations, labels, settlements, disputes.
_SHARES = (0.90, 0.02, 0.01, 0.01, 0.05, 0.005, 0.005)


def main() -> None:
    """Prints the seconds of each step, and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signups", type=int, default=1_000_000)
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.path:
        print(json.dumps(_trained(options.path)))
        return
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as folder:
        path = Path(folder) / "events.parquet"
        crowd.write(path, round(options.signups / _SHARES[0]), shares=_SHARES)
        module = [sys.executable, "-m", "benchmarks.million", "--path", str(path)]
        done = subprocess.run(module, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    columns = len(CATALOGUE.columns("signup"))
    print(f"{found['rows']:,} sign-ups x {columns} columns, trained and compared:")
    for name, seconds in found["steps"].items():
        print(f"  {name:<26}{seconds:7.1f} s")
    print(
        f"  {'in all':<26}{found['seconds']:7.1f} s  {found['gib']:5.2f} GiB"
        f"   (asked: at most {_BUDGET_SECONDS} s, {_BUDGET_GIB} GiB)"
    )


def _trained(path: Path) -> dict[str, object]:
    began, steps = time.perf_counter(), Steps()
    run = train(path, "signup", steps=steps)
    return {
        "seconds": time.perf_counter() - began,
        "gib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "rows": len(run.matrix),
        "steps": steps.seconds,
    }


if __name__ == "__main__":
    main()
