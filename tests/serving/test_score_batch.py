"""Many events in one request: each has its own answer, as if it had been sent alone."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from serving.api import Api
from serving.auth import ApiKeys
from serving.settings import Settings
from tests.serving.calling import Caller, opened, writer_held

BATCH = "/v1/score/batch"


def signup(number: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "signup", "id": f"s{number}", "customer": f"c{number}", **fields}


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json()["results"]
    return told


def codes(answer: httpx.Response) -> list[str]:
    return [one["problem"]["code"] if "problem" in one else "" for one in results(answer)]


def entries(api: Api) -> list[str]:
    assert api._scorer is not None
    return [entry.kind for entry in api._scorer.ledger.entries()]


def test_each_event_is_decided_about_in_the_order_sent(api: Api, call: Caller) -> None:
    device = {"device": {"id": "one for all"}}
    answer = call("POST", BATCH, json={"events": [signup(n, **device) for n in range(40)]})
    told = results(answer)
    assert [one["answer"]["event_id"] for one in told] == [f"s{n}" for n in range(40)]
    assert {one["status"] for one in told} == {200}
    assert entries(api) == ["signup", "decision"] * 40
    last = call("GET", f"/v1/decisions/{told[39]['answer']['decision_id']}").json()
    assert last["answer"] == told[39]["answer"]
    assert last["record"]["values"]["accounts_on_device_10m"] == 39.0, "each counts those before"


def test_a_bad_event_does_not_stop_the_others(api: Api, call: Caller) -> None:
    call("POST", "/v1/events", json={"kind": "usage", "id": "u1", "customer": "c9"})
    events = [
        signup(1),
        {"kind": "signup", "customer": "c2"},
        signup(3, email="ana@lima.example", attributes={"note": "card 4111 1111 1111 1111"}),
        {"kind": "usage", "id": "u2", "customer": "c4"},
        "no event",
        signup(5, company={"name": "x" * 5000}),
        signup(1, promo=True),
        signup(6, nickname="Ana"),
    ]
    answer = call("POST", BATCH, json={"events": events})
    assert codes(answer) == [
        "",
        "invalid_input",
        "card_number_refused",
        "invalid_input",
        "invalid_input",
        "too_large",
        "id_reused",
        "",
    ]
    told = results(answer)
    assert told[1]["problem"]["pointer"] == "/events/1/id"
    assert told[4]["problem"]["pointer"] == "/events/4"
    assert told[7]["answer"]["warnings"] == ["unknown field left out: /nickname"]
    assert "4111" not in answer.text
    assert "ana@" not in answer.text
    assert entries(api).count("signup") == 2


def test_an_event_alone_and_in_a_batch_is_the_same(api: Api, call: Caller) -> None:
    body = json.dumps(signup(1)).encode()
    alone = call("POST", "/v1/score", content=body, headers={"content-type": "application/json"})
    batch = b'{"events": [%s, %s]}' % (body, json.dumps(signup(2)).encode())
    for replayed in ([True, False], [True, True]):
        told = results(
            call("POST", BATCH, content=batch, headers={"content-type": "application/json"})
        )
        assert [one["replayed"] for one in told] == replayed
        assert told[0]["answer"] == alone.json()
    assert entries(api) == ["signup", "decision"] * 2


def test_twice_in_one_batch_is_answered_once(call: Caller) -> None:
    answer = call("POST", BATCH, json={"events": [signup(1), signup(1)]})
    assert codes(answer) == ["", "in_flight"]
    assert results(answer)[1]["status"] == 409


def test_a_dry_run_of_many_leaves_no_trace(api: Api, call: Caller) -> None:
    events = [signup(n, session={"mfa_done": False}) for n in range(3)]
    told = results(call("POST", f"{BATCH}?dry_run=true&language=nl", json={"events": events}))
    assert {one["answer"]["decision_id"] for one in told} == {None}
    assert entries(api) == []
    assert "vouch_decisions_total{" not in call("GET", "/metrics").text


def test_decisions_of_a_batch_are_in_the_figures(call: Caller) -> None:
    call("POST", BATCH, json={"events": [signup(n) for n in range(3)]})
    assert (
        'vouch_decisions_total{outcome="approve",mode="scorecard"} 3'
        in call("GET", "/metrics").text
    )


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        (b"[]", 422, "invalid_input", None),
        (b"{}", 422, "invalid_input", "/events"),
        (b'{"events": {}}', 422, "invalid_input", "/events"),
        (b'{"events": [], "then": 1}', 422, "invalid_input", None),
        (b'{"events": [], "events": [{"a": "\\": b"}]}', 422, "invalid_input", "/events"),
        (b'{"events": 1, "events": []}', 422, "invalid_input", "/events"),
        (b'{"events": [}', 422, "invalid_input", None),
        (b'{"events": [' + b"[" * 3000 + b"]" * 3000 + b"]}", 422, "invalid_input", None),
        (b'{"events": [1, 2, 3, 4]}', 413, "too_large", None),
    ],
)
def test_what_is_no_batch_is_refused(
    settings: Settings, key: str, body: bytes, status: int, code: str, pointer: str | None
) -> None:
    with opened(replace(settings, max_batch=3)) as api:
        sent = {"content": body, "headers": {"content-type": "application/json"}}
        refused = Caller(api, key)("POST", BATCH, **sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json().get("pointer") == pointer


@pytest.mark.parametrize("path", [BATCH, "/v1/score"])
@pytest.mark.parametrize("query", ["language=de", "dry_run=maybe", "lang=en"])
def test_a_parameter_that_cannot_be_used_is_refused(call: Caller, path: str, query: str) -> None:
    refused = call("POST", f"{path}?{query}", json={"events": []})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")


def test_one_idempotency_key_cannot_name_many(call: Caller) -> None:
    refused = call("POST", BATCH, json={"events": []}, headers={"idempotency-key": "night-7"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_idempotency_key")


def test_a_disk_that_does_not_answer_is_told_event_by_event(settings: Settings, key: str) -> None:
    events = [signup(n) for n in range(20)]
    with opened(replace(settings, timeout_ms=10)) as api:
        call = Caller(api, key)
        with writer_held(api):
            answer = call("POST", BATCH, json={"events": [*events, "no event"]})
        assert codes(answer) == ["unconfirmed"] * 20 + ["invalid_input"]
        api._scorer.ledger._groups.drain()  # type: ignore[union-attr]
        again = results(call("POST", BATCH, json={"events": events}))
    assert all(one["replayed"] for one in again)


def test_others_have_their_turn_while_many_are_decided(call: Caller) -> None:
    """A request that comes in meanwhile is answered before the batch is."""

    async def story(client: httpx.AsyncClient) -> list[str]:
        answered: list[str] = []

        async def ask(name: str, method: str, path: str, **sent: Any) -> None:
            await client.request(method, path, **sent)
            answered.append(name)

        batch = {"events": [signup(n) for n in range(200)]}
        async with asyncio.TaskGroup() as group:
            group.create_task(ask("batch", "POST", BATCH, json=batch))
            await asyncio.sleep(0)
            group.create_task(ask("other", "GET", "/livez"))
        return answered

    assert call.tell(story) == ["other", "batch"]


def test_accounts_decide_about_events_of_their_own(
    api: Api, call: Caller, settings: Settings
) -> None:
    """The same id in another account is another event, alone and in a batch."""
    east = Caller(api, ApiKeys(settings.home).create("east", scopes=("score",), account="east"))
    api._gate._checked_at = 0  # type: ignore[union-attr]
    events = {"events": [signup(1)]}
    assert [results(one("POST", BATCH, json=events))[0]["replayed"] for one in (call, east)] == [
        False,
        False,
    ]
    assert results(east("POST", BATCH, json=events))[0]["replayed"]
    assert call("POST", "/v1/score", json=signup(2)).headers.get("idempotent-replayed") is None
    assert east("POST", "/v1/score", json=signup(2)).headers.get("idempotent-replayed") is None
