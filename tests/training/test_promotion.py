"""Promotion as stories: a challenger takes over, is refused, is forced in, and goes again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore, Golden
from features.declaration import Window
from features.declared import Catalogue
from features.errors import InvalidBundle, NotFound
from tests.training.contenders import LENIENT, SMALL, contender
from training.gate import Gate, Verdict
from training.labels import target_of
from training.promote import promote, promotions_of, roll_back, verdict
from training.records import Promotions, Record, Refused
from training.run import TrainingRun

WHERE = ("signup", "theft_of_service")
TARGET = target_of(SMALL.domain, *WHERE)
GOOD, BAD = Verdict(True, "better"), Verdict(False, "not promoted: worse")
AtDay = Callable[[float], int]


@pytest.fixture(scope="module")
def cut(at_day: AtDay) -> int:
    """The models know the first 20 days; at the end of the story labels are in up to day 97."""
    return at_day(20)


def waiting(home: Path, bundle: Bundle, where: tuple[str, str] = WHERE) -> Promotions:
    """A home where a bundle waits as the challenger."""
    promotions = promotions_of(home, *where)
    promotions.store.challenge(*where, promotions.store.save(bundle))
    return promotions


def in_use(home: Path, bundle: Bundle) -> Promotions:
    """A home where a bundle is the champion."""
    promotions = waiting(home, bundle)
    promotions.promote(bundle.digest, GOOD, None, reason="", forced=False)
    return promotions


def aliases(promotions: Promotions) -> list[str | None]:
    return [promotions.digest(alias) for alias in ("champion", "previous", "challenger")]


def told(record: Record) -> dict[str, bool]:
    return {check.name: check.passed for check in record.checks}


def test_the_first_model_takes_over_from_the_scorecard(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    good = contender(cut=cut)
    promotions = waiting(tmp_path, good)
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert aliases(promotions) == [good.digest, None, None]
    assert promotions.records == (record,)
    assert (record.what, record.before, record.after) == ("promotion", None, good.digest)
    assert record.verdict.startswith("better than the scorecard: average precision 0.")
    assert record.rows == (
        "930 rows from 2026-01-21 to 2026-04-08 that are new to both, 93 of them bad"
    )
    assert told(record) == {
        "self-test": True,
        "average precision": True,
        "calibration error": True,
        "disparity": True,
        "latency": True,
    }


def test_a_first_model_that_knows_no_more_than_the_scorecard_is_refused(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    promotions = waiting(tmp_path, contender(cut=cut, noise=1.0))
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert record.what == "refusal"
    assert record.verdict.startswith("not promoted: it is not surely better than the scorecard")
    assert promotions.digest("champion") is None
    assert promotions.digest("challenger") == record.after


def test_a_better_challenger_replaces_the_champion_and_a_worse_one_does_not(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    poor, good = contender(cut=cut, noise=1.0), contender(cut=cut)
    promotions = in_use(tmp_path, poor)
    waiting(tmp_path, good)
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert record.what == "promotion"
    assert f"better than the champion {poor.digest[:8]}" in record.verdict
    assert aliases(promotions) == [good.digest, poor.digest, None]

    again = contender(cut=cut, seed=1)
    waiting(tmp_path, again)
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert (record.what, record.before, record.after) == ("refusal", good.digest, again.digest)
    assert aliases(promotions) == [good.digest, poor.digest, again.digest]
    assert [one.what for one in promotions.records] == ["promotion", "promotion", "refusal"]


def test_a_reason_overrules_the_comparison_and_is_recorded(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    good, poor = contender(cut=cut), contender(cut=cut, noise=1.0)
    promotions = in_use(tmp_path, good)
    waiting(tmp_path, poor)
    record = promote(tmp_path, TARGET, SMALL, hand_made, overruled="it was agreed")
    assert (record.what, record.forced, record.reason) == ("promotion", True, "it was agreed")
    assert "not surely better" in record.verdict
    assert aliases(promotions) == [poor.digest, good.digest, None]
    assert promotions.records[-1] == record


def test_without_a_history_only_a_reason_helps(tmp_path: Path, cut: int) -> None:
    good = contender(cut=cut)
    waiting(tmp_path, good)
    record = promote(tmp_path, TARGET, SMALL, tmp_path / "none.parquet")
    assert record.what == "refusal"
    assert "it was not compared (there is no history at" in record.verdict
    assert told(record) == {"self-test": True, "comparison": False}
    record = promote(tmp_path, TARGET, SMALL, tmp_path / "none.parquet", overruled="moved here")
    assert (record.what, record.forced) == ("promotion", True)


def test_a_window_of_which_no_label_is_in_decides_nothing(
    tmp_path: Path, hand_made: Path, at_day: AtDay
) -> None:
    waiting(tmp_path, contender(cut=at_day(100)))
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert record.verdict.startswith(
        "not promoted: it was not compared (since 2026-04-11, when the last of the models was cut "
        "off from history, there are 0 sign-ups that are 60 days old, so nothing can be compared: "
        "wait for labels"
    )


def damaged(home: Path, bundle: Bundle) -> None:
    text = BundleStore(home).folder(*WHERE) / bundle.digest / "model.txt"
    text.write_bytes(text.read_bytes().replace(b"leaf_value=", b"leaf_value=9"))


def test_a_damaged_challenger_is_refused_whatever_the_reason(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    good, other = contender(cut=cut, noise=1.0), contender(cut=cut)
    promotions = in_use(tmp_path, good)
    waiting(tmp_path, other)
    damaged(tmp_path, other)
    record = promote(tmp_path, TARGET, SMALL, hand_made, overruled="in a hurry")
    assert (record.what, record.forced) == ("refusal", False)
    assert "was changed after it was made" in record.verdict
    assert aliases(promotions)[:2] == [good.digest, None]


def test_a_model_that_forgot_its_golden_rows_fails_the_self_test(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    good = contender(cut=cut)
    wrong = tuple(Golden(one.vector, one.margin + 1e-9) for one in good.contract.golden)
    forgot = replace_contract(good, golden=wrong)
    waiting(tmp_path, forgot)
    record = promote(tmp_path, TARGET, SMALL, hand_made, overruled="in a hurry")
    assert record.what == "refusal"
    assert "failed its self-test: it does not give the margin of its golden row 1" in record.verdict


def replace_contract(bundle: Bundle, **values: object) -> Bundle:
    contract = msgspec.structs.replace(bundle.contract, **values)
    return msgspec.structs.replace(bundle, contract=contract)


def test_a_damaged_champion_is_not_compared_with(tmp_path: Path, hand_made: Path, cut: int) -> None:
    poor, good = contender(cut=cut, noise=1.0), contender(cut=cut)
    in_use(tmp_path, poor)
    damaged(tmp_path, poor)
    waiting(tmp_path, good)
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert "it was not compared (the bundle in" in record.verdict


def counting_payments_too() -> Catalogue:
    window = SMALL.declarations["accounts_on_device"]
    assert isinstance(window, Window)
    older = replace(window, events=("signup", "payment"))
    return Catalogue({**SMALL.declarations, "accounts_on_device": older})


def test_models_of_two_versions_of_a_signal_are_compared_on_one_matrix(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    columns = ("email_is_free", "accounts_on_device_24h")
    older = contender(cut=cut, noise=1.0, catalogue=counting_payments_too(), columns=columns)
    newer = contender(cut=cut, columns=columns)
    assert older.contract.columns != newer.contract.columns
    in_use(tmp_path, older)
    waiting(tmp_path, newer)
    assert promote(tmp_path, TARGET, SMALL, hand_made).what == "promotion"


def test_a_run_faces_the_champion_on_the_rows_that_are_new_to_both(
    tmp_path: Path, trained: TrainingRun
) -> None:
    """Of its test part, on a matrix with the champion's version of a signal beside its own."""
    columns = ("email_is_free", "accounts_on_device_24h")
    older = counting_payments_too()
    middle = int(trained.matrix.at[trained.split.test.rows].mean())
    champion = contender(cut=middle, noise=1.0, catalogue=older, columns=columns)
    in_use(tmp_path, champion)
    told = verdict(trained, tmp_path, LENIENT)
    assert told.passed, told.sentence
    assert told.sentence.startswith(f"better than the champion {champion.digest[:8]}")
    newer = trained.matrix.at[trained.split.test.rows] >= middle
    assert told.rows.startswith(f"{int(newer.sum())} rows from ")


