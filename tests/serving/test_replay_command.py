"""Replaying a decision on the command line: offline, beside a server, and what if."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import vouch as command_line
from features.blocks import Card, Session
from features.contract import BundleStore
from features.decide.policies import SHIPPED
from features.errors import InvalidDeclaration, NotFound, SetupError
from serving.opening import OpenScorer, open_scorer
from serving.remaking import CannotReplay
from serving.settings import Settings
from tests.serving.replaying import promote, stops
from tests.serving.scoring import on_disk, score, signup

Run = Callable[..., Any]


@pytest.fixture
def run(afternoon: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VOUCH_HOME", str(afternoon.home))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(command_line.build(), ["replay", *arguments])


@pytest.fixture
def decision(afternoon: Settings) -> str:
    """A sign-up that a policy declines and a model would review."""
    promote(afternoon, stops())
    with closing(open_scorer(afternoon)) as scorer:
        return decided(scorer)


def decided(scorer: OpenScorer) -> str:
    event = signup(1, session=Session(form_seconds=2.0), card=Card(funding="prepaid"))
    answer = score(scorer, event)
    on_disk(scorer)
    decision: str = answer["decision_id"]
    return decision


def test_it_is_the_same_to_the_byte(run: Run, decision: str) -> None:
    done = run(decision)
    assert (done.exit_code, done.stdout.splitlines()) == (
        0,
        [
            f"Decision {decision} about s1 (signup), made at 2026-03-01T12:00:01Z.",
            "Replayed: the same to the byte.",
        ],
    )
    told = json.loads(run(decision, "--json").stdout)
    assert (told["equal"], told["differences"], told["notes"]) == (True, [], [])
    assert told["given"] == told["replayed"]


def test_a_server_may_run_beside_it(run: Run, afternoon: Settings) -> None:
    with closing(open_scorer(afternoon)) as scorer:
        assert run(decided(scorer)).exit_code == 0


def test_what_it_would_have_been_under_other_policies(
    run: Run, decision: str, tmp_path: Path
) -> None:
    policies = tmp_path / "mine.yaml"
    policies.write_text("[]")
    done = run(decision, "--policies", str(policies))
    assert done.exit_code == 4
    assert max(map(len, done.stdout.splitlines())) <= 80
    told = done.stdout.splitlines()
    assert told[1].split() == ["what", "was", "what", "would", "be"]
    rows = {" ".join(line[:14].split()): line[14:].split() for line in told[2:]}
    assert rows["* outcome"] == ["decline", "review"]
    assert rows["* demanded by"] == ["PREPAID_CARD", "theft_of_service"]
    assert any(line.startswith("- PREPAID_CARD: ") for line in told)
    told_again = json.loads(run(decision, "--policies", str(policies), "--json").stdout)
    assert {"pointer": "/outcome", "was": "decline", "now": "review"} in told_again["differences"]


def test_the_same_policies_change_nothing(run: Run, decision: str) -> None:
    done = run(decision, "--policies", str(SHIPPED))
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "It would be the same.")


def test_what_it_would_have_been_with_another_model(
    run: Run, decision: str, afternoon: Settings
) -> None:
    other = BundleStore(afternoon.home).save(stops(seed=5))
    done = run(decision, "--model", other)
    assert done.exit_code == 4
    assert "theft_of_service" in done.stdout


def test_what_it_needs_is_named_where_it_is_gone(
    run: Run, decision: str, afternoon: Settings, tmp_path: Path
) -> None:
    gone = run("d0")
    assert isinstance(gone.exception, NotFound)
    bad = tmp_path / "bad.yaml"
    bad.write_text("- id: x")
    assert isinstance(run(decision, "--policies", str(bad)).exception, InvalidDeclaration)
    shutil.rmtree(BundleStore(afternoon.home).folder("signup", "theft_of_service"))
    missed = run(decision).exception
    assert isinstance(missed, CannotReplay)
    assert missed.exit_code == 3


def test_without_a_ledger_there_is_nothing_to_replay(run: Run) -> None:
    assert isinstance(run("d0").exception, SetupError)
