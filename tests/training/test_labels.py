"""Labels: what counts as bad depends on when one asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.domain import CLOUD
from features.errors import NotEnoughData
from training.labels import Judged, judge, standing, target_of

SIGNUP = target_of(CLOUD, "signup")
Day = Callable[[float], int]


def judged(story: Any, rows: list[tuple[str, float]], as_of: int, at_day: Day) -> Judged:
    customers = np.array([customer for customer, _ in rows], dtype=object)
    at = np.array([at_day(when) for _, when in rows])
    return judge(customers, at, standing(story.history(), SIGNUP, as_of), SIGNUP)


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


def test_an_unknown_moment_says_what_there_is() -> None:
    with pytest.raises(NotEnoughData, match="choose one of signup, payment"):
        target_of(CLOUD, "checkup")
