"""The command line of the service."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import vouch as command_line
from features.errors import VouchError
from serving.documents import DOCUMENTS, out_of_step
from serving.ledger.sqlite import SqliteLedger
from tests.serving.processes import ROOT, vouch
from tests.serving.records import learned


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path / "home"))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(command_line.build(), arguments)


def test_an_export_says_what_it_wrote(run: object, tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "home")
    ledger.import_entries([learned(f"e{place}", place) for place in range(1, 4)])
    ledger.close()
    done = run("export")  # type: ignore[operator]
    assert done.stdout.splitlines() == [
        f"3 entries in {tmp_path}/home/export.parquet",
        f"0 decisions in {tmp_path}/home/export.decisions.parquet",
    ]
    told = json.loads(run("export", "--json").stdout)  # type: ignore[operator]
    assert (told["entries"], told["decisions"]) == (3, 0)
    assert Path(told["decisions_path"]).name == "export.decisions.parquet"


def test_the_documents_are_in_step_with_the_code() -> None:
    assert out_of_step() == []


def test_a_document_out_of_step_fails_the_check(
    run: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.documents.ROOT", tmp_path)
    monkeypatch.setattr(
        "serving.documents.out_of_step", lambda: [document.path for document in DOCUMENTS]
    )
    checked = run("docs", "--check")  # type: ignore[operator]
    assert checked.exit_code == 3
    assert "docs/settings.md is out of step: run `vouch docs`" in checked.stdout


def test_an_error_is_a_sentence_and_a_code_not_a_traceback(tmp_path: Path) -> None:
    done = vouch(tmp_path, "keys", "revoke", "bank")
    assert done.returncode == VouchError.exit_code
    assert done.stderr == "there is no API key named bank: `vouch keys list` shows them\n"
    wrong = vouch(tmp_path, "keys", "list", VOUCH_CLOCK="sundial")
    assert wrong.stderr == "VOUCH_CLOCK must be `system` or `events`\n"


def test_the_command_line_is_there_at_once() -> None:
    code = "import sys, vouch; vouch.build(); print(sorted(sys.modules))"
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert time.perf_counter() - started < 3
    heavy = {"bentoml", "numpy", "lightgbm", "mlflow", "pandas", "duckdb", "pyarrow", "apsw"}
    assert not heavy & set(json.loads(done.stdout.replace("'", '"')))
