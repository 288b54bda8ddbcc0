"""The real sign-ups, by the published protocol: raw columns, past counts, ours.

The file that `data/mappings/ecommerce.toml` reads, looked for in VOUCH_SHARED_DATA or
../shared/data, sorted by purchase: the first 80 % train and the rest test, with the labels known
at the end. The test period holds no ring, so there is little to be found and the intervals are
wide. Run: python -m benchmarks.real_signups [FILE]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

from benchmarks.replay_signups import MAPPING, shared_file
from features.catalogue import CATALOGUE
from training.evaluate import Candidate, Comparison, compare
from training.ladder import MODEL, RAW, Ladder
from training.rows import Table, read
from training.run import fit_all
from training.settings import Settings
from training.split import Split
from training.steps import Steps

RAW_DEFAULTS, COUNT_DEFAULTS = "defaults, raw columns", "defaults, past counts"
SETTINGS = Settings(label_time="end")
_PAST = {("device",), ("ip",)}


def history(file: Path, home: Path) -> Path:
    """The export of the file, imported into a home of its own."""
    environment = {**os.environ, "VOUCH_HOME": str(home)}
    path = home / "export.parquet"
    for command in (("import", "--mapping", str(MAPPING), str(file)), ("export", str(path))):
        subprocess.run(
            [sys.executable, "-m", "vouch", *command],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return path


def compared(path: Path) -> Comparison:
    """All candidates on the newest fifth of the payments."""
    with read(path, "payment", None, SETTINGS, CATALOGUE, None, Steps()) as table:
        parts = table.holdout(SETTINGS)
        fitted = fit_all(table, parts, SETTINGS, Steps())
        ladder = Ladder(table.matrix, table.columns, table.moment, table.outcomes)
        raw = [place for place, one in enumerate(table.columns) if not one.state]
        past = [
            place
            for place, one in enumerate(table.columns)
            if one.state in _PAST and one.family == "window"
        ]
        candidates = (
            _defaults(RAW_DEFAULTS, table, parts, raw),
            _defaults(COUNT_DEFAULTS, table, parts, raw + past),
            *(one for one in ladder.candidates(parts, fitted) if one.name in (RAW, MODEL)),
        )
        return compare(candidates, table.ground(parts, SETTINGS.costs), SETTINGS.costs)


def _defaults(name: str, table: Table, parts: Split, places: list[int]) -> Candidate:
    from lightgbm import LGBMClassifier

    coded = [n for n, place in enumerate(places) if table.columns[place].categories is not None]
    values = table.matrix.values[:, places]
    bad = np.append(parts.fit.positive, parts.validation.positive)
    model = LGBMClassifier(verbose=-1, n_jobs=2)
    model.fit(values[parts.learned], bad, categorical_feature=coded)
    probability = np.asarray(model.predict_proba(values[parts.test.rows]), dtype=np.float64)[:, 1]
    return Candidate(name, probability, probability)


def show(found: Comparison) -> None:
    """A line per candidate."""
    ground = found.ground
    bad = int(ground.positive.sum())
    print(f"{len(ground):,} payments tested, {bad:,} bad ({ground.base_rate:.1%})")
    print(f"{'':24}{'average precision':>24}{'ROC AUC':>10}{'recall 1 % FPR':>16}")
    for row in found.rows:
        precision = row.metrics["average_precision"]
        interval = f"{precision.value:.3f} ({precision.low:.3f}-{precision.high:.3f})"
        area, recall = (row.metrics[name].value for name in ("roc_auc", "recall_at_1pct_fpr"))
        print(f"{row.candidate.name:24}{interval:>24}{area:>10.3f}{recall:>16.3f}")


def main() -> None:
    """Prints the table."""
    warnings.simplefilter("ignore")
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else shared_file()
    if not file.is_file():
        print(f"skipped: there is no {file.name} in {file.parent}; name it, or its folder in "
              "VOUCH_SHARED_DATA")  # fmt: skip
        return
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as home:
        show(compared(history(file, Path(home))))


if __name__ == "__main__":
    main()
