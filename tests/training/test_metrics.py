"""Metrics: equal to scikit-learn's where it has them, honest about ties and chance."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from features.durations import DAY
from training.evaluate import Candidate, compare
from training.labels import Floats, Truths
from training.metrics import Ranking, probability_metrics, resamples, top_of_each_day


def rows(seed: int, ties: bool) -> tuple[Floats, Truths]:
    random = np.random.default_rng(seed)
    score = random.random(800)
    positive = random.random(800) < score / 5
    return (np.round(score, 1) if ties else score), positive


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plain_figures_are_those_of_scikit_learn(seed: int, ties: bool) -> None:
    score, positive = rows(seed, ties)
    found = Ranking(score, positive).metrics(np.ones((1, 800)))
    found |= probability_metrics(score, positive, np.ones((1, 800)))
    assert found["average_precision"][0] == pytest.approx(average_precision_score(positive, score))
    assert found["roc_auc"][0] == pytest.approx(roc_auc_score(positive, score))
    assert found["brier"][0] == pytest.approx(brier_score_loss(positive, score))


def test_a_weight_is_a_row_that_is_there_more_than_once() -> None:
    score, positive = rows(4, ties=True)
    times = np.random.default_rng(0).integers(0, 4, 800)
    weighted = Ranking(score, positive).metrics(times[None, :].astype(float))
    again = np.repeat(np.arange(800), times)
    repeated = Ranking(score[again], positive[again]).metrics(np.ones((1, len(again))))
    for name in weighted:
        assert weighted[name] == pytest.approx(repeated[name])


def test_chance_finds_as_much_as_it_bothers() -> None:
    _, positive = rows(1, ties=False)
    found = Ranking(np.zeros(800), positive).metrics(np.ones((1, 800)))
    assert found["recall_at_1pct_fpr"][0] == pytest.approx(0.01)
    assert found["average_precision"][0] == pytest.approx(positive.mean())


def test_calibration_error_is_the_gap_between_said_and_was() -> None:
    positive = np.arange(1000) % 10 == 0
    said = np.full(1000, 0.3)
    error = probability_metrics(said, positive, np.ones((1, 1000)))["calibration_error"]
    assert error[0] == pytest.approx(0.2)


def test_each_day_has_its_own_list() -> None:
    at = np.array([0, 1, 2, DAY, DAY + 1], dtype=np.int64)
    top = top_of_each_day(np.array([0.1, 0.9, 0.9, 0.2, 0.3]), at, 1)
    assert top.tolist() == [False, True, False, False, True]


def test_customers_are_drawn_with_all_their_rows() -> None:
    customers = np.array(["a", "b", "a", "c"], dtype=object)
    drawn = np.concatenate(list(resamples(customers, 50, seed=1)))
    assert drawn.shape == (50, 4)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_a_better_score_has_a_better_row_and_its_interval_covers_it() -> None:
    score, positive = rows(9, ties=False)
    noise = np.random.default_rng(3).random(800)
    at = np.arange(800, dtype=np.int64) * (DAY // 100)
    customers = np.array([f"c{number}" for number in range(800)], dtype=object)
    good, bad = Candidate("good", score, score), Candidate("bad", noise, noise)
    found = compare((good, bad), positive, customers, at)
    assert found.a_day == 10
    for row in found.rows:
        for interval in row.metrics.values():
            assert interval.low <= interval.value + 0.03
            assert interval.value - 0.03 <= interval.high
    assert found.of("good").lift.low > found.of("bad").lift.low
    assert compare((good, bad), positive, customers, at) is not found
    assert compare((good,), positive, customers, at).rows[0].metrics == found.of("good").metrics
