"""Choosing an engine: wrong names and missing parts are said in a sentence; Spark cleans up."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from features.errors import SetupError
from features.export import ExportWriter
from features.facts import Entry
from features.offline import History, jvm

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A history of one payment."""
    path = tmp_path / "history" / "events.parquet"
    paid = Entry(id="p", kind="payment", known_at=1, occurred_at=1, customer="c")
    with ExportWriter(path) as writer:
        writer.write(paid)
    return path


def java(folder: Path, script: str) -> Path:
    """A folder with a Java that says something else."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder


def test_a_wrong_engine_is_refused_with_the_list(path: Path) -> None:
    with pytest.raises(SetupError, match="no engine 'sparkle': choose one of duckdb, spark"):
        History.open(path, engine="sparkle")


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [({}, ("--engine", "sparkle")), ({"VOUCH_ENGINE": "sparkle"}, ())],
)
def test_commands_refuse_a_wrong_engine_with_the_list(
    path: Path, variables: dict[str, str], arguments: tuple[str, ...]
) -> None:
    for command in ("score-customers", "train"):
        done = vouch(path.parent.parent, path, command, *arguments, **variables)
        assert done.returncode == 2
        assert "'duckdb', 'spark'" in done.stderr


def test_without_pyspark_it_says_what_to_install(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jvm, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match=r"pip install 'vouch\[spark\]'"):
        History.open(path, engine="spark")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo 'openjdk version \"11.0.2\"' >&2", r"needs Java 17 or newer, and .* is 11"),
        ("echo 'java version \"1.8.0_401\"' >&2", r"needs Java 17 or newer, and .* is 8"),
        ("exit 1", r"and .* is no Java at all: install it"),
    ],
)
def test_an_old_java_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path / "java", script)))
    with pytest.raises(SetupError, match=sentence):
        jvm.check_java()


def test_no_java_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match=r"and none was found: install it .* JAVA_HOME"):
        jvm.check_java()


def vouch(
    folder: Path, path: Path, command: str, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a folder of its own, where every forgotten resource is an error."""
    for name in ("home", "work", "temp"):
        (folder / name).mkdir(exist_ok=True)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    places = {"VOUCH_HOME": str(folder / "home"), "TMPDIR": str(folder / "temp")}
    strict = (sys.executable, "-W", "error::ResourceWarning", "-m", "vouch")
    return subprocess.run(
        [*strict, command, "--history", str(path), *arguments],
        env={**ours, **places, "PYTHONPATH": str(ROOT), "COLUMNS": "200", **more},
        cwd=folder / "work",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is None, reason="the spark extra is not installed")
def test_spark_is_quiet_and_leaves_nothing_behind(path: Path) -> None:
    folder = path.parent.parent
    done = vouch(folder, path, "score-customers", "--json", VOUCH_ENGINE="spark")
    assert (done.returncode, done.stderr) == (0, "")
    assert [*(folder / "work").iterdir(), *(folder / "temp").iterdir()] == []
    wrong = vouch(
        folder, path, "score-customers", "--json", "--engine", "spark", "--spark-master", "moon"
    )
    assert wrong.returncode == 3
    assert "Spark did not start" in wrong.stderr
    assert [*(folder / "work").iterdir(), *(folder / "temp").iterdir()] == []
