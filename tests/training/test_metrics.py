"""Metrics: equal to scikit-learn's where it has them, honest about ties and chance."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from features.durations import DAY
from training.costs import Costs
from training.evaluate import Candidate, Ground, compare
from training.labels import Floats, Truths
from training.metrics import (
    Ranking,
    listed_each_day,
    numbered,
    probability_metrics,
    resamples,
)


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


def test_each_day_has_its_own_list_of_entities() -> None:
    """Two rows of one customer take one place, and a tie goes to the earlier one."""
    at = np.array([0, 1, 2, 3, DAY, DAY + 1], dtype=np.int64)
    score = np.array([0.1, 0.9, 0.8, 0.8, 0.2, 0.3])
    who = np.array([0, 1, 1, 2, 0, 3])
    rows, hits = listed_each_day(score, np.zeros(6, dtype=bool), who, at, 2)
    assert rows.tolist() == [1, 3, 5, 4]
    assert not hits.any()


def test_who_was_found_leaves_the_list_and_makes_room() -> None:
    at = np.array([0, 1, DAY, DAY + 1, 2 * DAY], dtype=np.int64)
    score = np.array([0.9, 0.8, 0.9, 0.5, 0.9])
    positive = np.array([True, False, True, False, True])
    who = np.array([0, 1, 0, 1, 0])
    rows, hits = listed_each_day(score, positive, who, at, 1)
    assert rows.tolist() == [0, 3]
    assert hits.tolist() == [True, False]


def test_a_customer_is_bad_on_a_day_if_any_of_its_rows_is() -> None:
    at = np.array([0, 1], dtype=np.int64)
    listed = listed_each_day(
        np.array([0.9, 0.1]), np.array([False, True]), np.zeros(2, dtype=np.int64), at, 1
    )
    assert (listed[0].tolist(), listed[1].tolist()) == ([0], [True])


def test_customers_are_drawn_with_all_their_rows() -> None:
    customers = np.array(["a", "b", "a", "c"], dtype=object)
    drawn = np.concatenate(list(resamples(numbered(customers), 50, seed=1)))
    assert drawn.shape == (50, 4)
    assert (drawn[:, 0] == drawn[:, 2]).all()
    assert (drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_a_better_score_has_a_better_row_and_its_interval_covers_it() -> None:
    score, positive = rows(9, ties=False)
    noise = np.random.default_rng(3).random(800)
    at = np.arange(800, dtype=np.int64) * (DAY // 100)
    customers = np.array([f"c{number}" for number in range(800)], dtype=object)
    good, bad = Candidate("good", score, score), Candidate("bad", noise, noise)
    tested = Ground(positive, customers, at, np.ones(800), np.where(positive, 500.0, 0.0), 500.0)
    found = compare((good, bad), tested)
    assert found.a_day == 10
    for row in found.rows:
        for name, interval in row.metrics.items():
            about = 0.03 if name != "cost" else 0.1 * interval.value
            assert interval.low <= interval.value + about
            assert interval.value - about <= interval.high
    assert found.of("good").lift.low > found.of("bad").lift.low
    assert found.of("good").metrics["cost"].value < found.of("bad").metrics["cost"].value
    assert compare((good,), tested).rows[0].metrics == found.of("good").metrics


def test_a_row_that_stands_for_many_counts_as_many() -> None:
    score, positive = rows(9, ties=False)
    at = np.arange(800, dtype=np.int64) * (DAY // 100)
    customers = np.array([f"c{number}" for number in range(800)], dtype=object)
    weight = np.where(np.arange(800) % 2, 3.0, 1.0)
    tested = Ground(positive, customers, at, weight, np.where(positive, 500.0, 0.0), 500.0)
    found = compare((Candidate("good", score, score),), tested, Costs(reviews_a_day=50))
    exact = average_precision_score(positive, score, sample_weight=weight)
    assert found.rows[0].metrics["average_precision"].value == pytest.approx(exact)
    assert found.base_rate == pytest.approx(np.average(positive, weights=weight))
