"""Thresholds: from budgets, from costs, and from how many reviews a day can be done."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.decide.outcomes import ORDER
from features.durations import DAY
from features.thresholds import Losses, Thresholds
from training.costs import Costs, Expected, cost_of
from training.effect import asked
from training.labels import Floats
from training.thresholds import Budgets, by_costs, by_reviews, by_shares

COSTS = Costs(review=10, honest=20, caught=0.9, challenge=2, challenge_caught=0.4)
FLAT = Expected(loss=500.0, of_exposure=float("nan"))


def unknown(probability: Floats) -> Floats:
    return np.full(len(probability), np.nan)


def expected_cost(costs: Costs, outcome: int, probability: Floats, losses: Floats) -> Floats:
    """What an outcome costs on average if probabilities mean what they say."""
    chosen = np.full(len(probability), outcome, dtype=np.int8)
    bad = cost_of(costs, chosen, np.ones(len(probability), bool), losses)
    honest = cost_of(costs, chosen, np.zeros(len(probability), bool), losses)
    return probability * bad + (1 - probability) * honest


def test_shares_keep_their_budgets_and_ties_stay_below() -> None:
    probability = np.append(np.linspace(0.0, 0.5, 1000), [0.9] * 20)
    positive = np.append(np.zeros(1000, bool), np.ones(20, bool))
    limits = by_shares(probability, positive, Budgets(review=0.01, challenge=0.03))
    assert limits.decline is None
    outcomes = asked(limits, probability, unknown(probability))
    assert [int((outcomes[:1000] >= place).sum()) for place in (1, 2, 3)] == [30, 10, 0]
    assert (outcomes[1000:] == 2).all()
    flat = by_shares(np.full(100, 0.2), np.zeros(100, bool), Budgets())
    assert not asked(flat, np.full(100, 0.2), np.full(100, np.nan)).any()


@pytest.mark.parametrize(
    ("change", "challenge", "review", "decline"),
    [
        ({}, 2 / 200, 28 / 270, None),
        ({"challenge": 50.0}, None, 30 / 470, None),  # so dear that a review is better
        ({"challenge_caught": 0.0}, None, 30 / 470, None),
        ({"review": 1e6}, 2 / 200, None, None),
        ({"challenge": 50.0, "review": 1e6}, 50 / 200, None, None),
        ({"challenge": 1e6, "review": 1e6}, None, None, None),
        ({"decline": 1000.0}, 2 / 200, 28 / 270, 970 / 1030),
        ({"decline": 30.0}, 2 / 200, None, 28 / 330),  # nobody is worth a review
        ({"challenge": 0.0}, 0.0, 30 / 270, None),  # what is free is done to everybody
    ],
)
def test_thresholds_are_where_two_outcomes_cost_the_same(
    change: dict[str, float],
    challenge: float | None,
    review: float | None,
    decline: float | None,
) -> None:
    limits = by_costs(replace(COSTS, **change), FLAT, minor_units=2)  # type: ignore[arg-type]
    found = (limits.challenge, limits.review, limits.decline)
    for one, said in zip(found, (challenge, review, decline), strict=True):
        assert one is None if said is None else one == pytest.approx(said)
    assert limits.losses is msgspec.UNSET  # nobody knows what was exposed


def test_limits_of_money_are_in_minor_units_of_exposure_of_which_so_much_is_lost() -> None:
    limits = by_costs(COSTS, Expected(loss=500.0, of_exposure=0.5), minor_units=2)
    assert limits.losses == Losses(challenge=10_00, review=112_00, decline=None)  # twice 5 and 56
    yen = by_costs(COSTS, Expected(loss=500.0, of_exposure=1.0), minor_units=0)
    assert yen.losses == Losses(challenge=5, review=56, decline=None)
    never = by_costs(COSTS, Expected(loss=500.0, of_exposure=0.0), minor_units=2)
    assert never.losses is msgspec.UNSET


prices = st.builds(
    Costs,
    review=st.floats(0.1, 100),
    honest=st.floats(0, 100),
    caught=st.floats(0.5, 1.0),
    challenge=st.floats(0.1, 50),
    challenge_caught=st.floats(0, 0.5),
    decline=st.one_of(st.none(), st.floats(100, 2000)),
)


@given(costs=prices, loss=st.floats(1, 10_000))
def test_no_outcome_is_cheaper_than_the_one_that_thresholds_ask_for(
    costs: Costs, loss: float
) -> None:
    """So moving a threshold either way costs more, if probabilities mean what they say."""
    probability = np.linspace(0, 1, 201)
    losses = np.full(201, loss)
    limits = by_costs(costs, Expected(loss, float("nan")), 2)
    chosen = asked(limits, probability, unknown(probability))
    possible = range(len(ORDER) if costs.decline is not None else len(ORDER) - 1)
    each = np.array([expected_cost(costs, one, probability, losses) for one in possible])
    assert (each[chosen, np.arange(201)] <= each.min(axis=0) + 1e-6 * loss).all()


@given(costs=prices, share=st.floats(0.1, 1.0), at_stake=st.floats(1, 1e6))
def test_what_an_expected_loss_asks_for_is_worth_its_price(
    costs: Costs, share: float, at_stake: float
) -> None:
    """Whatever the probability, review costs no more than letting pass or challenging."""
    probability = np.linspace(0.001, 1, 200)
    exposure = np.full(200, round(100 * at_stake / share))
    found = by_costs(costs, Expected(500.0, share), 2).losses
    assert found is not msgspec.UNSET
    review_only = Thresholds(losses=Losses(review=found.review))
    reviewed = asked(review_only, probability, exposure) == 2
    losses = np.full(200, exposure[0] * share / 100)
    passed, challenged, review = (
        expected_cost(costs, one, probability, losses)[reviewed] for one in range(3)
    )
    margin = 0.011 / share + 1e-6 * at_stake  # the limit is a whole number of minor units
    assert (review <= passed + margin).all()
    assert (review <= challenged + margin).all()


def at_days(*days: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(days, dtype=np.int64) * DAY


def limited(
    costs: Costs, probability: list[float], days: list[int], exposure: list[float] | None = None
) -> Thresholds:
    """Thresholds by reviews; half of what is exposed is lost, of rows that weigh one each."""
    rows = len(probability)
    exposed = np.array(exposure) if exposure else np.full(rows, np.nan)
    expected = Expected(500.0, 0.5 if exposure else float("nan"))
    return by_reviews(
        costs, expected, 2, np.array(probability), exposed, at_days(*days), np.ones(rows)
    )


def reviews(limits: Thresholds, probability: list[float]) -> list[float]:
    outcomes = asked(limits, np.array(probability), np.full(len(probability), np.nan))
    return [one for one, place in zip(probability, outcomes, strict=True) if place == 2]


@pytest.mark.parametrize(
    ("a_day", "probability", "days", "reviewed"),
    [
        (2, [0.9, 0.8, 0.7, 0.6], (0, 0, 0, 1), [0.9, 0.8]),  # from 0.7 on is too much on a day
        (3, [0.9, 0.8, 0.7, 0.6], (0, 0, 0, 1), [0.9, 0.8, 0.7, 0.6]),
        (2, [0.9, 0.8, 0.8, 0.6], (0, 0, 0, 1), [0.9]),  # of a tie none
        (1, [0.9, 0.8], (0, 0), [0.9]),
        (5, [0.9, 0.01], (0, 0), [0.9]),  # not worth its price
    ],
)
def test_no_more_reviews_than_can_be_done(
    a_day: int, probability: list[float], days: tuple[int, ...], reviewed: list[float]
) -> None:
    limits = limited(replace(COSTS, reviews_a_day=a_day), probability, list(days))
    assert reviews(limits, probability) == reviewed
    assert limits.challenge == pytest.approx(2 / 200)  # the others are challenged


def test_one_day_of_twenty_may_be_a_rush() -> None:
    """The mean holds all the same: were the rush larger, it would count."""
    costs, days = replace(COSTS, reviews_a_day=2), list(range(20))
    limits = limited(costs, [0.5] * 23, [*days, 19, 19, 19])
    assert len(reviews(limits, [0.5] * 23)) == 23
    limits = limited(costs, [0.5] * 60, [*days, *[19] * 40])
    assert reviews(limits, [0.5] * 60) == []


def test_what_is_declined_takes_nobodys_time_and_nobody_is_for_want_of_it() -> None:
    costs = replace(COSTS, reviews_a_day=1, decline=1000.0)
    limits = limited(costs, [0.99, 0.99, 0.8, 0.7], [0, 0, 0, 0])
    assert reviews(limits, [0.99, 0.99, 0.8, 0.7]) == [0.8]
    assert limits.decline == pytest.approx(970 / 1030)


def test_reviewers_see_first_what_would_cost_most() -> None:
    """Twenty times the money at a fifth of the probability."""
    costs = replace(COSTS, reviews_a_day=1)
    probability, exposure = [0.25, 0.05], [500_00, 10_000_00]
    limits = limited(costs, probability, [0, 0], [float(one) for one in exposure])
    outcomes = asked(limits, np.array(probability), np.array(exposure, dtype=np.float64))
    assert outcomes.tolist() == [1, 2]


def test_reviews_that_never_pay_are_not_made_however_many_can_be() -> None:
    limits = limited(replace(COSTS, review=1e6), [0.9], [0])
    assert limits.challenge == pytest.approx(2 / 200)
    assert limits.review is None


rows = st.tuples(
    st.integers(0, 20).map(lambda n: n / 20),  # ties
    st.integers(0, 25),
    st.integers(1, 5),
    st.one_of(st.just(float("nan")), st.floats(0, 1e6)),
)


@given(rows=st.lists(rows, min_size=1, max_size=80), a_day=st.integers(1, 10))
def test_never_more_a_day_than_can_be_done(
    rows: list[tuple[float, int, int, float]], a_day: int
) -> None:
    """On average, and on 19 days of 20; a row stands for as many as it weighs."""
    probability, days, weight, exposure = (np.array(one) for one in zip(*rows, strict=True))
    costs, expected = replace(COSTS, reviews_a_day=a_day), Expected(500.0, 0.5)
    limits = by_reviews(
        costs, expected, 2, probability, exposure, days * DAY, weight.astype(np.float64)
    )
    reviewed = asked(limits, probability, exposure) == 2
    each = np.array([weight[reviewed & (days == one)].sum() for one in np.unique(days)])
    assert each.mean() <= a_day
    assert (each > a_day).sum() <= len(each) / 20
