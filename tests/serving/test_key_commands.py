"""The commands about API keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import vouch as command_line
from features.errors import InvalidInput
from serving.auth import ApiKeys

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    runner = CliRunner()
    return lambda *arguments: runner.invoke(command_line.build(), arguments)


def test_they_are_made_listed_and_revoked(run: Run) -> None:
    secret = run("keys", "create", "shop").stdout.strip()
    assert secret.startswith("vouch_")
    listed = run("keys", "list").stdout
    assert "shop" in listed
    assert secret not in listed + run("keys", "list", "--json").stdout
    assert run("keys", "revoke", "shop").stdout == "shop is revoked.\n"
    assert "`vouch keys create NAME`" in run("keys", "list").stdout


def test_all_that_can_be_said_of_one_is_kept_and_listed(run: Run) -> None:
    run(
        *("keys", "create", "desk", "--scope", "review", "--scope", "audit", "--account", "east"),
        *("--expires", "90d", "--test", "--rate", "100"),
    )
    (told,) = json.loads(run("keys", "list", "--json").stdout)
    assert told["scopes"] == ["review", "audit"]
    assert (told["account"], told["test"], told["rate"]) == ("east", True, 100)
    assert told["expires_at"] > told["created_at"]
    listed = run("keys", "list").stdout
    for part in ("desk (test)", "east", "review audit", "100 a second", told["expires_at"][:10]):
        assert part in listed


def test_the_list_fits_eighty_columns(run: Run, tmp_path: Path) -> None:
    ApiKeys(tmp_path).create("n" * 40, scopes=("score", "ingest", "review", "policy"))
    lines = run("keys", "list").stdout.splitlines()
    assert max(map(len, lines)) <= 80


def test_a_rotation_gives_a_new_secret_and_says_how_long_the_old_one_works(run: Run) -> None:
    first = run("keys", "create", "shop").stdout
    done = run("keys", "rotate", "shop", "--grace", "2h")
    assert done.stdout.startswith("vouch_")
    assert done.stdout != first
    assert "The old secret of shop works for another 2h." in done.stderr
    names = [row["name"] for row in json.loads(run("keys", "list", "--json").stdout)]
    assert names == ["shop", "shop"]


def test_an_expired_one_says_so(run: Run, tmp_path: Path) -> None:
    ApiKeys(tmp_path).create("shop", lasts=timedelta(microseconds=1))
    assert "expired" in run("keys", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--scope", "root"), "choose from score, ingest, review, policy, audit, admin"),
        (("--expires", "0s"), "an API key lasts for some time"),
        (("--expires", "soon"), "a duration is a whole number and d, h, m or s"),
        (("--expires", "999999d"), "a duration is a whole number and d, h, m or s"),
        (("--account", "EAST"), "an account is 1 to 32 small letters"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, arguments: tuple[str, ...], told: str) -> None:
    done = run("keys", "create", "shop", *arguments)
    assert isinstance(done.exception, InvalidInput)
    assert told in done.exception.message
