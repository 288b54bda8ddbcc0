"""The commands as they are typed."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from features.errors import NotEnoughData, NotFound, SetupError
from tests.training.typed import vouch
from training.mlflow_ui import LOOPBACK
from training.track import quiet_mlflow


@pytest.fixture
def home(hand_made: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One home for the whole file: to lay out MLflow's tables takes longest."""
    folder = hand_made.parent.parent
    monkeypatch.setenv("VOUCH_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "80")
    return folder


@pytest.fixture(scope="module")
def told(hand_made: Path) -> dict[str, Any]:
    """What a training says that takes reviewers' time into account and promotes nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VOUCH_HOME", str(hand_made.parent.parent))
        result = vouch(
            "train", "--label-time", "end", "--no-promote", "--json",
            "--thresholds", "reviews", "--reviews-a-day", "1", "--challenge-cost", "3",
        )  # fmt: skip
    said: dict[str, Any] = json.loads(result.stdout)
    return said


def test_train_speaks_json_and_leaves_the_champion_alone_if_asked(
    home: Path, told: dict[str, Any]
) -> None:
    assert told["promoted"] is None
    assert not (home / "bundles/signup/theft_of_service/champion").exists()
    assert {"fixed answer", "scorecard", "raw columns", "model"} <= set(told["metrics"])
    assert Path(told["report"]).exists()


def test_thresholds_from_reviews_are_told_on_the_page_and_in_mlflow(
    home: Path, told: dict[str, Any]
) -> None:
    assert told["thresholds"]["challenge"] == pytest.approx(3 / (0.4 * 500))
    assert 0 < told["effect"]["reviews_a_day"] < 2
    page = Path(told["report"]).read_text("utf-8")
    assert "a challenge costs\n    3 USD" in page
    assert "at most\n    1 review a day can be done" in page
    assert f"{told['effect']['reviews_a_day']:,.1f} reviews a day" in page
    with quiet_mlflow(home) as mlflow:
        logged = mlflow.MlflowClient().get_run(told["run_id"]).data
    assert logged.params["thresholds"] == "reviews"
    assert logged.params["cost_challenge"] == "3.0"
    assert logged.metrics["reviews_a_day/mean"] == told["effect"]["reviews_a_day"]
    assert logged.metrics["money/saved"] == pytest.approx(
        logged.metrics["money/let_pass"] - logged.metrics["money/spent"]
    )


def test_train_prints_the_funnel_the_comparison_and_where_it_went(home: Path) -> None:
    result = vouch("train", "--label-time", "end")
    assert result.exit_code == 0
    assert (home / "bundles/signup/theft_of_service/champion").exists()
    for words in ("60 days old, labels are in", "raw columns", "no state", "promoted"):
        assert words in result.stdout
    assert "building the matrix" in result.stderr
    too_wide = [line for line in result.stdout.splitlines() if len(line) > 80]
    assert [line for line in too_wide if str(home) not in line] == []


def test_a_model_no_better_than_chance_leaves_the_champion_and_exits_with_3(
    home: Path, new_story: Any, tmp_path: Path
) -> None:
    champion = (home / "bundles/signup/theft_of_service/champion").read_text()
    told = new_story()
    for number in range(1440):
        told.signup(f"c{number}", number / 12, form_seconds=float(number * 7919 % 97))
        if number % 10 == 3:
            told.label(f"c{number}", number / 12 + 5)
    path = told.export(tmp_path / "events.parquet")
    result = vouch("train", "--history", str(path), "--label-time", "end")
    assert result.exit_code == 3
    assert "not promoted" in result.stdout
    assert (home / "bundles/signup/theft_of_service/champion").read_text() == champion


def test_no_history_says_how_to_get_one(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="make one with `vouch simulate`"):
        vouch("train", "--history", str(tmp_path / "nowhere.parquet"))


def test_something_else_is_no_export(home: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.parquet").write_text("no Parquet at all")
    with pytest.raises(NotEnoughData, match="is no export of Vouch"):
        vouch("train", "--history", str(tmp_path / "notes.parquet"))


def test_mlflow_without_a_run_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    with pytest.raises(NotFound, match="train one with `vouch train`"):
        vouch("mlflow")


def test_mlflow_on_a_taken_port_says_so(home: Path) -> None:
    assert (home / "mlflow.db").exists()
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"port {port} is in use"):
            vouch("mlflow", "--port", str(port))


def test_a_missing_library_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.libraries.NEEDED", ("pandas", "no_such_library"))
    with pytest.raises(SetupError, match="training needs no_such_library"):
        vouch("train")


def test_the_command_line_stays_light() -> None:
    heavy = {"lightgbm", "mlflow", "great_expectations", "sklearn", "matplotlib", "pandas"}
    code = "import sys, training.commands; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert heavy & set(loaded) == set()
