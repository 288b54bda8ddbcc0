"""Costs: a review is made where it is worth its price, and as many as reviewers can do."""

from __future__ import annotations

import numpy as np
import pytest

from features.durations import DAY
from features.errors import NotEnoughData
from training.costs import Costs, cost, reviewed


def test_the_threshold_is_where_reviewing_and_passing_cost_the_same() -> None:
    costs = Costs(review=10, honest=20, loss=500, caught=0.9)
    p = costs.threshold()
    review = 10 + (1 - p) * 20 + p * 0.1 * 500
    assert review == pytest.approx(p * 500)
    assert costs.threshold(5000) < p
    assert Costs(review=1e9).threshold() == 1.0


def test_at_most_so_many_a_day_the_likeliest_first() -> None:
    at = np.array([0, 1, 2, DAY, DAY + 1], dtype=np.int64)
    probability = np.array([0.5, 0.9, 0.7, 0.2, 0.001])
    chosen = reviewed(Costs(reviews_a_day=2), probability, at, 500.0)
    assert chosen.tolist() == [False, True, True, True, False]


def test_a_tie_goes_to_the_earlier_row() -> None:
    at = np.arange(5, dtype=np.int64)
    chosen = reviewed(Costs(reviews_a_day=2), np.full(5, 0.5), at, 500.0)
    assert chosen.tolist() == [True, True, False, False, False]


def test_what_each_of_the_four_ends_costs() -> None:
    costs = Costs(review=10, honest=20, caught=0.9)
    review = np.array([True, True, False, False])
    positive = np.array([True, False, True, False])
    losses = np.array([1000.0, 0.0, 1000.0, 0.0])
    assert cost(costs, review, positive, losses).tolist() == pytest.approx([110, 30, 1000, 0])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"review": -1.0}, "zero or more"),
        ({"loss": 0.0}, "loss above zero"),
        ({"caught": 0.0}, "above 0 and at most at 1"),
        ({"reviews_a_day": 0}, "at least one review"),
        ({"challenge": -1.0}, "zero or more"),
        ({"challenge_caught": 0.95}, "at most that of reviews"),
        ({"decline": 19.0}, "at least what keeping him waiting"),
    ],
)
def test_costs_that_make_no_sense_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(NotEnoughData, match=says):
        Costs(**wrong)  # type: ignore[arg-type]
