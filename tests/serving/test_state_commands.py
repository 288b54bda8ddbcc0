"""`vouch state`: rebuild, verify and backfill, beside a service and without one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import pytest
from typer.testing import CliRunner, Result

import vouch as command_line
from features.blocks import Device
from features.catalogue import CATALOGUE
from features.declared import Catalogue
from features.errors import SetupError
from serving.opening import OpenScorer
from serving.settings import Settings
from tests.serving.scoring import score, signup

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    return lambda *arguments: CliRunner().invoke(command_line.build(), arguments)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path, clock="events")
    scorer = OpenScorer(settings)
    for number in range(20):
        score(scorer, signup(number, device=Device(id=f"d{number % 3}"), reseller="r"))
    asyncio.run(scorer.ledger.durable())
    scorer.close()
    return settings


def test_state_is_what_the_ledger_says(run: Run, home: Settings) -> None:
    result = run("state", "verify")
    assert result.exit_code == 0, result.output
    assert "State is what the ledger says" in result.output


def test_every_difference_is_named_and_a_rebuild_mends_them(run: Run, home: Settings) -> None:
    with apsw.Connection(str(home.home / "state.db")) as connection:
        connection.execute("DELETE FROM stored WHERE series = (SELECT MIN(series) FROM stored)")
        connection.execute(
            "UPDATE stored SET body = (SELECT body FROM stored ORDER BY LENGTH(body) LIMIT 1) "
            "WHERE series = (SELECT MAX(series) FROM stored)"
        )
    result = run("state", "verify")
    assert result.exit_code == 1
    assert "state  nothing" in result.output
    told: dict[str, Any] = json.loads(run("state", "verify", "--json").stdout)
    assert f"{len(told['differences'])} differences: `vouch state rebuild`" in result.output
    assert "State is folded anew from 40 entries." in run("state", "rebuild").output
    assert run("state", "verify").exit_code == 0


def test_rebuilding_under_a_running_service_is_refused(run: Run, home: Settings) -> None:
    scorer = OpenScorer(home)
    result = run("state", "rebuild")
    assert "already uses the home" in str(result.exception)
    assert run("state", "verify").exit_code == 0
    scorer.close()


def test_a_new_signal_is_filled_beforehand(
    run: Run, home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service runs without the signal; it is filled beside it, and then taken up at once."""
    names = [name for name in CATALOGUE.declarations if name != "signups_by_reseller"]
    less = Catalogue({name: CATALOGUE.declarations[name] for name in names})
    home.home.joinpath("state.db").unlink()
    service = OpenScorer(home, less)
    result = run("state", "backfill")
    assert "series are filled" in result.output, result.output
    score(service, signup(30, device=Device(id="d0"), reseller="r"))
    asyncio.run(service.ledger.durable())
    service.close()
    whole = OpenScorer(home)
    while whole._state.filling:
        pass
    whole.close()
    assert "nothing to fill" in run("state", "backfill").output
    assert run("state", "verify").exit_code == 0


def test_where_there_is_no_state_yet_a_sentence_says_what_to_do(run: Run, home: Settings) -> None:
    for name in ("state.db", "state.db-wal", "state.db-shm"):
        (home.home / name).unlink(missing_ok=True)
    for command in ("verify", "backfill"):
        refused = run("state", command)
        assert isinstance(refused.exception, SetupError)
        assert "there is no state of this ledger yet: start the service once" in str(
            refused.exception
        )
