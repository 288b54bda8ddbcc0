"""Decisions are found by what they are about, newest first, a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from serving.api import Api
from serving.auth import ApiKeys
from serving.ledger import searching
from serving.settings import Settings
from tests.serving.calling import Caller, opened

NO_MFA = {"session": {"mfa_done": False}}


def signup(number: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "signup", "id": f"s{number}", "customer": f"c{number}", **fields}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search") / "home"


@pytest.fixture(scope="module")
def secrets(home: Path) -> tuple[str, str]:
    keys = ApiKeys(home)
    mine = keys.create("mine", scopes=("score", "ingest"))
    return mine, keys.create("theirs", scopes=("score",), account="shop-b")


@pytest.fixture(scope="module")
def running(home: Path, secrets: tuple[str, str]) -> Iterator[Api]:
    with opened(Settings(home=home)) as api:
        yield api


@pytest.fixture(scope="module")
def ask(running: Api, secrets: tuple[str, str]) -> Caller:
    return Caller(running, secrets[0])


@pytest.fixture(scope="module")
def decided(ask: Caller) -> list[dict[str, Any]]:
    """Three sign-ups, the second of which waits, and a payment of the first."""
    total = {"amount": "5.00", "currency": "EUR"}
    events = [
        signup(1),
        signup(2, **NO_MFA),
        signup(3),
        {"kind": "payment", "id": "p1", "customer": "c1", "total": total},
    ]
    return [ask("POST", "/v1/score", json=event).json() for event in events]


def found(ask: Caller, **query: Any) -> list[str]:
    answer = ask("GET", "/v1/decisions", params=query)
    assert answer.status_code == 200, answer.text
    return [one["event_id"] for one in answer.json()["decisions"]]


def test_all_of_them_newest_first(ask: Caller, decided: list[dict[str, Any]]) -> None:
    assert found(ask) == ["p1", "s3", "s2", "s1"]
    (one,) = ask("GET", "/v1/decisions", params={"event": "s2"}).json()["decisions"]
    answer = decided[1]
    assert one == {
        **{name: answer[name] for name in (
            "decision_id", "event_id", "customer", "moment", "outcome", "score", "demanded_by",
            "status", "expires_at", "supersedes", "decided_at",
        )},
        "superseded_by": None,
    }  # fmt: skip


@pytest.mark.usefixtures("decided")
@pytest.mark.parametrize(
    ("query", "events"),
    [
        ({"customer": "c1"}, ["p1", "s1"]),
        ({"moment": "payment"}, ["p1"]),
        ({"outcome": "challenge"}, ["s2"]),
        ({"status": "pending"}, ["s2"]),
        ({"status": "pending", "customer": "c1"}, []),
        ({"status": "final"}, ["p1", "s3", "s1"]),
        ({"policy": "NO_MFA_AT_SIGNUP"}, ["s2"]),
        ({"policy": "NOBODY_KNOWS_IT"}, []),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"until": "2100-01-01T00:00:00+02:00", "limit": 1}, ["p1"]),
    ],
)
def test_what_is_asked_for(ask: Caller, query: dict[str, Any], events: list[str]) -> None:
    assert found(ask, **query) == events


def test_page_by_page(ask: Caller, decided: list[dict[str, Any]]) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    while query.get("cursor") != "":
        answer = ask("GET", "/v1/decisions", params=query).json()
        seen += [one["event_id"] for one in answer["decisions"]]
        query["cursor"] = answer["next"] or ""
    assert seen == ["p1", "s3", "s2", "s1"]


def test_a_page_looks_at_so_many_and_says_where_it_stopped(
    ask: Caller, decided: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_SEEN", 2)
    monkeypatch.setattr("serving.ledger.tables.MOST_SEEN", 2)
    first = ask("GET", "/v1/decisions", params={"policy": "NO_MFA_AT_SIGNUP"}).json()
    assert first["decisions"] == []
    query = {"policy": "NO_MFA_AT_SIGNUP", "cursor": first["next"]}
    second = ask("GET", "/v1/decisions", params=query).json()
    assert [one["event_id"] for one in second["decisions"]] == ["s2"]


def test_what_was_made_again_is_not_current(ask: Caller, decided: list[dict[str, Any]]) -> None:
    passed = {"kind": "verification", "id": "v", "customer": "c2", "type": "mfa"}
    ask("POST", "/v1/events", json={**passed, "result": "passed"})
    again, before = ask("GET", "/v1/decisions", params={"event": "s2"}).json()["decisions"]
    assert (again["outcome"], again["supersedes"]) == ("approve", decided[1]["decision_id"])
    assert (before["status"], before["superseded_by"]) == ("final", again["decision_id"])
    assert found(ask, event="s2", current="true") == ["s2"]
    assert found(ask, status="pending") == []
    read = ask("GET", f"/v1/decisions/{before['decision_id']}").json()
    assert (read["status"], read["superseded_by"]) == ("final", again["decision_id"])
    assert (read["answer"]["status"], read["expires_at"]) == ("pending", before["expires_at"])


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"colour": "red"}, "`customer`"),
        ({"moment": "midnight"}, "`moment`"),
        ({"outcome": "maybe"}, "`outcome`"),
        ({"status": "open"}, "`status`"),
        ({"current": "perhaps"}, "`current`"),
        ({"since": "yesterday"}, "`since`"),
        ({"until": "2026-03-02T09:15:00"}, "`until`"),
        ({"limit": "0"}, "`limit`"),
        ({"limit": "201"}, "`limit`"),
        ({"cursor": "first"}, "`cursor`"),
    ],
)
def test_what_cannot_be_asked_is_named(ask: Caller, query: dict[str, str], named: str) -> None:
    answer = ask("GET", "/v1/decisions", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert named in answer.json()["detail"]


def test_ids_of_events_are_those_of_the_account(
    running: Api, secrets: tuple[str, str], ask: Caller, decided: list[dict[str, Any]]
) -> None:
    theirs = Caller(running, secrets[1])
    assert found(theirs, event="s3") == []
    theirs("POST", "/v1/score", json=signup(3, **NO_MFA))
    assert found(theirs, event="s3") == ["s3"]
    assert len(found(ask, event="s3")) == 1
    assert len(found(theirs)) == len(found(ask)) > len(decided)  # all of the company may be read


def test_nobody_waits_for_a_long_search(
    running: Api, ask: Caller, decided: list[dict[str, Any]]
) -> None:
    """While a thread reads the ledger, others are answered."""
    rooms = running._rooms
    assert rooms is not None
    reading = rooms.real.desk.reading

    async def story(client: httpx.AsyncClient) -> list[str]:
        async def asked(path: str) -> str:
            await client.get(path)
            if path == "/livez":
                reading._turn.release()
            return path

        reading._turn.acquire()
        waiting = asyncio.create_task(asked("/v1/decisions"))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        return [await asked("/livez"), await waiting]

    assert ask.tell(story) == ["/livez", "/v1/decisions"]
