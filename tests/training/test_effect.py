"""The effect of thresholds, by hand on eight rows of two days."""

from __future__ import annotations

import numpy as np
import pytest

from features.durations import DAY
from features.thresholds import Losses, Thresholds
from training.costs import Costs
from training.effect import asked, effect
from training.evaluate import Ground

COSTS = Costs(review=10, honest=20, caught=0.9, challenge=2, challenge_caught=0.4, decline=100)
PROBABILITY = np.array([0.05, 0.2, 0.2, 0.6, 0.05, 0.6, 0.95, 0.05])
EXPOSURE = np.array([np.nan, np.nan, 5.0, 100.0, 1000.0, np.nan, 100.0, 999.0])
POSITIVE = np.array([False, False, True, True, True, False, True, False])
TESTED = Ground(
    positive=POSITIVE,
    customers=np.array([f"c{number}" for number in range(8)], dtype=object),
    at=np.array([0, 0, 0, 0, DAY, DAY, DAY, DAY], dtype=np.int64),
    weight=np.array([1.0, 1, 1, 1, 3, 1, 1, 1]),
    loss=np.where(POSITIVE, 500.0, 0.0),
    expected_loss=500.0,
)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Thresholds(), [0, 0, 0, 0, 0, 0, 0, 0]),
        (Thresholds(0.2, 0.6, 0.9), [0, 1, 1, 2, 0, 2, 3, 0]),
        (Thresholds(None, 0.6, None), [0, 0, 0, 2, 0, 2, 2, 0]),
        (Thresholds(0.2, 0.6, None, Losses(1, 50, None)), [0, 1, 1, 2, 2, 2, 2, 1]),
        (Thresholds(losses=Losses(decline=50)), [0, 0, 0, 3, 3, 0, 3, 0]),
    ],
)
def test_the_strictest_that_probability_or_expected_loss_asks_for(
    limits: Thresholds, expected: list[int]
) -> None:
    assert asked(limits, PROBABILITY, EXPOSURE).tolist() == expected


def test_what_each_catches_and_what_they_come_to() -> None:
    limits = Thresholds(0.2, 0.6, 0.9, Losses(None, 50, None))
    found = effect(limits, PROBABILITY, EXPOSURE, TESTED, COSTS)
    decline, review, challenge = found.catches
    assert [one.outcome for one in found.catches] == ["decline", "review", "challenge"]
    assert (decline.rows, review.rows, challenge.rows) == (1, 4, 6)
    assert (decline.positives, review.positives, challenge.positives) == (1, 3, 4)
    assert (review.threshold, review.loss, challenge.loss) == (0.6, 50, None)
    assert review.legitimate_share == pytest.approx(1 / 4)
    assert review.recall == pytest.approx(3 / 4)
    assert challenge.precision == pytest.approx(4 / 6)
    assert [one.a_day for one in found.catches] == [0.5, 2.5, 1.0]
    assert (found.days, found.reviews_a_day, found.busiest) == (2, 2.5, 4.0)
    assert found.by_loss == 1
    assert found.let_pass == 500 * (1 + 1 + 3 + 1)
    challenged = 2 + 2 + 0.6 * 500
    reviewed = (10 + 50) + 3 * (10 + 50) + (10 + 20)
    assert found.spent == pytest.approx(challenged + reviewed + 0)
    assert found.saved == pytest.approx(found.let_pass - found.spent)
    assert found.sentence == (
        "In 2 days: 2.5 reviews a day, 4 on the busiest, 1 row stopped by expected loss alone. "
        "Letting everybody pass costs 3,000 USD, this 574: 2,426 USD saved."
    )


def test_thresholds_that_ask_for_nothing_catch_nothing() -> None:
    found = effect(Thresholds(), PROBABILITY, EXPOSURE, TESTED, COSTS)
    assert (found.catches, found.saved, found.busiest) == ((), 0.0, 0.0)
    assert "alone" not in found.sentence
