"""Policies over the API: read, checked, put in force while requests go on."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from features.decide.policies import SHIPPED, digest_of
from features.decide.policy import Policy
from serving.api import Api
from serving.auth import ApiKeys
from serving.manual import examples
from serving.settings import Settings
from tests.serving.calling import Caller, opened

YAML = {"content-type": "application/yaml"}
MINE = examples.POLICIES.encode()
NO_MFA = {"session": {"mfa_done": False}}


def signup(number: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "signup", "id": f"s{number}", "customer": f"c{number}", **fields}


def put(call: Caller, text: bytes = MINE, instead_of: str | None = None) -> httpx.Response:
    headers = YAML if instead_of is None else {**YAML, "if-match": instead_of}
    return call("PUT", "/v1/policies", content=text, headers=headers)


def policies_of(call: Caller, number: int) -> list[str]:
    """The policies that hold for a sign-up without a second factor."""
    answer = call("POST", "/v1/score", json=signup(number, **NO_MFA)).json()
    return [one["id"] for one in answer["policies"] if not one.get("shadow")]


def test_the_shipped_policies_are_read(call: Caller) -> None:
    answer = call("GET", "/v1/policies")
    told = answer.json()
    assert told["digest"] == digest_of(SHIPPED.read_bytes())
    assert answer.headers["etag"] == f'"{told["digest"]}"'
    assert told["problem"] is None
    by_id = {policy["id"]: policy for policy in told["policies"]}
    prepaid = by_id["PREPAID_CARD"]
    assert (prepaid["override"], prepaid["outcome"], prepaid["ended"]) == ("red", "decline", False)
    assert all(prepaid["customer"][language] for language in ("en", "fr", "nl"))
    assert by_id["CARD_REQUIRED_AT_SIGNUP"]["hits"] is None, "it has no say"
    assert call("GET", "/v1/policies/PREPAID_CARD").json() == prepaid
    text = call("GET", "/v1/policies.yaml")
    assert (text.content, text.headers["content-type"]) == (
        SHIPPED.read_bytes(),
        "application/yaml",
    )


def test_how_often_a_policy_hits_is_told(call: Caller) -> None:
    policies_of(call, 1)
    policies_of(call, 2)
    assert call("GET", "/v1/policies/NO_MFA_AT_SIGNUP").json()["hits"] == 2
    assert call("GET", "/v1/policies/PREPAID_CARD").json()["hits"] == 0


def test_a_text_is_checked_and_nothing_changes(call: Caller) -> None:
    checked = call("POST", "/v1/policies/check", content=MINE, headers=YAML)
    assert checked.status_code == 200
    assert checked.json()["digest"] == digest_of(MINE)
    assert [policy["id"] for policy in checked.json()["policies"]] == ["NO_SECOND_FACTOR"]
    assert policies_of(call, 1) == ["NO_MFA_AT_SIGNUP"]


def test_what_is_put_is_in_force_at_once_and_after_a_restart(settings: Settings, key: str) -> None:
    with opened(settings) as api:
        call = Caller(api, key)
        assert policies_of(call, 1) == ["NO_MFA_AT_SIGNUP"]
        placed = put(call)
        assert (placed.status_code, placed.json()["digest"]) == (200, digest_of(MINE))
        assert policies_of(call, 2) == ["NO_SECOND_FACTOR"]
        answer = call("POST", "/v1/score", json=signup(2, **NO_MFA)).json()
        assert answer["versions"]["policies"] == digest_of(MINE)
    with opened(settings) as api:
        assert policies_of(Caller(api, key), 3) == ["NO_SECOND_FACTOR"]
    assert (settings.home / "policies" / f"{digest_of(MINE)}.yaml").read_bytes() == MINE


def test_whoever_read_others_does_not_overwrite_them(call: Caller) -> None:
    first = call("GET", "/v1/policies").headers["etag"]
    assert put(call, MINE, first).status_code == 200
    other = MINE.replace(b"NO_SECOND_FACTOR", b"ANOTHER")
    late = put(call, other, first)
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert policies_of(call, 1) == ["NO_SECOND_FACTOR"]
    assert put(call, other, digest_of(MINE)).status_code == 200
    assert put(call, MINE, "*").status_code == 200


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("POST", "/check")])
def test_all_that_is_wrong_is_told_with_its_line(call: Caller, method: str, path: str) -> None:
    wrong = MINE.replace(b"mfa_done", b"mfa_dome").replace(b"[mfa]", b"[fax]")
    refused = call(method, f"/v1/policies{path}", content=wrong, headers=YAML)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (422, "invalid_declaration")
    assert [fault["line"] for fault in problem["faults"]] == [3, 5]
    assert "mfa_done" in problem["faults"][0]["detail"]
    assert all(fault["detail"] in problem["detail"] for fault in problem["faults"])
    assert policies_of(call, 1) == ["NO_MFA_AT_SIGNUP"]


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("POST", "/check")])
def test_what_is_no_text_of_policies_is_refused(call: Caller, method: str, path: str) -> None:
    def refused(content: bytes, query: str = "", kind: str = "application/yaml") -> tuple[int, str]:
        headers = {"content-type": kind}
        sent = call(method, f"/v1/policies{path}{query}", content=content, headers=headers)
        return sent.status_code, sent.json()["code"]

    assert refused(MINE, kind="application/json") == (415, "wrong_content_type")
    assert refused(MINE, "?dry_run=true") == (400, "invalid_query")
    assert refused(b"#" * 5000) == (413, "too_large")
    assert refused(b"- {") == (422, "invalid_declaration")
    assert refused(b"\xff\xfe\x00") == (422, "invalid_declaration")
    assert refused(MINE + b"# 4111 1111 1111 1111\n") == (422, "card_number_refused")


def test_a_file_of_the_operator_is_changed_in_its_place(
    settings: Settings, key: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(MINE)
    with opened(replace(settings, policies=path)) as api:
        call = Caller(api, key)
        refused = put(call, SHIPPED.read_bytes()[:2000])
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert "VOUCH_POLICIES" in refused.json()["detail"]
        assert policies_of(call, 1) == ["NO_SECOND_FACTOR"]


def test_a_changed_file_is_in_force_without_a_restart(api: Api, call: Caller) -> None:
    """A bad one is not: the last good one stays, and everybody can read why."""
    assert policies_of(call, 1) == ["NO_MFA_AT_SIGNUP"]
    scorer = api._scorer
    assert scorer is not None
    path = api._rooms.real.desk.settings.home / "policies.yaml"  # type: ignore[union-attr]
    path.write_bytes(MINE)
    scorer.policies.refresh()
    assert policies_of(call, 2) == ["NO_SECOND_FACTOR"]
    path.write_bytes(MINE.replace(b"mfa_done", b"mfa_dome") + b"\n")
    scorer.policies.refresh()
    assert policies_of(call, 3) == ["NO_SECOND_FACTOR"]
    health = call("GET", "/readyz").json()
    (problem,) = health["problems"]
    assert health["status"] == "degraded"
    assert "line 3" in problem
    assert str(path.parent) not in problem
    assert call("GET", "/v1/policies").json()["problem"] == problem
    assert put(call).status_code == 200, "a good one puts it right"
    assert call("GET", "/readyz").json()["problems"] == []


def test_the_file_is_followed_by_itself(api: Api, call: Caller, settings: Settings) -> None:
    (settings.home / "policies.yaml").write_bytes(MINE)
    until = time.monotonic() + 10
    number = 0
    while (number := number + 1) and policies_of(call, number) != ["NO_SECOND_FACTOR"]:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_nobody_waits_while_policies_are_put_in_force(api: Api, call: Caller) -> None:
    """Another change is being written: who puts waits for it, who scores does not."""
    scorer = api._scorer
    assert scorer is not None
    file, writing = scorer.policies, threading.Lock()
    file._one_at_a_time = writing

    async def story(client: httpx.AsyncClient) -> list[Any]:
        putting = asyncio.create_task(client.put("/v1/policies", content=MINE, headers=YAML))
        await asyncio.sleep(0.2)
        answers = [await client.post("/v1/score", json=signup(n, **NO_MFA)) for n in range(3)]
        assert not putting.done()
        writing.release()
        placed = await putting
        return [placed.status_code, *(len(one.json()["policies"]) for one in answers)]

    writing.acquire()
    status, *held = call.tell(story)
    assert status == 200
    assert all(held)
    assert policies_of(call, 9) == ["NO_SECOND_FACTOR"]


def test_a_test_api_key_changes_what_tests_meet_only(
    api: Api, call: Caller, settings: Settings
) -> None:
    trying = Caller(api, ApiKeys(settings.home).create("trying", scopes=("admin",), test=True))
    api._gate._checked_at = 0  # type: ignore[union-attr]
    assert put(trying).status_code == 200
    assert policies_of(trying, 1) == ["NO_SECOND_FACTOR"]
    assert policies_of(call, 1) == ["NO_MFA_AT_SIGNUP"]


def test_what_is_not_in_force_is_not_found(call: Caller) -> None:
    refused = call("GET", "/v1/policies/NO_SUCH")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert call("GET", "/v1/policies?moment=signup").json()["code"] == "invalid_query"


def test_every_field_of_a_policy_is_shown(call: Caller) -> None:
    """Also those that only the file names: nobody needs to look there."""
    shown = call("GET", "/v1/policies").json()["policies"][0]
    assert set(shown) == {field.name for field in msgspec.structs.fields(Policy)} | {
        "ended",
        "hits",
    }
