"""Bad input to `vouch train`: a sentence, exit code 3, and nothing half done."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

import vouch
from features.catalogue import CATALOGUE
from features.declared import Catalogue
from features.domain import CLOUD
from features.offline import History, matrix
from training.constant import changes
from training.labels import Asked, target_of
from training.split import split

Refused = Callable[..., str]
DAYS = 120


@pytest.fixture
def refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Refused:
    """Trains on a story as one types it; returns the sentence, having looked at what it left."""
    home = tmp_path / "home"
    monkeypatch.setenv("VOUCH_HOME", str(home))

    def train(told: Any, *options: str) -> str:
        path = told.export(tmp_path / "events.parquet")
        monkeypatch.setattr(sys, "argv", ["vouch", "train", "--history", str(path), *options])
        with pytest.raises(SystemExit) as ended:
            vouch.main()
        assert ended.value.code == 3
        assert not (home / "bundles").exists()
        assert not (home / "mlflow.db").exists()
        assert not (home / "mlartifacts").exists()
        error = capsys.readouterr().err
        assert "Traceback" not in error
        return " ".join(error.split())

    return train


def tell(told: Any, bad: Callable[[int], bool], days: int = DAYS) -> Any:
    """Six sign-ups a day, some bad and found out after five days."""
    for number in range(days * 6):
        told.signup(f"c{number}", number / 6, form_seconds=float(number % 97))
        if bad(number):
            told.label(f"c{number}", number / 6 + 5, of=number / 6)
    return told


def test_no_label_at_all_names_what_works_without(story: Any, refused: Refused) -> None:
    said = refused(tell(story, lambda _: False))
    assert "no label of stolen_instrument or false_identity" in said
    assert "Policies and scorecard carry the service meanwhile" in said
    assert "`vouch train --weak` learns" in said


def test_not_even_weak_labels(story: Any, refused: Refused) -> None:
    said = refused(tell(story, lambda _: False), "--weak")
    assert "no policy in force wants a sign-up of this history reviewed and no alert" in said
    assert "write policies" in said


def test_one_class_only(story: Any, refused: Refused) -> None:
    said = refused(tell(story, lambda number: number == 7), "--label-time", "end")
    assert "none of them is bad" in said
    assert "more history or more labels are needed" in said


def test_no_mature_label(story: Any, refused: Refused) -> None:
    said = refused(tell(story, lambda number: number % 5 == 0, days=20))
    assert "no sign-up in this history is 60 days old, so no label is mature" in said


def test_two_entries_in_one_place_of_the_order(story: Any, refused: Refused) -> None:
    tell(story, lambda number: number % 5 == 0, days=20)
    story.entries[1] = replace(story.entries[1], known_at=story.entries[0].known_at)
    said = refused(story)
    assert "nothing was trained" in said
    assert "expected that no two entries have the same place in the order" in said
    assert "correct the source or its mapping" in said


def test_something_known_before_it_happened(story: Any, refused: Refused) -> None:
    tell(story, lambda number: number % 5 == 0, days=20)
    first = story.entries[0]
    story.entries[0] = replace(first, occurred_at=first.known_at + 1)
    said = refused(story)
    assert "expected that nothing is known before it happened (1 entries do not)" in said


def test_a_fold_without_fraud_is_named_before_anything_is_fitted(
    story: Any, refused: Refused
) -> None:
    tell(story, lambda number: number % 10 == 3 and not 33 * 6 <= number < 50 * 6)
    said = refused(story, "--label-time", "end", "--folds", "2", "--fold-delay", "5")
    assert "fold 1 of 2: the test part has" in said
    assert "none of them is bad" in said
    assert "fitting" not in said


def test_a_search_without_its_library(
    story: Any, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_spec
    monkeypatch.setattr(
        "training.libraries.find_spec", lambda name: None if name == "optuna" else real(name)
    )
    said = refused(tell(story, lambda number: number % 5 == 0, days=3), "--search", "3")
    assert "training needs optuna, which is not installed here" in said
    assert "vouch[training]" in said


def test_a_good_first_day_without_a_label(
    story: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Prepaid cards are a policy's to find; that they come from anonymous networks is learned."""
    for number in range(1000):
        bad = number % 10 == 3
        story.signup(
            f"c{number}",
            number / 50,
            card_is_sent=1,
            card_is_prepaid=int(bad and number % 20 == 3),
            ip_is_anonymous=int(bad),
        )
    path = story.export(tmp_path / "events.parquet")
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    arguments = ["vouch", "train", "--history", str(path), "--weak", "--json"]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        vouch.main()
    assert ended.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["promoted"] is None
    assert told["weak"]["positives"] == {"policy": 50, "alert": 0, "both": 0, "label": 0}
    assert "card_is_prepaid" in told["weak"]["left_out"]
    assert "nothing can be promised" in told["weak"]["promise"]
    assert "real_labels" not in told["weak"]["average_precision"]
    listed = Path(told["to_review"]).read_text().splitlines()[1:]
    most = {int(line.split(",")[1].removeprefix("c")) % 20 for line in listed[:10]}
    assert most == {13}  # anonymous, and hit by no policy
    assert not (tmp_path / "bundles/signup/theft_of_service/champion").exists()


def test_a_file_in_another_order_is_the_same_history(hand_made: Path, tmp_path: Path) -> None:
    entries = pq.read_table(hand_made)
    shuffled = entries.take(np.random.default_rng(1).permutation(len(entries)))
    assert not pc.all(pc.equal(shuffled["known_at"], entries["known_at"])).as_py()
    signals = Catalogue({"form_seconds": CATALOGUE.declarations["form_seconds"]})
    with History.of(entries) as one, History.of(shuffled) as other:
        here, there = (matrix(history, signals, "signup") for history in (one, other))
    assert here.ids.tolist() == there.ids.tolist()
    np.testing.assert_array_equal(here.values, there.values)


def test_a_column_that_became_constant_is_told_and_stops_nothing(
    story: Any, at_day: Callable[[float], int]
) -> None:
    for number in range(1200):
        late = number >= 800
        story.signup(
            f"c{number}",
            number / 10,
            form_seconds=30.0 if late else float(number % 7),
            email_is_free=None if late else number % 2,
            ip_is_anonymous=int(late and number % 3 == 0),
            email_is_disposable=int(number == 5),
        )
        if number % 10 == 3:
            story.label(f"c{number}", number / 10 + 1, of=number / 10)
    names = ("form_seconds", "email_is_free", "ip_is_anonymous", "email_is_disposable")
    signals = Catalogue({name: CATALOGUE.declarations[name] for name in names})
    with story.history() as history:
        table = matrix(history, signals, "signup")
        asked = Asked(table.ids, table.customers, table.at)
        target = target_of(CLOUD, "signup")
        parts = split(history, target, asked, as_of=at_day(190), test_share=1 / 3, label_time="end")
        found = [change.sentence for change in changes(table, parts)]
    assert found == [
        "form_seconds became constant: always 30 in the test part",
        "email_is_free became constant: always unknown in the test part",
        "ip_is_anonymous began to vary: always 0 in what was learned from",
    ]
