"""Proportions: the interval holds what it promises, also where rows come in customers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.proportion import Proportion, proportion

ONES = np.ones(40)


def test_rows_of_different_customers_have_wilsons_interval() -> None:
    who = np.arange(40)
    found = proportion(who < 10, ONES, who)
    assert found.value == 0.25
    assert (found.low, found.high) == pytest.approx((0.14187, 0.40194), abs=1e-5)


def test_rows_of_one_customer_are_one_row() -> None:
    of_one = proportion(np.arange(40) < 10, ONES, np.zeros(40, dtype=np.int64))
    assert of_one.value == 0.25
    assert of_one.high - of_one.low > 0.8
    pairs = proportion(np.arange(40) // 2 < 5, ONES, np.arange(40) // 2)
    alone = proportion(np.arange(20) < 5, ONES[:20], np.arange(20))
    assert (pairs.low, pairs.high) == pytest.approx((alone.low, alone.high), abs=0.02)


def test_customers_that_are_all_alike_count_as_one_row_each() -> None:
    """Their shares do not differ at all, and still they are no more than twenty."""
    half = proportion(np.arange(40) % 2 == 0, ONES, np.arange(40) // 2)
    apart = proportion(np.arange(20) % 2 == 0, ONES[:20], np.arange(20))
    assert (half.low, half.high) == pytest.approx((apart.low, apart.high), abs=0.02)


def test_all_of_few_is_no_certainty() -> None:
    three = proportion(np.ones(3, dtype=np.bool_), ONES[:3], np.arange(3))
    assert three.value == three.high == 1.0
    assert three.low == pytest.approx(0.4385, abs=1e-4)


def test_rows_that_stand_for_more_weigh_more() -> None:
    held, weight = np.array([True, False]), np.array([1.0, 3.0])
    assert proportion(held, weight, np.arange(2)).value == 0.25


def test_of_nothing_nothing_is_known() -> None:
    nothing = proportion(np.zeros(0, dtype=np.bool_), ONES[:0], np.zeros(0, dtype=np.int64))
    assert math.isnan(nothing.value)
    assert nothing == Proportion(nothing.value, 0.0, 1.0)


@pytest.mark.parametrize(
    ("customers", "share", "rows", "alike"), [(200, 0.05, 5, 0.9), (12, 0.3, 4, 0.5)]
)
def test_it_holds_the_truth_19_times_in_20(
    customers: int, share: float, rows: int, alike: float
) -> None:
    random, times = np.random.default_rng(5), 600
    held = 0
    for _ in range(times):
        who = np.repeat(np.arange(customers), 1 + random.poisson(rows - 1, customers))
        of_each = random.beta(share * (1 / alike - 1), (1 - share) * (1 / alike - 1), customers)
        drawn = random.random(len(who)) < of_each[who]
        found = proportion(drawn, np.ones(len(who)), who)
        held += found.low <= share <= found.high
    assert 0.92 < held / times < 0.985
