"""The decision: the strictest demand wins, whoever makes it."""

from __future__ import annotations

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.decide.decision import Assessed, decide
from features.decide.exploration import Chance, Exploration, Lot
from features.decide.policies import Hit
from features.decide.scorecard import Fired, Scorecard, Weight, fewest
from features.decide.weights import DOOR
from features.domain import CLOUD
from features.thresholds import Losses, Thresholds
from tests.features.deciding import hit, risk

IN_MONEY = Thresholds(review=0.6, losses=Losses(challenge=500, review=1000))


def unknown(outcome: str, then: str) -> Hit:
    return Hit(hit(outcome, unknown=then).policy, unknown=True)


@pytest.mark.parametrize(
    ("risks", "points", "hits", "outcome", "score", "demanded_by"),
    [
        ([risk(0.1)], 0, [], "approve", 100, ()),
        ([risk(0.2)], 0, [], "challenge", 200, ("theft_of_service",)),
        ([risk(0.5)], 0, [], "review", 500, ("theft_of_service",)),
        ([risk(0.95)], 0, [], "decline", 950, ("theft_of_service",)),
        ([risk(0.95, Thresholds())], 0, [], "approve", 950, ()),
        ([risk(0.1), risk(0.6)], 0, [], "review", 600, ("theft_of_service",)),
        ([risk(0.1)], 1000, [], "approve", 100, ()),  # points do not count beside a model
        ([risk(0.1, IN_MONEY, 10_000)], 0, [], "review", 100, ("theft_of_service",)),
        ([risk(0.1, IN_MONEY, 9_990)], 0, [], "challenge", 100, ("theft_of_service",)),
        ([risk(0.1, IN_MONEY, None)], 0, [], "approve", 100, ()),  # nobody knows the money
        ([risk(0.6, IN_MONEY, 1)], 0, [], "review", 600, ("theft_of_service",)),  # nor needs to
        ([], 299, [], "approve", 299, ()),
        ([], 300, [], "challenge", 300, ("scorecard",)),
        ([], 450, [], "review", 450, ("scorecard",)),
        ([risk(0.1)], 0, [hit("decline")], "decline", 100, ("DECLINE",)),
        ([risk(0.5)], 0, [hit("challenge")], "review", 500, ("theft_of_service",)),
        ([risk(0.5)], 0, [hit("review")], "review", 500, ("theft_of_service", "REVIEW")),
        ([], 0, [unknown("decline", "review")], "review", 0, ("DECLINE",)),
    ],
)
def test_strictest_wins(
    risks: list[Assessed],
    points: int,
    hits: list[Hit],
    outcome: str,
    score: int,
    demanded_by: tuple[str, ...],
) -> None:
    verdict = decide(risks, points, hits)
    assert (verdict.outcome, verdict.score, verdict.demanded_by) == (outcome, score, demanded_by)


PASSED, NOT_PASSED = Chance(0.05, 0.049), Chance(0.05, 0.05)


