"""The law of rooms: whatever API keys for tests send, nothing that is real changes by a byte."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import apsw
import httpx
import pytest

from serving.auth import ApiKeys
from serving.ledger.sqlite import FILE
from serving.settings import Settings
from tests.serving.calling import Caller, opened

_NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Sent = tuple[bool, str, dict[str, Any]]


def an_hour(seed: int) -> list[Sent]:
    """What is sent, and whether by a test: both use the same ids, customers and devices."""
    chance = Random(seed)  # noqa: S311 - a story, no secret
    sent: list[Sent] = []
    for number in range(60):
        who = {
            "id": f"e{chance.randrange(50)}",
            "customer": f"c{chance.randrange(4)}",
            "occurred_at": (_NOON + timedelta(minutes=number)).isoformat(),
        }
        device = {"device": {"id": f"d{chance.randrange(3)}"}}
        total = {"total": {"amount": str(chance.randrange(1, 500)), "currency": "EUR"}}
        path, body = chance.choice(
            (
                ("/v1/score", {"kind": "signup", **who, **device}),
                ("/v1/score?dry_run=true", {"kind": "signup", **who, **device}),
                ("/v1/score", {"kind": "payment", **who, **device, **total}),
                ("/v1/events", {"kind": "usage", **who, "cost": total["total"]}),
                ("/v1/labels", {**who, "label": "stolen_instrument"}),
                ("/v1/labels", {**who, "label": "no such kind"}),
            )
        )
        sent.append((chance.random() < 0.5, path, body))
    return sent


def told(home: Path, secrets: dict[bool, str], story: list[Sent]) -> list[httpx.Response]:
    with opened(Settings(home=home, clock="events")) as api:
        callers = {test: Caller(api, secret) for test, secret in secrets.items()}
        return [callers[test]("POST", path, json=body) for test, path, body in story]


def stored(home: Path) -> list[tuple[Any, ...]]:
    """Every row of the ledger."""
    ledger = apsw.Connection(str(home / FILE), flags=apsw.SQLITE_OPEN_READONLY)
    tables = list(ledger.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"))
    rows = [(name, *row) for (name,) in tables for row in ledger.execute(f"SELECT * FROM {name}")]
    ledger.close()
    return rows


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tests_change_nothing_that_is_real(tmp_path: Path, seed: int) -> None:
    story = an_hour(seed)
    mixed, alone = tmp_path / "mixed", tmp_path / "alone"
    keys = ApiKeys(mixed)
    secrets = {False: keys.create("shop"), True: keys.create("trial", test=True)}
    with opened(Settings(home=mixed)):
        pass  # the secrets of the home are made
    shutil.copytree(mixed / "keys", alone / "keys")

    answers = told(mixed, secrets, story)
    expected = told(alone, secrets, [one for one in story if not one[0]])
    real = [answer for answer, (test, _, _) in zip(answers, story, strict=True) if not test]
    assert [answer.content for answer in real if answer.status_code == 200] == [
        answer.content for answer in expected if answer.status_code == 200
    ]
    assert [answer.status_code for answer in real] == [one.status_code for one in expected]
    assert stored(mixed) == stored(alone)
    assert any(answer.json().get("decision_id") for answer in real)
    marked = [answer.headers.get("vouch-test") == "true" for answer in answers]
    assert marked == [test for test, _, _ in story]
    assert len(stored(mixed / "test")) > 1, "tests have a ledger, too"
