"""The ladder: every rung is there, and none has seen what it is tested on."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.contract import Bundle
from training.bundling import bundle_of
from training.ladder import CHAMPION, MODEL, STATELESS
from training.run import TrainingRun, train
from training.settings import Settings
from training.split import Folds


@pytest.fixture(scope="module")
def champion(hand_made: Path) -> Bundle:
    return bundle_of(train(hand_made, settings=Settings(test_share=0.3)))


def test_the_champion_stands_beside_the_model_where_it_has_not_seen_the_rows(
    hand_made: Path, champion: Bundle
) -> None:
    folds = Settings(folds=Folds(count=1, test=14))
    run = train(hand_made, settings=folds, champion=champion)
    assert run.split.cut >= champion.contract.cut
    found = run.comparison.of(CHAMPION).metrics["average_precision"].value
    assert found > run.comparison.base_rate
    later = train(hand_made, settings=Settings(test_share=0.6, label_time="end"), champion=champion)
    assert later.split.cut < champion.contract.cut
    assert CHAMPION not in [row.candidate.name for row in later.comparison.rows]


def test_a_champion_of_other_columns_is_left_out(hand_made: Path, champion: Bundle) -> None:
    import msgspec

    columns = tuple(
        msgspec.structs.replace(column, digest="of another version")
        for column in champion.contract.columns
    )
    other = msgspec.structs.replace(
        champion, contract=msgspec.structs.replace(champion.contract, columns=columns)
    )
    run = train(hand_made, champion=other)
    assert CHAMPION not in [row.candidate.name for row in run.comparison.rows]


def test_holes_cost_something_and_leave_something(trained: TrainingRun) -> None:
    """Without any state the model still knows what a sign-up says by itself."""
    found = {
        row.candidate.name: row.metrics["average_precision"] for row in trained.comparison.rows
    }
    assert found[STATELESS].value > 1.5 * trained.comparison.base_rate
    assert found[STATELESS].value < found[MODEL].value + 0.05
