"""Checkup rows: each customer once a week, on a weekday drawn for it alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from features.domain import CLOUD
from features.durations import days
from features.errors import NotEnoughData
from training.labels import target_of
from training.questions import named, questions

ABUSE, SIGNUP = target_of(CLOUD, "checkup"), target_of(CLOUD, "signup")
Day = Callable[[float], int]


def asked(story: Any, as_of: int) -> list[tuple[str, int]]:
    with story.history() as history:
        table = questions(history, ABUSE, as_of)
    assert table is not None
    return list(zip(table["customer"].to_pylist(), table["t"].to_pylist(), strict=True))


def test_everybody_is_asked_about_once_a_week_at_midnight(story: Any, at_day: Day) -> None:
    for number in range(300):
        story.signup(f"c{number}", number / 300)
    rows = asked(story, at_day(130))
    assert [t for _, t in rows] == sorted(t for _, t in rows)
    assert all(t % days(1) == 0 for _, t in rows)
    per_week = Counter((customer, t // days(7)) for customer, t in rows)
    assert set(per_week.values()) == {1}
    assert all(t <= at_day(130) - ABUSE.wait * days(1) for _, t in rows)
    weekdays = Counter(t // days(1) % 7 for _, t in rows)
    assert len(weekdays) == 7
    assert max(weekdays.values()) < 1.3 * min(weekdays.values())


def test_nobody_is_asked_about_before_being_known(story: Any, at_day: Day) -> None:
    story.signup("early", 0).signup("late", 60)
    rows = asked(story, at_day(130))
    assert min(t for customer, t in rows if customer == "late") > at_day(60)


def test_more_history_and_other_customers_change_no_row(
    new_story: Callable[[], Any], at_day: Day
) -> None:
    few = asked(new_story().signup("a", 0).signup("b", 3), at_day(100))
    more = new_story().signup("a", 0).signup("other", 1).signup("b", 3).signup("b", 90)
    again = [row for row in asked(more, at_day(150)) if row[0] != "other"]
    assert again[: len(few)] == few


def test_events_ask_for_themselves(story: Any, at_day: Day) -> None:
    story.signup("a", 0)
    with story.history() as history:
        assert questions(history, SIGNUP, at_day(100)) is None


def test_a_young_history_says_for_how_long_to_wait(story: Any, at_day: Day) -> None:
    with pytest.raises(NotEnoughData, match="nobody is known for 30 days"):
        asked(story.signup("a", 0), at_day(20))


def test_rows_have_a_name_for_people() -> None:
    assert [named(SIGNUP), named(SIGNUP, 1), named(ABUSE)] == ["sign-ups", "sign-up", "checkups"]
