"""Looking closer: segments, kinds of harm, losses and mistakes, on rows made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.domain import CLOUD
from features.durations import DAY
from training.labels import NEVER, Asked, target_of
from training.run import TrainingRun
from training.segments import FEWEST, facts_of, said, segments, widest
from training.stakes import losses
from training.typologies import typologies

Day = Callable[[float], int]
SIGNUP, ABUSE = target_of(CLOUD, "signup"), target_of(CLOUD, "checkup")


def test_a_segment_counts_honest_and_bad_apart() -> None:
    texts = np.array(["BE"] * 60 + ["FR"] * 40 + [None] * 10, dtype=object)
    positive = np.arange(110) % 10 == 0
    flagged = np.arange(110) % 5 == 0
    customers = np.arange(110).astype(object)
    be, fr, unsaid = segments("country", texts, customers, positive, flagged)
    assert (be.value, be.honest, be.bad) == ("BE", 54, 6)
    assert be.bothered.value == pytest.approx(6 / 54)
    assert be.found.value == 1.0
    assert be.bothered.low < be.bothered.value < be.bothered.high
    assert (unsaid.value, unsaid.is_told) == ("not said", False)
    assert fr.honest == 36 >= FEWEST
    assert widest((be, fr, unsaid)) == (be, fr)
    assert widest((be, unsaid)) is None


def test_an_event_says_its_own_country_and_a_customer_the_last_known(
    story: Any, at_day: Day
) -> None:
    story.signup("a", 1, country="BE").signup("b", 2)
    story.event("profile", "a", 5, country="FR").event("profile", "a", 9, country="NL")
    rows = story.entries[:2]
    asked = Asked(
        np.array([row.id for row in rows], dtype=object),
        np.array(["a", "b"], dtype=object),
        np.array([row.known_at for row in rows]),
    )
    later = Asked(asked.customers, asked.customers, np.array([at_day(7)] * 2))
    with story.history() as history:
        assert said(history, SIGNUP, asked, "country").tolist() == ["BE", None]
        assert said(history, ABUSE, later, "country").tolist() == ["FR", None]


def test_rows_are_told_apart_by_what_their_moment_says() -> None:
    assert facts_of(CLOUD, SIGNUP) == ("country", "sku", "card_funding", "network_type")
    assert "country" in facts_of(CLOUD, ABUSE)


def test_a_loss_is_what_flows_until_the_next_question(story: Any, at_day: Day) -> None:
    for day in range(10):
        story.event("usage", "user", day + 0.5, amount=10_000)
    names = np.array(["user", "other", "user"], dtype=object)
    asked = Asked(names, names, np.array([at_day(0), at_day(1), at_day(4)]))
    known = np.array([at_day(8), NEVER, at_day(8)])
    with story.history() as history:
        assert losses(history, asked, known, 500.0).tolist() == [400.0, 0.0, 400.0]


def test_a_history_without_money_takes_the_setting(story: Any, at_day: Day) -> None:
    story.signup("thief", 0)
    names = np.array(["thief", "honest"], dtype=object)
    asked = Asked(names, names, np.array([at_day(0), at_day(0)]))
    with story.history() as history:
        found = losses(history, asked, np.array([at_day(8), NEVER]), 500.0)
    assert found.tolist() == [500.0, 0.0]


def test_a_customer_is_caught_once_and_what_flowed_before_is_lost() -> None:
    """Three weeks of one thief, caught in the second; another is never caught."""
    found = typologies(
        np.array(["theft"] * 4, dtype=object),
        np.array(["a", "b", "a", "a"], dtype=object),
        np.array([0, 1 * DAY, 7 * DAY, 14 * DAY]),
        np.array([30, 21, 30, 30]) * DAY,
        np.array([False, False, True, True]),
        np.array([100.0, 50.0, 30.0, 20.0]),
    )
    (theft,) = found
    assert (theft.rows, theft.customers, theft.caught, theft.recall) == (4, 2, 1, 0.5)
    assert (theft.at_risk, theft.saved) == (200.0, 50.0)
    assert theft.days_to_label == 25.0
    assert theft.days_to_catch == 13.5


def test_kinds_are_ordered_by_money() -> None:
    found = typologies(
        np.array(["small", "large"], dtype=object),
        np.array(["a", "b"], dtype=object),
        np.array([0, 0]),
        np.array([DAY, DAY]),
        np.array([True, False]),
        np.array([1.0, 2.0]),
    )
    assert [one.kind for one in found] == ["large", "small"]


def test_the_worst_mistakes_have_reasons_that_point_their_way(trained: TrainingRun) -> None:
    worst = trained.mistakes
    assert worst.bothered or worst.missed
    for found, sign in ((worst.bothered, 1), (worst.missed, -1)):
        for one in found:
            assert one.reasons
            assert all(sign * factor.contribution > 0 for factor in one.reasons)
    assert [one.loss for one in worst.missed] == sorted(
        (one.loss for one in worst.missed), reverse=True
    )


def test_kinds_segments_and_money_of_a_run_add_up(trained: TrainingRun) -> None:
    tested = trained.comparison.ground
    assert sum(one.rows for one in trained.typologies) == int(tested.positive.sum())
    assert sum(one.at_risk for one in trained.typologies) == pytest.approx(tested.loss.sum())
    of_country = [one for one in trained.segments if one.fact == "country"]
    assert 0 < sum(one.honest for one in of_country) <= int((~tested.positive).sum())
    money = trained.money_frame()
    assert money["reviews"].is_monotonic_increasing
    assert (money["reviews"] <= money["reviews_a_day"] * len(np.unique(tested.at // DAY))).all()
    assert list(trained.segments_frame().columns)[:3] == ["fact", "value", "honest"]
