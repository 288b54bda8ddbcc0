"""What the API refuses, and how: nothing recorded, nothing repeated of what was sent."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from serving.api import Api
from serving.manual import examples
from serving.settings import Settings
from tests.serving.calling import Caller, opened, writer_held

SIGNUP = examples.ORDINARY_SIGNUP
CARD_NUMBER = "4111 1111 1111 1111"


def entries(api: Api) -> list[str]:
    """Ids of the entries on disk, decisions left out."""
    scorer = api._scorer
    assert scorer is not None
    return [entry.id for entry in scorer.ledger.entries() if entry.kind != "decision"]


REFUSED = [
    (SIGNUP | {"id": ""}, 422, "invalid_input", "/id"),
    (SIGNUP | {"session": {"form_seconds": "long"}}, 422, "invalid_input", "/session/form_seconds"),
    ({"kind": "signup"}, 422, "invalid_input", "/id"),
    (SIGNUP | {"customer": CARD_NUMBER}, 422, "card_number_refused", None),
    (SIGNUP | {"customer": "ana@example.com"}, 422, "invalid_input", "/customer"),
    (SIGNUP | {"attributes": {"note": "x" * 5000}}, 413, "too_large", None),
    ([], 422, "invalid_input", None),
]


@pytest.mark.parametrize(("body", "status", "code", "pointer"), REFUSED)
@pytest.mark.parametrize("path", ["/v1/score", "/v1/events"])
def test_what_cannot_be_read_is_refused_unrepeated_and_unrecorded(
    api: Api, call: Caller, path: str, body: Any, status: int, code: str, pointer: str | None
) -> None:
    refused = call("POST", path, json=body)
    problem = refused.json()
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert problem.get("pointer") == pointer
    assert problem["request_id"] == refused.headers["x-request-id"]
    assert "4111" not in refused.text
    assert "ana@" not in refused.text
    assert entries(api) == []


def test_a_body_that_grows_past_the_limit_is_cut_off(api: Api, call: Caller) -> None:
    async def chunks() -> Any:
        for _ in range(100):
            yield b" " * 1000

    headers = {"content-type": "application/json"}
    refused = call("POST", "/v1/score", content=chunks(), headers=headers)
    assert refused.status_code == 413
    assert "4096 bytes" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/json", "content-encoding": "gzip"}, 415),
        ({}, 415),
        ({"content-type": "Application/JSON; charset=utf-8"}, 200),
    ],
)
def test_only_plain_json_is_taken(call: Caller, headers: dict[str, str], status: int) -> None:
    body = json.dumps(SIGNUP).encode()
    assert call("POST", "/v1/score", content=body, headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/v1/score", "/v1/events", "/v1/labels", "/v1/decisions/d1"])
def test_nobody_comes_in_without_a_key(api: Api, path: str) -> None:
    method = "GET" if "decisions" in path else "POST"
    for key in (None, "vouch_invented"):
        refused = Caller(api, key)(method, path)
        assert (refused.status_code, refused.json()["code"]) == (401, "unauthorised")
        assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/decisions/", "/docs.json", "/schema.json"])
def test_unknown_addresses_are_told_apart(call: Caller, path: str) -> None:
    assert call("GET", path).json()["code"] == "unknown_route"


def test_a_wrong_method_names_the_right_one(call: Caller) -> None:
    refused = call("GET", "/v1/score")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    assert call("DELETE", "/v1/decisions/d1").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("query", ["dryrun=true", "dry_run=yes", "dry_run="])
def test_a_parameter_that_cannot_be_used_is_refused(api: Api, call: Caller, query: str) -> None:
    refused = call("POST", f"/v1/score?{query}", json=SIGNUP)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")
    assert call("POST", "/v1/labels?x=1", json=examples.LABEL).status_code == 400
    assert entries(api) == []


def test_a_plain_request_id_is_taken_over(call: Caller) -> None:
    assert call("GET", "/livez", headers={"x-request-id": "a-1"}).headers["x-request-id"] == "a-1"


@pytest.mark.parametrize(
    "sent",
    [
        "a b",
        "x" * 65,
        "ana@lima.example",
        "412345678901",
        "a4111111111111111",
        CARD_NUMBER,
        "4111-1111-1111-1111",
    ],
)
def test_a_request_id_that_may_be_an_identifier_is_not_repeated(call: Caller, sent: str) -> None:
    answer = call("GET", "/v1/nothing", headers={"x-request-id": sent})
    assert answer.headers["x-request-id"] != sent
    assert sent not in answer.text


def test_a_body_that_does_not_come_is_408_and_the_connection_ends(
    settings: Settings, key: str
) -> None:
    async def stalled() -> Any:
        yield b"{"
        await asyncio.sleep(0.05)
        yield b"}"

    with opened(replace(settings, max_body_seconds=0, max_stream_seconds=0)) as api:
        call = Caller(api, key)
        assert call("POST", "/v1/score", json=SIGNUP).status_code == 200
        for path, kind in (("/v1/score", "json"), ("/v1/events", "x-ndjson")):
            headers = {"content-type": f"application/{kind}"}
            refused = call("POST", path, content=stalled(), headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (408, "too_slow")
            assert refused.headers["connection"] == "close"


def test_a_slow_disk_does_not_claim_that_nothing_was_recorded(settings: Settings, key: str) -> None:
    with opened(replace(settings, timeout_ms=10)) as api:
        call = Caller(api, key)
        with writer_held(api):
            told = call("POST", "/v1/score", json=SIGNUP)
            pending = next(iter(api._scorer.ledger._pending.values()))  # type: ignore[union-attr]
            early = call("GET", f"/v1/decisions/{pending.decision_id}")
        assert (told.status_code, told.json()["code"]) == (503, "unconfirmed")
        assert told.json()["title"].startswith("It is not known yet whether it was recorded")
        assert told.headers["retry-after"] == "1"
        assert early.status_code == 404, "only what is on disk is a decision"
        api._scorer.ledger._groups.drain()  # type: ignore[union-attr]
        again = call("POST", "/v1/score", json=SIGNUP)
        assert (again.status_code, again.headers["idempotent-replayed"]) == (200, "true")
