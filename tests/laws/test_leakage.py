"""The law of leakage: nothing that was not known then helps a model, or changes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data.world import World, simulate
from features.catalogue import CATALOGUE
from training.costs import Costs
from training.evaluate import Candidate, compare
from training.fitting import Fitted, learn
from training.labels import judge
from training.model import Shape
from training.rows import Table, read
from training.settings import Settings
from training.split import Part, Split
from training.steps import Steps

SETTINGS = Settings()
MIX = {
    "ordinary": 0.75,
    "office": 0.05,
    "ring": 0.06,
    "card_testing": 0.05,
    "stolen_instrument": 0.09,
}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2,500 customers over 200 days, with more fraud than is usual."""
    folder = tmp_path_factory.mktemp("leakage")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    simulate(World(customers=2_500, days=200, seed=17, start=start, mix=MIX), folder, workers=1)
    return folder / "events.parquet"


@pytest.fixture(scope="module")
def table(export: Path) -> Iterator[Table]:
    with read(export, "signup", None, SETTINGS, CATALOGUE, None, Steps()) as opened:
        yield opened


def fitted(table: Table, parts: Split) -> Fitted:
    every = np.arange(len(table.columns))
    return learn(table.matrix, table.columns, parts, every, Shape(), SETTINGS.masked)


def shuffled(part: Part, at: np.ndarray[tuple[int], np.dtype[np.int64]], seed: int) -> Part:
    """The labels of a part dealt out anew among rows of the same five days."""
    random = np.random.default_rng(seed)
    positive = part.positive.copy()
    block = at[part.rows] // (5 * 86_400_000_000)
    for one in np.unique(block):
        here = np.flatnonzero(block == one)
        positive[here] = positive[random.permutation(here)]
    return replace(part, positive=positive)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_labels_shuffled_within_time_teach_nothing(table: Table, seed: int) -> None:
    """What is left to be learned from shuffled labels is a leak: there must be none."""
    parts = table.holdout(SETTINGS)
    fit, validation, test = (
        shuffled(part, table.matrix.at, seed) for part in (parts.fit, parts.validation, parts.test)
    )
    dealt = replace(parts, fit=fit, validation=validation, test=test)
    margin = fitted(table, dealt).margin(table.matrix.values[parts.test.rows])
    ground = replace(table.ground(parts, Costs()), positive=dealt.test.positive)
    lift = compare((Candidate("shuffled", margin, margin),), ground).rows[0].lift
    assert lift.low <= 0.02, f"average precision is {lift.value:+.3f} above the base rate"
    honest = fitted(table, parts).margin(table.matrix.values[parts.test.rows])
    found = compare((Candidate("honest", honest, honest),), table.ground(parts, Costs()))
    assert found.rows[0].lift.low > 0.05, "the same rows with their labels teach a lot"


def test_a_model_does_not_change_when_the_future_is_hidden(
    table: Table, export: Path, tmp_path: Path
) -> None:
    parts = table.holdout(SETTINGS)
    entries = pq.read_table(export)
    before = entries.filter(pc.less(entries["known_at"], parts.cut))
    assert 0 < len(before) < len(entries)
    path = tmp_path / "events.parquet"
    pq.write_table(before, path)
    with read(path, "signup", None, SETTINGS, CATALOGUE, None, Steps()) as hidden:
        known = hidden.matrix
        learned = parts.learned
        assert learned.max() < len(known)
        assert known.values[learned].tobytes() == table.matrix.values[learned].tobytes()
        judged = judge(hidden.history, hidden.target, hidden.asked, parts.cut - 1)
        for part in (parts.fit, parts.validation):
            assert judged.positive[part.rows].tobytes() == part.positive.tobytes()
            assert judged.mature[part.rows].all()
        assert fitted(hidden, parts).model.text == fitted(table, parts).model.text
