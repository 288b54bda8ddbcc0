"""The idempotency key: it stands in for an id that a body does not have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serving.manual import examples
from tests.serving.calling import Caller


def without_id(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "id"}


ASKED = [
    ("/v1/score", without_id(examples.ORDINARY_SIGNUP)),
    ("/v1/events", without_id(examples.USAGE)),
    ("/v1/labels", without_id(examples.LABEL)),
]


@pytest.mark.parametrize(("path", "body"), ASKED)
def test_it_is_the_id_of_a_body_without_one(call: Caller, path: str, body: dict[str, Any]) -> None:
    assert call("POST", path, json=body).json()["pointer"] == "/id"
    headers = {"idempotency-key": 'order 7/"a"'}
    first = call("POST", path, json=body, headers=headers)
    again = call("POST", path, json=body, headers=headers)
    named = first.json()
    assert named.get("event_id", named.get("id")) == 'order 7/"a"'
    assert again.headers["idempotent-replayed"] == "true"
    other = call("POST", path, json={**body, "customer": "someone-else"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")


@pytest.mark.parametrize(("path", "body"), ASKED)
def test_both_must_be_the_same(call: Caller, path: str, body: dict[str, Any]) -> None:
    refused = call("POST", path, json={**body, "id": "a"}, headers={"idempotency-key": "b"})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_mismatch")
    for sent in ("a", '"a"'):  # as the drafts of the standard write it
        same = call("POST", path, json={**body, "id": "a"}, headers={"idempotency-key": sent})
        assert same.status_code == 200


@pytest.mark.parametrize(
    "sent", ["", '""', "x" * 129, "ana@lima.example", "4111 1111 1111 1111", "caf\xe9", "a\tb"]
)
@pytest.mark.parametrize(("path", "body"), ASKED)
def test_one_that_cannot_be_an_id_is_refused_unrepeated(
    call: Caller, path: str, body: dict[str, Any], sent: str
) -> None:
    headers = [(b"idempotency-key", sent.encode("latin-1"))]
    refused = call("POST", path, json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_idempotency_key")
    assert sent in ("", '""') or sent not in refused.text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{}", "/kind"),
        (b' { "kind" : "signup" , "id" : 7 }', "/id"),
        (b"[1]", None),
        (b"{", None),
        (b"\xff", None),
        (b'{"a":' * 9000, None),
    ],
)
def test_what_cannot_be_read_is_refused_as_without_it(
    call: Caller, body: bytes, pointer: str | None
) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "x"}
    refused = call("POST", "/v1/score", content=body[:4000], headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert refused.json().get("pointer") == pointer


def test_a_body_with_nothing_else_gets_an_id_too(call: Caller) -> None:
    headers = {"content-type": "application/json", "idempotency-key": "p"}
    taken = call("POST", "/v1/events", content=b'\n{ "kind":"profile"}', headers=headers)
    assert taken.json()["id"] == "p"


def test_a_stream_has_ids_of_its_own(call: Caller) -> None:
    headers = {"content-type": "application/x-ndjson", "idempotency-key": "x"}
    line = json.dumps(examples.USAGE).encode()
    refused = call("POST", "/v1/events", content=line, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_idempotency_key")
