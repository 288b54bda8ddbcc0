"""Everything about one customer, in short and whole, and nothing about any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from serving import customers
from serving.api import Api
from serving.manual import examples
from tests.serving.calling import Caller

EMAIL = "ana@lima.example"


def signup(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "kind": "signup",
        "id": f"s{number}",
        "customer": f"c{number}",
        "email": EMAIL,
        "device": {"id": f"device-{number}"},
        **fields,
    }


def usage(number: int, customer: str) -> dict[str, Any]:
    return {**examples.USAGE, "id": f"u{number}", "customer": customer}


@pytest.fixture
def told(call: Caller) -> Caller:
    """Two customers, the first of whom waits for a challenge, was labelled and consumes."""
    call("POST", "/v1/score", json=signup(1, session={"mfa_done": False}))
    call("POST", "/v1/score", json=signup(2))
    for number in range(3):
        call("POST", "/v1/events", json=usage(number, "c1"))
    label = {"id": "l1", "customer": "c1", "label": "legitimate", "source": "analyst"}
    assert call("POST", "/v1/labels", json={**label, "event": "s9"}).status_code == 200
    return call


def test_one_customer_in_short(told: Caller) -> None:
    known = told("GET", "/v1/customers/c1").json()
    assert known["id"] == "c1"
    assert known["entries"] == {"signup": 1, "decision": 1, "usage": 3, "label": 1}
    assert known["first_seen"] == known["recent"][-1]["known_at"]
    assert known["last_seen"] == known["recent"][0]["known_at"] > known["first_seen"]
    (decision,) = known["decisions"]
    assert (decision["moment"], decision["outcome"], decision["status"]) == (
        "signup",
        "challenge",
        "pending",
    )
    assert known["pending"] == [decision]
    answer = told("GET", f"/v1/decisions/{decision['decision_id']}").json()["answer"]
    assert (decision["event_id"], decision["score"]) == (answer["event_id"], answer["score"])
    assert [one["label"] for one in known["labels"]] == ["legitimate"]
    assert [one["kind"] for one in known["recent"]] == [
        "label",
        *["usage"] * 3,
        "decision",
        "signup",
    ]
    assert known["recent"][-1]["tokens"].keys() == {"email", "email_domain", "device"}
    assert (known["decrees"], known["next"]) == ([], None)


def test_a_decision_that_was_answered_waits_no_more(told: Caller) -> None:
    passed = {"kind": "verification", "id": "v1", "customer": "c1", "type": "mfa"}
    told("POST", "/v1/events", json={**passed, "result": "passed"})
    known = told("GET", "/v1/customers/c1").json()
    assert [one["outcome"] for one in known["decisions"]] == ["approve"]
    assert known["pending"] == []
    assert known["entries"]["redecision"] == 1


def test_no_identifier_comes_out(told: Caller) -> None:
    for path in ("", "/entries", "/export"):
        answer = told("GET", f"/v1/customers/c1{path}")
        assert answer.status_code == 200
        assert EMAIL not in answer.text
        assert "device-1" not in answer.text


def test_entries_are_paged_to_the_end(told: Caller) -> None:
    seen, cursor = list[str](), ""
    while True:
        page = told("GET", f"/v1/customers/c1/entries?limit=2{cursor}").json()
        assert len(page["entries"]) <= 2
        seen += [entry["id"] for entry in page["entries"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert len(seen) == 6
    assert (seen[0], seen[-1]) == ("l1", "s1")
    assert told("GET", "/v1/customers/c1/entries?cursor=1").json() == {"entries": [], "next": None}


def test_an_export_is_complete_and_in_order(
    api: Api, told: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it takes many looks: as many lines as the customer has entries and decisions."""
    passed = {"kind": "verification", "id": "v1", "customer": "c1", "type": "mfa"}
    told("POST", "/v1/events", json={**passed, "result": "passed"})
    whole = told("GET", "/v1/customers/c1/export")
    assert whole.headers["content-type"] == "application/x-ndjson"
    monkeypatch.setattr(customers, "_EXPORTED_AT_ONCE", 2)
    assert told("GET", "/v1/customers/c1/export").text == whole.text
    lines = [json.loads(line) for line in whole.text.splitlines()]
    entries = [line["entry"] for line in lines if "entry" in line]
    decisions = [line["decision"] for line in lines if "decision" in line]
    assert api._scorer is not None
    stored = [entry for entry in api._scorer.ledger.entries() if entry.customer == "c1"]
    assert [entry["id"] for entry in entries] == [entry.id for entry in stored]
    assert entries[0]["facts"] == stored[0].facts
    assert [one["superseded_by"] for one in decisions] == [decisions[1]["id"], None]
    for one in decisions:
        kept = told("GET", f"/v1/decisions/{one['id']}").json()
        assert (one["answer"], one["record"]) == (kept["answer"], kept["record"])
    kinds = ["entry" if "entry" in line else "decision" for line in lines]
    assert kinds[:3] == ["entry", "decision", "entry"], "a decision follows its event"


@pytest.mark.parametrize("path", ["", "/entries", "/export"])
def test_who_is_not_known_is_not_found(told: Caller, path: str) -> None:
    refused = told("GET", f"/v1/customers/c3{path}")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert "c3" not in refused.json()["detail"]


@pytest.mark.parametrize(
    "asked",
    [
        "?all=true",
        "/export?since=1",
        "/entries?limit=0",
        "/entries?limit=201",
        "/entries?limit=ten",
        "/entries?cursor=",
        "/entries?cursor=0x7",
        "/entries?cursor=" + "f" * 16,
        "/entries?before=1",
    ],
)
def test_a_parameter_that_cannot_be_used_is_refused(told: Caller, asked: str) -> None:
    refused = told("GET", f"/v1/customers/c1{asked}")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")


def test_head_says_the_same_without_a_body(told: Caller) -> None:
    answer = told("HEAD", "/v1/customers/c1/export")
    assert (answer.status_code, answer.content) == (200, b"")