@pytest.mark.parametrize(
    ("risks", "points", "hits", "chance", "outcome", "demanded_by", "instead_of", "propensity"),
    [
        ([risk(0.2)], 0, [], PASSED, "approve", ("exploration",), "challenge", 0.05),
        ([risk(0.5)], 0, [], PASSED, "approve", ("exploration",), "review", 0.05),
        ([risk(0.95)], 0, [], PASSED, "approve", ("exploration",), "decline", 0.05),
        ([risk(0.5)], 0, [], NOT_PASSED, "review", ("theft_of_service",), None, 0.05),
        ([risk(0.1)], 0, [], PASSED, "approve", (), None, None),  # nothing stops it
        ([risk(0.5)], 0, [], Chance(0.0, 0.0), "review", ("theft_of_service",), None, None),
        ([risk(0.95)], 0, [hit("challenge")], PASSED, "decline", ("theft_of_service",), None, None),
        ([risk(0.1)], 0, [hit("review")], PASSED, "review", ("REVIEW",), None, None),
        ([risk(0.5)], 0, [unknown("decline", "review")], PASSED, "review",
         ("theft_of_service", "DECLINE"), None, None),
        ([], 450, [], PASSED, "review", ("scorecard",), None, None),  # no model, nothing to learn
    ],
)  # fmt: skip
def test_chance_lets_pass_what_models_alone_would_stop(
    risks: list[Assessed],
    points: int,
    hits: list[Hit],
    chance: Chance,
    outcome: str,
    demanded_by: tuple[str, ...],
    instead_of: str | None,
    propensity: float | None,
) -> None:
    verdict = decide(risks, points, hits, chance)
    assert (verdict.outcome, verdict.demanded_by) == (outcome, demanded_by)
    assert (verdict.score, verdict.propensity) == (decide(risks, points, hits).score, propensity)
    assert verdict.exploration == (
        None if instead_of is None else Exploration(0.05, instead_of)  # type: ignore[arg-type]
    )
    assert verdict.challenges == ()


def test_the_lot_falls_as_often_as_its_share_and_as_one_cannot_foresee() -> None:
    ids = [f"signup-{number}" for number in range(20_000)]
    ours, theirs = Lot(0.02, b"our secret"), Lot(0.02, b"their secret")
    passed = {id for id in ids if ours(id).falls}
    assert len(passed) == pytest.approx(400, abs=4 * 20)  # four standard deviations
    assert passed == {id for id in ids if Lot(0.02, b"our secret")(id).falls}
    assert len(passed & {id for id in ids if theirs(id).falls}) < 40
    draws = np.sort([ours(id).draw for id in ids])
    assert np.abs(draws - np.linspace(0, 1, len(ids))).max() < 1.63 / np.sqrt(len(ids))  # 1 %


def test_what_is_in_the_shadow_demands_nothing() -> None:
    shadow = hit("decline", shadow=True)
    assert decide([risk(0.1)], 0, [shadow]) == decide([risk(0.1)], 0, [])
    assert decide([risk(0.5)], 0, [shadow], PASSED).outcome == "approve"


def test_challenges_come_from_policies_and_default_to_sms() -> None:
    asked = decide([], 0, [hit("challenge", challenges=("mfa", "call"))])
    assert asked.challenges == ("mfa", "call")
    assert decide([], 300, []).challenges == ("sms",)
    assert decide([], 450, [hit("challenge", challenges=("mfa",))]).challenges == ()


def test_scorecard_counts_what_is_known() -> None:
    plan = CATALOGUE.plan("signup")
    scorecard = Scorecard(DOOR, plan.position)
    vector = np.full(len(plan.names), np.nan)
    assert scorecard.points(vector) == (0, ())
    vector[plan.position["accounts_on_device_24h"]] = 4
    vector[plan.position["form_seconds"]] = 2.0
    points, fired = scorecard.points(vector)
    assert points == 150 + 300 + 150
    assert fired[0].weight.points == 300


def test_the_fewest_signals_that_made_the_scorecard_ask() -> None:
    """Two weights of one signal go together."""
    fired = [
        Fired(Weight("accounts", "at least", 3, 300, "w"), 3.0),
        Fired(Weight("accounts", "at least", 1, 150, "w"), 3.0),
        Fired(Weight("prepaid", "is", 1, 299, "w"), 1.0),
        Fired(Weight("night", "is", 1, 1, "w"), 1.0),
    ]
    assert fewest(fired) == ("accounts", "prepaid")
    assert fewest(fired[2:3]) == fewest([]) == ()
    assert fewest(fired[1:]) == ("prepaid",)


def test_every_weight_names_a_signal_of_its_moment() -> None:
    for moment, asked in CLOUD.moments.items():
        known = CATALOGUE.plan(moment).position
        assert [w.signal for w in asked.weights if w.signal not in known] == []
