"""The search: the same twice, resumable, and never fooled by luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.offline import matrix
from training.labels import Asked, target_of
from training.model import FEWEST_PER_LEAF, MOST_DEPTH, MOST_LEAVES, Shape
from training.run import train
from training.settings import Settings
from training.split import split
from training.steps import Steps, Watcher
from training.trials import STEPS, Searched, Trial, Trials
from training.tune import Search, SearchInterrupted, search

SIGNALS = Catalogue(
    {name: CATALOGUE.declarations[name] for name in ("form_seconds", "ip_is_anonymous")}
)
QUICK = Shape(most_rounds=60, patience=10, fewest_rounds=5)


def trials_of(told: Any, until: int) -> Trials:
    with told.history() as history:
        table = matrix(history, SIGNALS, "signup")
        rows = Asked(table.ids, table.customers, table.at)
        target = target_of(SIGNALS.domain, "signup")
        parts = split(history, target, rows, as_of=until, label_time="end")
        return Trials(table, SIGNALS.derived("signup"), parts, np.arange(2))


def tell(told: Any, *, since: float = 0.0) -> Any:
    """A sign-up every two hours; each tenth is bad, slow to fill the form, and often anonymous."""
    for number in range(1440):
        when, bad = number / 12, number % 10 == 3
        told.signup(
            f"c{number}",
            when,
            ip_is_anonymous=int(bad and number % 4 > 0),
            form_seconds=float(number * 7919 % 97 + 30 * bad),
        )
        if bad and when >= since:
            told.label(f"c{number}", when + 5, of=when)
    return told


@pytest.fixture(scope="module")
def trials(new_story: Callable[[], Any], at_day: Callable[[float], int]) -> Trials:
    return trials_of(tell(new_story()), at_day(190))


class Heard(Watcher):
    """Remembers, and presses Ctrl-C at the end of some trial."""

    def __init__(self, stop_after: int = 0) -> None:
        self.sentences: list[str] = []
        self.shares: list[float] = []
        self._left = stop_after

    def told(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def went_on(self, done: int, total: int) -> None:
        self.shares.append(done / total)
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def whole(trials: Trials) -> Searched:
    return search(trials, QUICK, Search(trials=14), "a b")


def test_a_search_stays_inside_the_bounds_and_is_no_worse_than_the_default(
    whole: Searched,
) -> None:
    assert whole.trials == 14
    assert whole.default.shape == QUICK
    assert whole.best.mean >= whole.default.mean
    assert len(whole.best.values) == STEPS
    shape = whole.best.shape
    assert shape.leaves <= MOST_LEAVES
    assert shape.depth <= MOST_DEPTH
    assert shape.per_leaf >= FEWEST_PER_LEAF


def test_a_search_that_was_interrupted_goes_on_to_the_same_end(
    trials: Trials, whole: Searched, tmp_path: Path
) -> None:
    database = tmp_path / "search" / "optuna.db"
    with pytest.raises(SearchInterrupted, match="interrupted after 9 trials") as stopped:
        search(trials, QUICK, Search(trials=14), "a b", database, Heard(stop_after=10))
    assert stopped.value.exit_code == 130
    heard = Heard()
    assert search(trials, QUICK, Search(trials=14), "a b", database, heard) == whole
    assert len(heard.shares) == 1 + 5
    again = Heard()
    assert search(trials, QUICK, Search(trials=14), "a b", database, again) == whole
    assert again.shares == [1.0]


def test_a_trial_that_was_interrupted_half_way_is_done_again(
    trials: Trials, whole: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, real, calls = tmp_path / "optuna.db", Trials.value, iter(range(100))

    def pressed(self: Trials, shape: Shape, step: int) -> float:
        if next(calls) == 10:
            raise KeyboardInterrupt
        return real(self, shape, step)

    with monkeypatch.context() as patched:
        patched.setattr(Trials, "value", pressed)
        with pytest.raises(SearchInterrupted, match="after 3 trials"):
            search(trials, QUICK, Search(trials=14), "a b", database)
    assert search(trials, QUICK, Search(trials=14), "a b", database) == whole


def test_ctrl_c_without_a_database_is_plain_ctrl_c(trials: Trials) -> None:
    with pytest.raises(KeyboardInterrupt):
        search(trials, QUICK, Search(trials=3), "a b", None, Heard(stop_after=1))


def test_minutes_end_a_search_after_the_default_at_least(trials: Trials) -> None:
    found = search(trials, QUICK, Search(minutes=1e-9), "a b")
    assert found.trials == 1
    assert found.best == found.default
    assert "none was better than the default" in found.sentence


def test_every_improvement_is_a_line(trials: Trials, whole: Searched) -> None:
    heard = Heard()
    search(trials, QUICK, Search(trials=14), "a b", None, heard)
    assert whole.best.mean > whole.default.mean
    assert f"{whole.best.mean:.4f}, the best so far" in heard.sentences[-1]


@pytest.mark.parametrize(
    ("values", "used", "says"),
    [
        ((0.4, 0.4, 0.4), True, "better in each of 3 steps"),
        ((0.9, 0.9, 0.2), False, "better in 2 of 3 steps only"),
    ],
)
def test_the_default_is_kept_unless_every_step_is_better(
    values: tuple[float, ...], used: bool, says: str
) -> None:
    other = replace(QUICK, leaves=9)
    found = Searched(20, 4, Trial(QUICK, (0.3, 0.3, 0.3)), Trial(other, values))
    assert found.gained is used
    assert found.shape == (other if used else QUICK)
    assert says in found.sentence
    assert "leaves 9" in found.sentence


def test_a_step_without_fraud_says_which(
    new_story: Callable[[], Any], at_day: Callable[[float], int]
) -> None:
    told = tell(new_story(), since=70.0)
    with pytest.raises(
        NotEnoughData, match=r"step 1 of 3 of the search has .* none of them is bad"
    ):
        trials_of(told, at_day(190))


@pytest.mark.parametrize("wrong", [{}, {"trials": 0}, {"minutes": -1.0}])
def test_a_search_for_no_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(NotEnoughData, match="a number of trials or of minutes"):
        Search(**wrong)


def test_a_search_begins_inside_its_ranges(trials: Trials) -> None:
    with pytest.raises(NotEnoughData, match="per_leaf 900 lies outside 20 to 200"):
        search(trials, replace(QUICK, per_leaf=900), Search(trials=2), "a b")


def test_a_run_uses_the_shape_that_was_found(hand_made: Path) -> None:
    settings = Settings(label_time="end", search=Search(trials=2), shape=QUICK)
    run = train(hand_made, settings=settings, steps=Steps())
    assert run.searched is not None
    assert run.searched.trials == 2
    assert run.model.shape == run.searched.shape
