"""The commands of webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import vouch as command_line
from features.errors import NotFound, SetupError
from serving.webhooks.outbox import Failed, Outbox
from serving.webhooks.signature import verify
from tests.serving.receiving import changed, receiving

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def run(home: Path) -> Run:
    return lambda *arguments: CliRunner().invoke(command_line.build(), ["webhooks", *arguments])


def test_the_secret_is_printed_and_rotated(run: Run) -> None:
    first = run("secret").stdout
    assert first.startswith("whsec_")
    assert run("secret").stdout == first
    second = run("secret", "--rotate").stdout
    assert second == run("secret").stdout != first


def test_a_test_event_is_signed_and_its_answer_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as inbox:
        monkeypatch.setenv("VOUCH_WEBHOOK_URL", inbox.url)
        monkeypatch.setenv("VOUCH_WEBHOOK_HOSTS", "127.0.0.1")
        taken = run("test")
        assert taken.stdout.startswith("It answered 204 after ")
        inbox.answer = lambda post: 500
        refused = run("test")
    assert (refused.exit_code, refused.stderr) == (
        3,
        "The test event was not taken: it answered 500.\n",
    )
    first, second = inbox.posts
    event = verify(run("secret").stdout.strip(), first.headers, first.body)
    assert (event["type"], event["data"]) == ("test", {})
    assert first.id.startswith("evt_test_")
    assert first.id != second.id


def test_without_a_url_there_is_nothing_to_test(run: Run) -> None:
    refused = run("test").exception
    assert isinstance(refused, SetupError)
    assert "VOUCH_WEBHOOK_URL" in refused.message


def test_what_waits_and_was_given_up_is_shown_and_sent_again(run: Run, home: Path) -> None:
    outbox = Outbox(home)
    outbox.take(map(changed, range(1, 4)), now=1_700_000_000.0)
    outbox.settle([], [Failed("evt_d1", "it answered 400", None)], now=1_700_000_000.0)
    outbox.leave("somebody")
    outbox.close()
    assert run("status").stdout.splitlines() == [
        "2 wait, 1 were given up.",
        "The oldest waits since 2023-11-14 22:13:20.",
        "The receiver answered 410 and gets nothing more.",
        "evt_d1                   since 2023-11-14 22:13:20, attempts 1: it answered 400",
        "`vouch webhooks retry` sends again.",
    ]
    told = json.loads(run("status", "--json").stdout)
    assert (told["waiting"], told["given_up"], told["gone"]) == (2, 1, True)
    assert told["oldest_given_up"][0]["id"] == "evt_d1"
    assert isinstance(run("retry", "evt_d2").exception, NotFound)
    assert run("retry").stdout == "1 will be sent again.\n"
    assert run("status").stdout.startswith("3 wait, 0 were given up.\n")


def test_a_home_that_never_sent_says_so(run: Run) -> None:
    assert isinstance(run("status").exception, NotFound)
