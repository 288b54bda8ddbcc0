"""Cold start: weak labels, what they may not see, and what they are honestly worth."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.domain import CLOUD
from training.evaluate import Interval
from training.keep import keep
from training.labels import NEVER, Asked, judge, target_of
from training.promote import verdict
from training.rules import repeating, telling
from training.run import TrainingRun, train
from training.settings import Settings
from training.track import quiet_mlflow
from training.weak import ALERT, POLICY, Weak, weak_target

SIGNUP = target_of(CLOUD, "signup")
Day = Callable[[float], int]


def judged(story: Any, hit: list[bool], as_of: int, customers: list[str], at: list[int]) -> Any:
    rows = Asked(
        np.array([f"signup-{number}" for number in range(len(at))], dtype=object),
        np.array(customers, dtype=object),
        np.array(at),
    )
    with story.history() as history:
        target = weak_target(history, SIGNUP, as_of)
        weak = Weak(np.array(hit), SIGNUP, (), frozenset())
        return weak(history, target, rows, as_of), judge(history, SIGNUP, rows, as_of), target


def test_policies_and_alerts_speak_until_a_label_does(story: Any, at_day: Day) -> None:
    names = ["hit", "alerted", "cleared", "ignored", "labelled", "plain", "known", "legitimate"]
    for name in names:
        story.signup(name, 1)
    at = [entry.known_at for entry in story.entries]
    story.event("alert", "known", 0.5)
    story.event("alert", "alerted", 20)
    story.event("alert", "cleared", 20).event("alert", "cleared", 22, alert_is_legitimate=1)
    story.event("alert", "ignored", 20, verdict="ignore")
    story.label("labelled", 10, of=1)
    story.label("legitimate", 10, "legitimate")
    story.event("usage", "plain", 300)
    hit = [True, False, False, False, False, False, False, True]
    weakly, really, target = judged(story, hit, at_day(300), names, at)
    assert target.wait == 60
    assert weakly.positive.tolist() == [True, True, False, False, True, False, False, False]
    assert weakly.kind[:2].tolist() == [POLICY, ALERT]
    assert weakly.kind[4] == "stolen_instrument"
    assert weakly.known_before.tolist() == [name == "known" for name in names]
    assert weakly.known_at[0] == at[0]
    assert weakly.known_at[5] == NEVER
    assert really.positive.tolist() == [name == "labelled" for name in names]


def test_what_came_later_is_not_known_earlier(story: Any, at_day: Day) -> None:
    story.signup("late", 1)
    story.event("alert", "somebody", 5).event("alert", "late", 20)
    at = [story.entries[0].known_at]
    assert not judged(story, [False], at_day(19), ["late"], at)[0].positive.any()
    assert judged(story, [False], at_day(300), ["late"], at)[0].positive.all()


def test_a_young_history_waits_for_a_quarter_of_itself_and_without_alerts_not_at_all(
    story: Any, at_day: Day
) -> None:
    story.signup("c", 0).event("usage", "c", 40)
    with story.history() as history:
        assert weak_target(history, SIGNUP, at_day(40)).wait == 0
    story.event("alert", "c", 10)
    with story.history() as history:
        assert weak_target(history, SIGNUP, at_day(40.5)).wait == 10


def test_columns_that_repeat_a_rule_leave(trained: TrainingRun) -> None:
    columns = CATALOGUE.derived("signup")
    names = {one.name for one in columns}
    left = repeating(columns, ["accounts_on_device_10m"], alerts=False)
    assert {"accounts_on_device_30d", "emails_on_device_24h", "most_accounts_sharing"} <= left
    assert not {"accounts_on_ip_10m", "form_seconds"} & left
    assert left < names
    checkup = CATALOGUE.derived("checkup")
    assert any("alert" in name for name in repeating(checkup, [], alerts=True))
    assert repeating(checkup, [], alerts=False) == frozenset()


def test_a_column_that_tells_the_hits_by_other_means_leaves(trained: TrainingRun) -> None:
    columns, values = trained.table.columns, trained.matrix.values
    prepaid = trained.matrix.column("card_is_prepaid") == 1
    assert "card_funding" in telling(columns, values, [prepaid])
    assert "seats" not in telling(columns, values, [prepaid])


@pytest.fixture(scope="module")
def weakly(world: Path) -> TrainingRun:
    return train(world, settings=Settings(weak=True))


def test_a_run_on_weak_labels_says_what_real_ones_make_of_it(weakly: TrainingRun) -> None:
    found = weakly.weak
    assert found is not None
    said = found.sources
    assert min(said.policy, said.label) > 0
    assert not set(found.left_out) & set(weakly.model.names)
    assert found.agreement is not None
    assert 0 < found.agreement.recall < 1
    assert found.real is not None
    assert found.real.base_rate < weakly.comparison.base_rate
    assert verdict(weakly).passed is found.is_better
    assert "by real labels" in found.promise


def test_the_gate_asks_real_labels_alone(weakly: TrainingRun) -> None:
    found = weakly.weak
    assert found is not None
    assert found.later is not None
    lucky = replace(weakly, weak=replace(found, gain=Interval(0.2, 0.1, 0.3)))
    assert f"{found.later.positives} of them bad" in verdict(lucky).rows
    unlucky = replace(weakly, weak=replace(found, gain=Interval(0.2, -0.1, 0.3)))
    assert not verdict(unlucky).passed
    assert "not surely better than the scorecard" in verdict(unlucky).sentence


def test_labels_too_young_for_later_rows_promise_nothing(weakly: TrainingRun) -> None:
    found = weakly.weak
    assert found is not None
    young = replace(found, real=None, gain=None, later=None)
    assert "real labels are not in yet for rows later than those learned from" in young.promise
    assert "no real label says" in replace(young, agreement=None).promise


def test_who_is_to_be_reviewed_first_is_hit_by_nothing(weakly: TrainingRun) -> None:
    found = weakly.weak
    assert found is not None
    assert isinstance(weakly.table.judging, Weak)
    listed = found.to_review
    assert len({one.customer for one in listed}) == len(listed) > 0
    assert [one.score for one in listed] == sorted((one.score for one in listed), reverse=True)
    place = {identifier: row for row, identifier in enumerate(weakly.matrix.ids)}
    assert not any(weakly.table.judging.hit[place[one.id]] for one in listed)
    assert all(one.at >= weakly.split.cut for one in listed)


def test_a_weak_model_is_kept_as_such(weakly: TrainingRun, tmp_path: Path) -> None:
    kept = keep(weakly, tmp_path, promote=True)
    assert kept.promoted is verdict(weakly).passed
    assert kept.to_review is not None
    with kept.to_review.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "customer", "at", "score"]
    with quiet_mlflow(tmp_path) as mlflow:
        client = mlflow.MlflowClient()
        assert client.get_run(kept.run_id).data.tags["weak"] == "true"
        assert (
            client.get_model_version("vouch-signup-theft_of_service", kept.version).tags["weak"]
            == "true"
        )
    assert "Learned from weak labels" in kept.report.read_text("utf-8")
