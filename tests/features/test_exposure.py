"""Exposure: what may be lost until somebody finds out, by hand for each kind of risk."""

from __future__ import annotations

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.decide.exposure import Exposure, Exposures, Number
from features.domain import CLOUD, Moment, Risk
from features.errors import InvalidDeclaration
from features.fact_types import Value

NAN = float("nan")


def exposures(moment: str) -> Exposures:
    return Exposures(CLOUD.moments[moment], CATALOGUE.plan(moment).position)


def vector(moment: str, **known: float) -> list[float]:
    return [known.get(name, NAN) for name in CATALOGUE.plan(moment).names]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"amount": 10_00}, 20_00),  # two months, as it takes sixty days to find out
        ({"amount": 10_00, "annual_commit": 0}, 20_00),
        ({"amount": 10_00, "annual_commit": 1}, 120_00),
        ({"amount": 0, "annual_commit": 1}, 0),  # a trial
        ({"annual_commit": 1, "seats": 5}, None),  # nobody says what a seat costs
        ({}, None),
    ],
)
def test_an_order_is_served_until_it_is_found_out(
    facts: dict[str, Value], expected: int | None
) -> None:
    asked = vector("signup", annual_commit=float(facts.get("annual_commit", NAN)))
    assert exposures("signup")("theft_of_service", facts, asked) == expected


@pytest.mark.parametrize(("facts", "expected"), [({"amount": 99_99}, 99_99), ({}, None)])
def test_a_payment_is_about_its_own_amount(facts: dict[str, Value], expected: int | None) -> None:
    assert exposures("payment")("theft_of_service", facts, vector("payment")) == expected


@pytest.mark.parametrize(
    ("day", "week", "month", "budget", "expected"),
    [
        (50_00, 140_00, 400_00, NAN, 1500_00),  # today's pace, thirty days
        (10_00, 700_00, 2000_00, NAN, 3000_00),  # last week's pace is faster
        (50_00, NAN, NAN, NAN, 1500_00),
        (NAN, 7_00, NAN, NAN, 30_00),
        (50_00, 140_00, 400_00, 600_00, 600_00),  # noticed when the budget is spent
        (50_00, 140_00, 400_00, 9000_00, 1500_00),
        (50_00, 140_00, 601_00, 600_00, 1500_00),  # a budget that was passed stops nobody
        (50_00, 140_00, 600_00, 600_00, 600_00),
        (0, 0, 0, 600_00, 0),
        (NAN, NAN, 400_00, 600_00, None),
    ],
)
def test_abuse_goes_on_at_todays_pace(
    day: float, week: float, month: float, budget: float, expected: int | None
) -> None:
    asked = vector(
        "checkup",
        usage_cost_24h=day,
        usage_cost_7d=week,
        usage_cost_days_30d=month,
        budget=budget,
    )
    assert exposures("checkup")("abuse_of_service", {}, asked) == expected


@pytest.mark.parametrize(
    ("billed", "used", "expected"),
    [(300_00, 50_00, 350_00), (NAN, 50_00, 50_00), (300_00, NAN, 300_00), (NAN, NAN, None)],
)
def test_a_debtor_owes_what_is_billed_and_what_will_be(
    billed: float, used: float, expected: int | None
) -> None:
    asked = vector("checkup", open_amount=billed, usage_cost_days_30d=used)
    assert exposures("checkup")("nonpayment", {}, asked) == expected


def test_a_kept_vector_gives_the_same_as_the_one_it_was_made_from() -> None:
    asked = vector("checkup", open_amount=300_00, usage_cost_7d=50_00)
    kept = [None if value != value else value for value in asked]
    found = exposures("checkup")
    for risk in CLOUD.moments["checkup"].risks:
        given = [found(risk, {}, asked), found(risk, {}, kept), found(risk, {}, np.array(asked))]
        assert given[0] == given[1] == given[2] is not None


def test_exposures_are_whole_never_below_zero_and_unknown_where_nothing_finite_is_said() -> None:
    def at(exposure: Exposure, facts: dict[str, Value]) -> int | None:
        risk = Risk(labels=("stolen",), maturity=7, exposure=exposure)
        return Exposures(Moment(event="payment", risks={"theft": risk}), {})("theft", facts, ())

    def halved(amount: Number, *, days: float) -> Number:
        return None if amount is None else amount / 2

    assert at(Exposure(formula=halved), {"amount": 301}) == 150
    assert at(Exposure(), {"amount": -301}) == 0
    assert at(Exposure(), {"amount": float("inf")}) is None
    assert at(Exposure(), {"amount": "301"}) is None
    assert at(Exposure(of=("amount", "fee")), {"amount": 301, "fee": 99}) == 400
    assert Exposures(CLOUD.moments["signup"], {})("nonpayment", {"amount": 5}, ()) is None


def test_days_are_those_declared_or_until_labels_are_known() -> None:
    def a_day(*amounts: Number, days: float) -> Number:
        return days

    for declared, expected in ((3, 3), (None, 7)):
        exposure = Exposure(formula=a_day, days=declared)
        risk = Risk(labels=("stolen",), maturity=7, exposure=exposure)
        asked = Exposures(Moment(event="payment", risks={"theft": risk}), {})
        assert asked("theft", {}, ()) == expected


def _of_two(first: Number, second: Number, *, days: float) -> Number:
    return None


def _of_known(amount: float, *, days: float) -> Number:
    return amount * days


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"formula": _of_two}, "of amount cannot be asked .*missing 1 required"),
        ({"formula": _of_known}, "of amount cannot be asked .*NoneType"),
        ({"days": 0}, "one or more"),
    ],
)
def test_an_exposure_that_cannot_be_asked_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        Exposure(**wrong)  # type: ignore[arg-type]


def test_the_shipped_exposures_name_what_there_is() -> None:
    for name, moment in CLOUD.moments.items():
        there = {*CATALOGUE.plan(name).position, *CLOUD.all_facts}
        for risk in moment.risks.values():
            assert set(risk.exposure.of) <= there
