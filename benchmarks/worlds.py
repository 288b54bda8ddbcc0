"""Is the model worth its place? Prequential, on worlds that nothing was tuned on.

Two worlds are simulated with a seed and a mix of typologies of their own. The first is walked
through in folds, each trained on what was known by a day and tested on the four weeks that
follow. In the second one typology occurs only after training: what is new must be found
by what it has in common with the rest. Beside ours: the policies, the scorecard, logistic
regression and LightGBM with its defaults, on the same matrix and the same rows.
Run: python -m benchmarks.worlds [--customers N] [--moment signup ...]
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.competitors import DEFAULTS, LOGISTIC, defaults, logistic
from data.typologies import DEFAULT_MIX
from data.world import World, simulate
from features.catalogue import CATALOGUE
from features.durations import days
from training.costs import reviewed
from training.evaluate import Comparison, compare
from training.history import date
from training.ladder import MODEL, POLICIES, SCORECARD, Ladder
from training.metrics import Ranking
from training.rows import Table, read
from training.run import fit_all
from training.settings import Settings
from training.split import Folds, Split
from training.steps import Steps

SEED, UNSEEN_SEED = 60_013, 60_089
UNSEEN = "ring"
#: More of what is rare and less of what is common than any world used while building.
CHANGED = {
    "ordinary": 0.8, "reseller": 1.5, "vpn_user": 2.0, "agency": 1.5, "takeover": 1.6,
    "slow_ramp": 1.5, "card_testing": 0.6, "synthetic_identity": 1.6, "stolen_instrument": 1.3,
}  # fmt: skip
MIX = {name: share * CHANGED.get(name, 1.0) for name, share in DEFAULT_MIX.items()}
RISKS = {
    "signup": ("theft_of_service",),
    "payment": ("theft_of_service",),
    "checkup": ("abuse_of_service", "nonpayment"),
}
SHOWN = (POLICIES, SCORECARD, LOGISTIC, DEFAULTS, MODEL)
SETTINGS = Settings(folds=Folds(count=4, test=28, step=28))


def compared(table: Table, parts: Split, settings: Settings) -> Comparison:
    """All candidates on the test rows of one split."""
    fitted = fit_all(table, parts, settings, Steps())
    ladder = Ladder(table.matrix, table.columns, table.moment, table.outcomes)
    rungs = [one for one in ladder.candidates(parts, fitted) if one.name in SHOWN]
    candidates = (*rungs, logistic(table, parts), defaults(table, parts))
    return compare(candidates, table.ground(parts, settings.costs), settings.costs)


def walk(source: Path, moment: str, risk: str, settings: Settings) -> Iterator[Comparison]:
    """One comparison a fold, printed as it comes."""
    with read(source, moment, risk, settings, CATALOGUE, None, Steps()) as table:
        for parts in table.folds(settings):
            found = compared(table, parts, settings)
            print(
                f"\n{moment}, {risk}, tested from {date(parts.cut)}: {len(parts.test):,} rows, "
                f"{parts.test.positives:,} bad; learned from {len(parts.learned):,}"
            )
            show(found)
            print(line(found))
            yield found


def show(found: Comparison) -> None:
    """A line per candidate."""
    print(f"{'':22}{'average precision':>24}{'recall 1 % FPR':>17}{'cost of a row':>17}")
    for name in SHOWN:
        metrics = found.of(name).metrics
        precision, cost = metrics["average_precision"], metrics["cost"]
        interval = f"({precision.low:.3f}-{precision.high:.3f})"
        recall = metrics["recall_at_1pct_fpr"].value
        print(f"{name:22}{precision.value:>9.3f} {interval:>14}{recall:>17.3f}{cost.value:>17.2f}")


def line(found: Comparison) -> str:
    """From which probability a review is worth its price, and how many that are with ours."""
    ground, costs = found.ground, found.costs
    probability = found.of(MODEL).candidate.probability
    share = reviewed(costs, probability, ground.at, ground.expected_loss).mean()
    worth = costs.threshold(ground.expected_loss)
    return f"a review is worth its price from {worth:.1%} on: ours reviews {share:.1%} of the rows"


def losses(found: Comparison) -> Iterator[str]:
    """Where another candidate did better than ours, and whether that may be chance."""
    ours = found.of(MODEL).metrics
    for name in SHOWN[:-1]:
        other = found.of(name).metrics
        for metric, says, sign in (
            ("average_precision", "has the better average precision", 1),
            ("cost", "costs less", -1),
        ):
            mine, theirs = ours[metric], other[metric].value
            if sign * (theirs - mine.value) > 0:
                chance = "within" if mine.low <= theirs <= mine.high else "outside"
                yield f"{name} {says} ({theirs:.3f} to {mine.value:.3f}), {chance} our interval"


def hide(folder: Path, typology: str, until: int) -> Path:
    """The history without the customers of a typology that signed up before a time (µs)."""
    truth = pq.read_table(folder / "truth.parquet")
    hidden = truth.filter(
        pc.and_(pc.equal(truth["typology"], typology), pc.less(truth["signup_known_at"], until))
    )["customer"].combine_chunks()
    path = folder / "events-hidden.parquet"
    source = pq.ParquetFile(folder / "events.parquet")
    with pq.ParquetWriter(path, source.schema_arrow) as writer:
        for batch in source.iter_batches():
            rows = pa.Table.from_batches([batch])
            writer.write_table(
                rows.filter(pc.invert(pc.fill_null(pc.is_in(rows["customer"], hidden), False)))
            )
    return path


def unseen(folder: Path, customers: int, length: int) -> None:
    """A typology that training has never seen: how much of it is found?"""
    world = World(customers=customers, days=length, seed=UNSEEN_SEED, mix=MIX)
    simulate(world, folder)
    begin = int(world.start.timestamp()) * 1_000_000
    with read(
        folder / "events.parquet", "signup", None, SETTINGS, CATALOGUE, None, Steps()
    ) as whole:
        cut = whole.holdout(SETTINGS).cut
    path = hide(folder, UNSEEN, cut)
    truth = pq.read_table(folder / "truth.parquet")
    of_typology = set(truth.filter(pc.equal(truth["typology"], UNSEEN))["customer"].to_pylist())
    share = (cut - begin) / days(length)
    with read(path, "signup", None, SETTINGS, CATALOGUE, None, Steps()) as table:
        parts = table.holdout(SETTINGS)
        found = compared(table, parts, SETTINGS)
    print(
        f"\nsignup, {UNSEEN} occurs only in the last {1 - share:.0%} of the history: "
        f"{parts.test.positives:,} bad of {len(parts.test):,}"
    )
    show(found)
    ground = found.ground
    new = np.array([one in of_typology for one in ground.customers]) & ground.positive
    print(f"\nof {int(new.sum()):,} known bad of the unseen typology, at 1 % false positives:")
    kept = new | ~ground.positive
    for name in SHOWN:
        ranking = Ranking(found.of(name).candidate.score[kept], new[kept])
        figures = ranking.metrics(np.ones((1, int(kept.sum()))))
        print(f"{name:22}{figures['recall_at_1pct_fpr'][0]:>9.3f}")


def main() -> None:
    """Prints every fold and, at the end, where ours was not the best."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=40_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--moment", nargs="*", choices=list(RISKS), default=list(RISKS))
    wanted = parser.parse_args()
    began = time.perf_counter()
    lost: list[str] = []
    folds = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = World(customers=wanted.customers, days=wanted.days, seed=SEED, mix=MIX)
        simulate(world, folder / "world")
        for moment in wanted.moment:
            for risk in RISKS[moment]:
                source = folder / "world" / "events.parquet"
                for number, found in enumerate(walk(source, moment, risk, SETTINGS), 1):
                    folds += 1
                    lost += [f"{moment}, {risk}, fold {number}: {one}" for one in losses(found)]
        if "signup" in wanted.moment:
            unseen(folder / "unseen", wanted.customers, wanted.days)
    print(f"\n{folds} folds; ours was not the best in {len(lost)} comparisons")
    for told in lost:
        print(f"  {told}")
    print(f"{time.perf_counter() - began:,.0f} s in all")


if __name__ == "__main__":
    main()