def test_a_history_that_changed_meanwhile_is_noticed(
    tmp_path: Path, trained: TrainingRun, hand_made: Path
) -> None:
    columns = ("email_is_free", "accounts_on_device_24h")
    in_use(tmp_path, contender(cut=1, catalogue=counting_payments_too(), columns=columns))
    told = verdict(replace(trained, table=replace(trained.table, source=hand_made)), tmp_path)
    assert "has changed since it was trained on: train again" in told.sentence


def test_a_run_that_the_champion_has_seen_all_of_cannot_face_it(
    tmp_path: Path, trained: TrainingRun
) -> None:
    in_use(tmp_path, contender(cut=int(trained.matrix.at[-1])))
    told = verdict(trained, tmp_path)
    assert "it was not compared (since " in told.sentence
    assert not told.passed


def test_a_signal_that_nobody_declares_any_more_cannot_be_compared(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    lost = contender(cut=cut, catalogue=counting_payments_too(),
                     columns=("email_is_free", "accounts_on_device_24h"))  # fmt: skip
    waiting(tmp_path, replace_contract(lost, signals=""))
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert "it was not compared (the model was trained on other versions of" in record.verdict


def test_customers_who_are_asked_about_each_week_are_compared_on(
    tmp_path: Path, new_story: Any, at_day: AtDay
) -> None:
    """Mining gives an abuser away, which the scorecard does not weigh."""
    told = new_story()
    for number in range(200):
        since = number / 2
        told.event("profile", f"c{number}", since, country=("DE", "FR")[number % 2])
        if number % 5 == 3:
            told.event("alert", f"c{number}", since + 5, alert_is_mining=1)
            told.label(f"c{number}", since + 45, "service_abuse", of=since + 30)
    catalogue = Catalogue({"mining_alerts": CATALOGUE.declarations["mining_alerts"]})
    where = ("checkup", "abuse_of_service")
    columns = ("mining_alerts_30d", "mining_alerts_7d")
    bundle = contender(cut=at_day(40), catalogue=catalogue, columns=columns, where=where)
    waiting(tmp_path, bundle, where)
    record = promote(
        tmp_path,
        target_of(catalogue.domain, *where),
        catalogue,
        told.export(tmp_path / "events.parquet"),
    )
    assert record.what == "promotion", record.verdict
    assert record.rows == (
        "1,481 rows from 2026-02-10 to 2026-04-25 that are new to both, 188 of them bad"
    )
    disparity = next(check for check in record.checks if check.name == "disparity")
    assert disparity.difference is not None
    waiting(tmp_path, replace_contract(bundle, cut=at_day(500)), where)
    record = promote(
        tmp_path, target_of(catalogue.domain, *where), catalogue, tmp_path / "events.parquet"
    )
    assert "there are 0 checkups that are 30 days old, so nothing can be compared" in record.verdict


def test_what_there_is_to_promote(tmp_path: Path, hand_made: Path, cut: int) -> None:
    good, poor = contender(cut=cut), contender(cut=cut, noise=1.0)
    with pytest.raises(Refused, match="has no challenger: `vouch train --moment signup` makes one"):
        promote(tmp_path, TARGET, SMALL, hand_made)
    promotions = in_use(tmp_path, poor)
    promotions.store.save(good)
    for version in (poor.digest, poor.digest[:9]):
        with pytest.raises(Refused, match="is the champion of theft_of_service at signup already"):
            promote(tmp_path, TARGET, SMALL, hand_made, version=version)
    with pytest.raises(NotFound, match="no bundles of theft_of_service at signup begin with zzzz"):
        promote(tmp_path, TARGET, SMALL, hand_made, version="zzzz")
    with pytest.raises(NotFound, match="MLflow has no version 7 of theft_of_service at signup"):
        promote(tmp_path, TARGET, SMALL, hand_made, version="7")
    record = promote(tmp_path, TARGET, SMALL, hand_made, version=good.digest[:9])
    assert (record.what, record.after) == ("promotion", good.digest)


def test_a_rollback_swaps_champion_and_previous(tmp_path: Path, cut: int) -> None:
    first, second = contender(cut=cut), contender(cut=cut, seed=1)
    promotions = in_use(tmp_path, first)
    with pytest.raises(Refused, match="nothing to roll back to"):
        roll_back(tmp_path, *WHERE)
    waiting(tmp_path, second)
    promotions.promote(second.digest, GOOD, first.digest, reason="", forced=False)
    record = roll_back(tmp_path, *WHERE, "complaints")
    assert (record.what, record.before, record.after) == ("rollback", second.digest, first.digest)
    assert record.reason == "complaints"
    assert aliases(promotions) == [first.digest, second.digest, None]
    roll_back(tmp_path, *WHERE)
    assert aliases(promotions) == [second.digest, first.digest, None]
    damaged(tmp_path, first)
    with pytest.raises(InvalidBundle, match="not rolled back: the bundle in"):
        roll_back(tmp_path, *WHERE)
    assert aliases(promotions) == [second.digest, first.digest, None]


@pytest.mark.parametrize("reached", ["record", "previous", "champion"])
def test_a_move_that_was_cut_off_is_ended_by_the_next_command(
    tmp_path: Path, cut: int, reached: str
) -> None:
    """The power fails when a step is done, and the next is not."""
    first, second = contender(cut=cut), contender(cut=cut, seed=1)
    promotions = in_use(tmp_path, first)
    waiting(tmp_path, second)
    promotions.promote(second.digest, GOOD, first.digest, reason="", forced=False)
    folder = promotions.store.folder(*WHERE)
    (folder / "challenger").write_text(second.digest)
    if reached != "champion":
        (folder / "champion").write_text(first.digest)
    if reached == "record":
        (folder / "previous").unlink()
    promotions.finish()
    assert aliases(promotions) == [second.digest, first.digest, None]
    promotions.finish()
    assert aliases(promotions) == [second.digest, first.digest, None]


def test_a_record_that_was_cut_off_is_none(tmp_path: Path, cut: int) -> None:
    first, second = contender(cut=cut), contender(cut=cut, seed=1)
    promotions = in_use(tmp_path, first)
    path = promotions.store.folder(*WHERE) / "promotions.ndjson"
    with path.open("ab") as file:
        file.write(path.read_bytes()[:70])
    promotions.finish()
    assert promotions.digest("champion") == first.digest
    promotions.store.save(second)
    promotions.refuse(second.digest, BAD, first.digest)
    assert [record.what for record in promotions.records] == ["promotion", "refusal"]
    lines = path.read_text().splitlines()
    assert [json.loads(line)["what"] for line in (lines[0], lines[2])] == ["promotion", "refusal"]


def test_who_compared_with_a_champion_that_is_gone_compares_again(tmp_path: Path, cut: int) -> None:
    first, second = contender(cut=cut), contender(cut=cut, seed=1)
    promotions = in_use(tmp_path, first)
    promotions.store.save(second)
    with pytest.raises(Refused, match="another champion was promoted while this one was being"):
        promotions.promote(second.digest, GOOD, None, reason="", forced=False)
    with pytest.raises(NotFound, match="there is no bundle ffff"):
        promotions.promote("f" * 64, GOOD, first.digest, reason="", forced=False)
    assert len(promotions.records) == 1


def test_an_alias_that_names_nothing_stops_before_anything_is_recorded(
    tmp_path: Path, hand_made: Path, cut: int
) -> None:
    first, second = contender(cut=cut, noise=1.0), contender(cut=cut)
    promotions = in_use(tmp_path, first)
    waiting(tmp_path, second)
    (promotions.store.folder(*WHERE) / "champion").write_bytes(b"\xff")
    record = promote(tmp_path, TARGET, SMALL, hand_made)
    assert "does not name a bundle: remove it and promote a model again" in record.verdict
    with pytest.raises(InvalidBundle, match="does not name a bundle"):
        roll_back(tmp_path, *WHERE)
    with pytest.raises(InvalidBundle, match="does not name a bundle"):
        promote(tmp_path, TARGET, SMALL, hand_made, overruled="now")
    assert [one.what for one in promotions.records] == ["promotion", "refusal"]


def test_the_margins_are_the_users(tmp_path: Path, hand_made: Path, cut: int) -> None:
    promotions = in_use(tmp_path, contender(cut=cut))
    waiting(tmp_path, contender(cut=cut, seed=1))
    record = promote(tmp_path, TARGET, SMALL, hand_made, gate=Gate(least_gain=-0.2))
    assert record.what == "promotion"
    assert len(promotions.records) == 2
