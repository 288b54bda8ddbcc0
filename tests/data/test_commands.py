"""``vouch simulate``, as a person and as a program call it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from data.commands import register
from features.errors import InvalidInput, SetupError

SMALL = ["--customers", "40", "--days", "30"]


def call(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["simulate", *arguments], env={"COLUMNS": "80"})


def test_a_person_sees_what_was_made_within_eighty_columns(tmp_path: Path) -> None:
    result = call(*SMALL, "--out", str(tmp_path))
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert any("signup" in line and "40" in line for line in lines)
    assert any("ordinary" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if str(tmp_path) not in line)
    assert "written in" in lines[-1]


def test_a_second_call_finds_it_there(tmp_path: Path) -> None:
    call(*SMALL, "--out", str(tmp_path))
    assert "was there already" in call(*SMALL, "--out", str(tmp_path)).stdout


def test_a_program_gets_json(tmp_path: Path) -> None:
    summary = msgspec.json.decode(call(*SMALL, "--out", str(tmp_path), "--json").stdout)
    assert summary["rows"]["signup"] == 40
    assert summary["world"]["days"] == 30


def test_the_history_goes_to_the_home_of_vouch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    assert call(*SMALL).exit_code == 0
    assert (tmp_path / "history" / "events.parquet").exists()


def test_a_typology_can_be_left_out(tmp_path: Path) -> None:
    out = call(*SMALL, "--out", str(tmp_path), "--json", "--without", "ordinary").stdout
    assert "ordinary" not in msgspec.json.decode(out)["customers"]


def test_another_world_in_the_folder_needs_force(tmp_path: Path) -> None:
    call(*SMALL, "--out", str(tmp_path))
    result = call(*SMALL, "--out", str(tmp_path), "--seed", "9")
    assert isinstance(result.exception, SetupError)
    assert call(*SMALL, "--out", str(tmp_path), "--seed", "9", "--force").exit_code == 0


def test_a_typology_that_there_is_not_is_told(tmp_path: Path) -> None:
    result = call("--out", str(tmp_path), "--without", "martian")
    assert isinstance(result.exception, InvalidInput)
    assert "no such typology: martian" in result.exception.message
