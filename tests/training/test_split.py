"""The split: by time only, and blind to what was not known yet."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.declared import Catalogue
from features.domain import CLOUD
from features.errors import NotEnoughData
from features.offline import matrix
from training.labels import Asked, target_of
from training.split import Folds, LabelTime, Split, folds, split

SIGNUP = target_of(CLOUD, "signup")
#: What the row says, and the one kind of signal that reads labels.
SIGNALS = Catalogue(
    {name: CATALOGUE.declarations[name] for name in ("form_seconds", "region_risk")}
)
DAYS = 200
Day = Callable[[float], int]


def tell(story: Any) -> Any:
    """A sign-up every six hours; each eighth is a thief, found out after 3 to 50 days."""
    for number in range(DAYS * 4):
        story.signup(f"c{number}", number / 4, form_seconds=float(number), country="BE")
        if number % 8 == 5:
            story.label(f"c{number}", number / 4 + 3 + number % 48, of=number / 4)
    return story


def parted(
    story: Any, as_of: int, label_time: LabelTime = "cut", share: float = 0.2
) -> tuple[Split, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    with story.history() as history:
        table = matrix(history, SIGNALS, "signup")
        rows = Asked(table.ids, table.customers, table.at)
        parts = split(history, SIGNUP, rows, as_of=as_of, test_share=share, label_time=label_time)
        return parts, table.at, table.values


def test_parts_follow_each_other_in_time(story: Any, at_day: Day) -> None:
    parts, at, _ = parted(tell(story), at_day(DAYS))
    maturity = SIGNUP.wait * 86_400_000_000
    assert at[parts.fit.rows].max() < at[parts.validation.rows].min()
    assert at[parts.validation.rows].max() <= parts.cut - maturity
    assert parts.cut == at[parts.test.rows].min()
    assert at[parts.test.rows].max() <= at_day(DAYS) - maturity
    assert len(parts.validation.rows) == round(
        0.2 * (len(parts.fit.rows) + len(parts.validation.rows))
    )


def test_the_cut_leaves_the_asked_share_of_mature_rows(story: Any, at_day: Day) -> None:
    parts, at, _ = parted(tell(story), at_day(DAYS), share=0.3)
    mature = at <= at_day(DAYS) - SIGNUP.wait * 86_400_000_000
    assert (at[mature] >= parts.cut).mean() == pytest.approx(0.3, abs=0.01)


def test_immature_rows_leave_good_and_bad_alike(story: Any, at_day: Day) -> None:
    parts, at, _ = parted(tell(story), at_day(DAYS))
    kept = np.concatenate([parts.fit.rows, parts.validation.rows, parts.test.rows])
    young = at > at_day(DAYS) - SIGNUP.wait * 86_400_000_000
    assert not set(kept) & set(np.flatnonzero(young))
    assert parts.unjudged == young.sum()


def test_customers_known_bad_before_leave(story: Any, at_day: Day) -> None:
    tell(story).signup("c5", 20.01).signup("c5", 120.01)
    parts, at, _ = parted(story, at_day(DAYS))
    again = np.flatnonzero(np.isin(at - at % 1000, [at_day(20.01) // 1000 * 1000]))
    kept = np.concatenate([parts.fit.rows, parts.validation.rows, parts.test.rows])
    assert not set(again) & set(kept)


def test_rows_without_a_customer_leave(story: Any, at_day: Day) -> None:
    tell(story).signup(None, 10.01)
    parts, _, _ = parted(story, at_day(DAYS))
    every, named = parts.funnel[0], parts.funnel[1]
    assert every.rows - named.rows == 1


def test_training_knows_only_labels_of_its_time(story: Any, at_day: Day) -> None:
    tell(story)
    honest, at, _ = parted(story, at_day(DAYS))
    late = "late-thief"
    story.signup(late, 10.001).label(late, (honest.cut - at_day(0)) / 86_400_000_000 + 1, of=10)
    honest, at, _ = parted(story, at_day(DAYS))
    published, _, _ = parted(story, at_day(DAYS), "end")
    row = int(np.searchsorted(at, at_day(10.001)))
    assert not honest.fit.positive[list(honest.fit.rows).index(row)]
    assert published.fit.positive[list(published.fit.rows).index(row)]
    assert len(published.fit.rows) > len(honest.fit.rows)


def test_the_funnel_ends_with_the_parts(story: Any, at_day: Day) -> None:
    parts, _, _ = parted(tell(story), at_day(DAYS))
    steps = {(step.part, step.name): step for step in parts.funnel}
    assert steps["training", "to fit on"].positives == parts.fit.positives
    assert steps["training", "to validate on"].rows == len(parts.validation.rows)
    assert steps["test", "not known bad before"].rows == len(parts.test.rows)
    assert [step.part for step in parts.funnel] == sorted(
        (step.part for step in parts.funnel), key=["all", "training", "test"].index
    )


@settings(max_examples=8, deadline=None)
@given(
    later=st.lists(
        st.tuples(
            st.integers(0, DAYS * 4 - 1),
            st.floats(0.01, 60),
            st.sampled_from(["stolen_instrument", "false_identity", "legitimate"]),
            st.sampled_from(["confirmed", "suspected", "reversed"]),
        ),
        max_size=20,
    )
)
def test_nothing_known_after_the_cut_changes_what_is_trained_on(
    new_story: Callable[[], Any], at_day: Day, later: list[tuple[int, float, str, str]]
) -> None:
    plain, _, values = parted(tell(new_story()), at_day(DAYS))
    cut_day = (plain.cut - at_day(0)) / 86_400_000_000
    told = tell(new_story())
    for number, after, label, status in later:
        told.label(f"c{number}", cut_day + after, label, status)
    more, _, values_again = parted(told, at_day(DAYS))
    for before, after_more in ((plain.fit, more.fit), (plain.validation, more.validation)):
        assert values[before.rows].tobytes() == values_again[after_more.rows].tobytes()
        assert before.positive.tobytes() == after_more.positive.tobytes()


def test_a_young_history_says_that_no_label_is_mature(story: Any, at_day: Day) -> None:
    story.signup("c", 0).label("x", 10)
    with pytest.raises(NotEnoughData, match="no sign-up in this history is 60 days old"):
        parted(story, at_day(20))


def test_a_history_of_one_class_says_so(story: Any, at_day: Day) -> None:
    for number in range(400):
        story.signup(f"c{number}", number / 2)
    with pytest.raises(NotEnoughData, match="none of them is bad"):
        parted(story, at_day(200))
    for number in range(400):
        story.label(f"c{number}", number / 2 + 1)
    with pytest.raises(NotEnoughData, match="all of them are bad"):
        parted(story, at_day(200))


@pytest.mark.parametrize("share", [0.0, 1.0, 7.0])
def test_a_share_that_leaves_nothing_is_refused(story: Any, at_day: Day, share: float) -> None:
    with pytest.raises(NotEnoughData, match="between 0 and 1"):
        parted(tell(story), at_day(DAYS), share=share)


def folded(story: Any, as_of: int, wanted: Folds) -> tuple[list[Split], np.ndarray[Any, Any]]:
    with story.history() as history:
        table = matrix(history, SIGNALS, "signup")
        rows = Asked(table.ids, table.customers, table.at)
        return list(folds(history, SIGNUP, rows, as_of=as_of, wanted=wanted)), table.at


def test_folds_step_through_time_and_end_with_the_newest_mature_rows(
    story: Any, at_day: Day
) -> None:
    wanted = Folds(count=3, train=40, delay=60, test=10, step=15)
    parts, at = folded(tell(story), at_day(DAYS), wanted)
    day = 86_400_000_000
    assert [(two.cut - one.cut) / day for one, two in pairwise(parts)] == [15, 15]
    for part in parts:
        learned = np.concatenate([part.fit.rows, part.validation.rows])
        assert part.cut - 100 * day <= at[learned].min()
        assert at[learned].max() < part.cut - 60 * day
        assert part.cut <= at[part.test.rows].min()
        assert at[part.test.rows].max() < part.cut + 10 * day
    assert at[parts[-1].test.rows[-1]] == at[at <= at_day(DAYS) - SIGNUP.wait * day].max()


def test_folds_without_a_width_learn_from_all_that_came_before(story: Any, at_day: Day) -> None:
    parts, at = folded(tell(story), at_day(DAYS), Folds(count=2, test=10, step=10))
    assert all(at[part.fit.rows].min() == at.min() for part in parts)
    assert len(parts[1].fit.rows) > len(parts[0].fit.rows)


def test_more_folds_than_history_say_so(story: Any, at_day: Day) -> None:
    with pytest.raises(NotEnoughData, match="too short for 12 folds"):
        folded(tell(story), at_day(DAYS), Folds(count=12, test=14, step=14))


def test_a_fold_without_fraud_says_which(story: Any, at_day: Day) -> None:
    for number in range(DAYS * 4):
        story.signup(f"c{number}", number / 4, form_seconds=1.0)
        if number % 8 == 5 and number < 500:
            story.label(f"c{number}", number / 4 + 3, of=number / 4)
    with pytest.raises(NotEnoughData, match=r"test part has .* none of them is bad \(cut: 2026-05"):
        folded(story, at_day(DAYS), Folds(count=1, test=10))


@pytest.mark.parametrize("wrong", [{"count": 0}, {"test": 0}, {"step": 0}, {"train": -1}])
def test_folds_of_nothing_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(NotEnoughData, match="1 or more"):
        Folds(**wrong)
