"""Labels: what counts as bad depends on when one asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.domain import CLOUD
from features.errors import NotEnoughData
from training.labels import NEVER, Asked, Judged, Target, judge, known_bad, target_of

SIGNUP, PAYMENT = target_of(CLOUD, "signup"), target_of(CLOUD, "payment")
ABUSE, NONPAYMENT = (
    target_of(CLOUD, "checkup", risk) for risk in ("abuse_of_service", "nonpayment")
)
CARDS = Target(
    "transaction", "theft", "payment", ("stolen",), ("stolen",), 1, 1, maturity=7, of_events=True
)
Day = Callable[[float], int]


def judged(
    story: Any,
    rows: list[tuple[str, float]],
    as_of: int,
    at_day: Day,
    target: Target = SIGNUP,
    ids: list[str] | None = None,
) -> Judged:
    customers = np.array([customer for customer, _ in rows], dtype=object)
    at = np.array([at_day(when) for _, when in rows])
    named = customers if ids is None else np.array(ids, dtype=object)
    with story.history() as history:
        return judge(history, target, Asked(named, customers, at), as_of)


def test_a_label_counts_from_the_day_it_became_known(story: Any, at_day: Day) -> None:
    story.signup("thief", 0).label("thief", 30)
    before, after = (judged(story, [("thief", 0)], at_day(when), at_day) for when in (29, 31))
    assert not before.positive[0]
    assert after.positive[0]


def test_a_reversed_label_is_as_if_it_had_never_been(story: Any, at_day: Day) -> None:
    story.label("honest", 20).label("honest", 40, status="reversed")
    story.label("relapsed", 20).label("relapsed", 40, status="reversed").label("relapsed", 50)
    rows = [("honest", 0.0), ("relapsed", 0.0), ("honest", 30.0), ("relapsed", 45.0)]
    early = judged(story, rows, at_day(30), at_day)
    late = judged(story, rows, at_day(100), at_day)
    assert early.positive.tolist() == [True, True, False, False]
    assert late.positive.tolist() == [False, True, False, True]
    assert not late.known_before.any()


def test_a_verdict_of_legitimate_takes_back_what_was_said_before(story: Any, at_day: Day) -> None:
    story.label("cleared", 20).label("cleared", 40, "legitimate")
    story.label("again", 20).label("again", 40, "legitimate").label("again", 50)
    found = judged(story, [("cleared", 0), ("again", 0)], at_day(100), at_day)
    assert found.positive.tolist() == [False, True]


def test_suspected_counts_and_taking_back_one_kind_leaves_the_other(
    story: Any, at_day: Day
) -> None:
    story.label("maybe", 10, status="suspected")
    story.label("both", 10).label("both", 12, "false_identity")
    story.label("both", 15, status="reversed")
    found = judged(story, [("maybe", 0), ("both", 0)], at_day(90), at_day)
    assert found.positive.all()


@pytest.mark.parametrize("kind", ["credit_default", "service_abuse", "legitimate"])
def test_other_harm_is_no_fraud_of_the_signup(story: Any, at_day: Day, kind: str) -> None:
    story.label("other", 30, kind)
    assert not judged(story, [("other", 0)], at_day(90), at_day).positive[0]


def test_whoever_is_known_bad_before_leaves_whatever_the_harm(story: Any, at_day: Day) -> None:
    story.label("thief", 30).label("defaulter", 30, "credit_default").label(
        "fine", 30, "legitimate"
    )
    rows = [("thief", 29.0), ("thief", 31.0), ("defaulter", 31.0), ("fine", 31.0)]
    found = judged(story, rows, at_day(120), at_day)
    assert found.known_before.tolist() == [False, True, True, False]
    assert found.positive.tolist() == [True, False, False, False]


def test_a_takeover_long_after_the_signup_is_no_fraud_of_the_signup(
    story: Any, at_day: Day
) -> None:
    story.label("old", SIGNUP.horizon + 1)
    found = judged(story, [("old", 0), ("old", 2)], at_day(400), at_day)
    assert found.positive.tolist() == [False, True]


def test_a_row_matures_whether_bad_or_not(story: Any, at_day: Day) -> None:
    story.label("found_out_early", 41)
    rows = [("found_out_early", 40.0), ("quiet", 40.0), ("old", 29.9)]
    assert judged(story, rows, at_day(90), at_day).mature.tolist() == [False, False, True]


def test_a_history_without_labels_has_nobody_bad(story: Any, at_day: Day) -> None:
    story.signup("someone", 0)
    assert not judged(story, [("someone", 0)], at_day(90), at_day).positive.any()


def test_an_unknown_moment_or_risk_says_what_there_is() -> None:
    with pytest.raises(NotEnoughData, match="choose one of signup, payment, checkup"):
        target_of(CLOUD, "renewal")
    with pytest.raises(NotEnoughData, match="there is abuse_of_service, nonpayment"):
        target_of(CLOUD, "checkup", "theft_of_service")


def test_fraud_counts_from_lead_before_the_row_to_horizon_after(story: Any, at_day: Day) -> None:
    """An abuse that began on day 50 and was found out on day 70, asked about again and again."""
    story.label("miner", 70, "service_abuse", of=50)
    days = [19.9, 20.0, 49.0, 51.0, 69.9, 70.1, 80.1]
    found = judged(story, [("miner", day) for day in days], at_day(200), at_day, ABUSE)
    assert found.positive.tolist() == [False, True, True, True, True, False, False]
    assert found.known_before.tolist() == [False] * 5 + [True] * 2
    assert set(found.kind[found.positive]) == {"service_abuse"}
    assert (found.known_at[found.positive] // 1000 == at_day(70) // 1000).all()
    assert (found.known_at[~found.positive] == NEVER).all()


@pytest.mark.parametrize(
    ("target", "kind", "horizon"),
    [
        (SIGNUP, "stolen_instrument", 60),
        (SIGNUP, "false_identity", 60),
        (PAYMENT, "stolen_instrument", 60),
        (ABUSE, "service_abuse", 30),
        (NONPAYMENT, "credit_default", 90),
    ],
)
def test_every_moment_and_risk_has_its_kinds_and_horizon(
    story: Any, at_day: Day, target: Target, kind: str, horizon: int
) -> None:
    for customer, after in (("in", horizon - 0.1), ("out", horizon + 0.1)):
        story.label(customer, 150, kind, of=20 + after)
    found = judged(story, [("in", 20), ("out", 20)], at_day(300), at_day, target)
    assert found.positive.tolist() == [True, False]


def test_a_row_waits_for_its_horizon_and_for_its_labels(story: Any, at_day: Day) -> None:
    story.signup("someone", 0)
    for target in (SIGNUP, ABUSE, NONPAYMENT):
        rows = [("someone", 100.0 - target.wait + step) for step in (-0.1, 0.1)]
        found = judged(story, rows, at_day(100), at_day, target)
        assert found.mature.tolist() == [True, False]


def test_a_label_of_an_event_makes_that_event_bad_and_no_other(story: Any, at_day: Day) -> None:
    story.label("c", 20, "stolen", event="t2")
    rows = [("c", 10.0), ("c", 10.1), ("c", 21.0)]
    ids = ["t1", "t2", "t3"]
    found = judged(story, rows, at_day(60), at_day, CARDS, ids)
    assert found.positive.tolist() == [False, True, False]
    assert not found.known_before.any(), "one bad transaction does not take the others away"
    assert known_bad(story.history(), CARDS, at_day(0), at_day(30)) == {"c"}
    assert known_bad(story.history(), CARDS, at_day(21), at_day(30)) == set()


def test_a_verdict_on_one_event_leaves_the_label_of_another(story: Any, at_day: Day) -> None:
    story.label("c", 20, "stolen", event="t1").label("c", 20, "stolen", event="t2")
    story.label("c", 25, "legitimate", event="t1")
    found = judged(story, [("c", 10.0), ("c", 10.1)], at_day(60), at_day, CARDS, ["t1", "t2"])
    assert found.positive.tolist() == [False, True]


def test_whom_we_declined_is_never_counted_as_good(story: Any, at_day: Day) -> None:
    """Nobody saw what a declined customer would have done, unless a label says it after all."""
    for customer in ("declined", "appealed", "found_out", "approved", "reviewed"):
        story.signup(customer, 10)
    for customer, outcome in (
        ("declined", "decline"),
        ("appealed", "decline"),
        ("found_out", "decline"),
        ("approved", "approve"),
        ("reviewed", "review"),
    ):
        story.decision(customer, 10.01, f"of-{customer}", outcome)
    story.label("appealed", 20, "legitimate").label("found_out", 30)
    names = ["declined", "appealed", "found_out", "approved", "reviewed"]
    found = judged(story, [(name, 10.0) for name in names], at_day(100), at_day)
    assert found.blocked.tolist() == [True, False, False, False, False]
    assert found.positive.tolist() == [False, False, True, False, False]


def test_a_second_decision_changes_what_the_first_said(story: Any, at_day: Day) -> None:
    """A decline that was taken back blocks nobody, and a re-decision adds no row."""
    story.decision("again", 10.01, "s1", "decline").decision("again", 12, "s1", "approve")
    assert not judged(story, [("again", 10.0)], at_day(100), at_day).blocked[0]


def test_whoever_was_let_pass_by_chance_stands_for_those_who_were_not(
    story: Any, at_day: Day
) -> None:
    story.decision("lucky", 10.01, "s1", "approve", propensity=0.05)
    story.decision("usual", 10.01, "s2", "approve")
    rows = [("lucky", 10.0), ("usual", 10.0), ("undecided", 10.0)]
    found = judged(story, rows, at_day(100), at_day, SIGNUP, ["s1", "s2", "s3"])
    assert found.weight.tolist() == [20.0, 1.0, 1.0]


def test_whoever_chance_did_not_let_pass_leaves_for_others_stand_for_him(
    story: Any, at_day: Day
) -> None:
    """Also if he is known to be bad: those let pass count for the bad and the good among them."""
    story.decision("unlucky", 10.01, "s1", "review", propensity=0.05).label("unlucky", 20)
    story.decision("reviewed", 10.01, "s2", "review")
    rows = [("unlucky", 10.0), ("reviewed", 10.0)]
    found = judged(story, rows, at_day(100), at_day, SIGNUP, ["s1", "s2"])
    assert found.blocked.tolist() == [True, False]
    assert found.weight.tolist() == [1.0, 1.0]
