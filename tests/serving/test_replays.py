"""Replaying over the API: equal to the byte, or what would have been."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from features.contract import BundleStore
from serving.settings import Settings
from tests.serving.bundles import bundle
from tests.serving.calling import Caller

SIGNUP: dict[str, Any] = {
    "kind": "signup",
    "id": "s1",
    "customer": "c1",
    "session": {"mfa_done": False},
}
LENIENT = """
- id: SHY
  moments: [signup]
  when: mfa_done == 0
  outcome: review
  owner: ana@lima.example
  analyst: Somebody looks.
  customer: We look at your request.
"""


@pytest.fixture
def decision(call: Caller) -> str:
    decided: str = call("POST", "/v1/score", json=SIGNUP).json()["decision_id"]
    return decided


def replayed(call: Caller, decision: str, **sent: Any) -> httpx.Response:
    return call("POST", f"/v1/decisions/{decision}/replay", **sent)


def test_without_a_body_it_is_the_same_to_the_byte(call: Caller, decision: str) -> None:
    nothing, empty = dict[str, Any](), dict[str, Any](json={})
    for sent in (nothing, empty):
        done = replayed(call, decision, **sent).json()
        assert (done["equal"], done["differences"], done["notes"]) == (True, [], [])
        assert done["replayed"] == call("GET", f"/v1/decisions/{decision}").json()["answer"]


def test_what_it_would_have_been(call: Caller, decision: str) -> None:
    """Policies are sent to be tried, not kept: they may name their owner as they like."""
    done = replayed(call, decision, json={"policies": LENIENT}).json()
    assert not done["equal"]
    told = {one["pointer"]: (one["was"], one["now"]) for one in done["differences"]}
    assert told["/outcome"] == ("challenge", "review")
    assert done["replayed"]["demanded_by"] == ["SHY"]
    assert len(call("GET", "/v1/decisions").json()["decisions"]) == 1


def test_policies_that_cannot_work_are_refused(call: Caller, decision: str) -> None:
    refused = replayed(call, decision, json={"policies": "- id: x"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_declaration")


def test_a_model_that_is_not_there(call: Caller, decision: str) -> None:
    refused = replayed(call, decision, json={"model": "0" * 64})
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_replay")


@pytest.mark.parametrize("name", ["nosuch", "..", "../../../keys", "0" * 63 + "/", "A" * 64])
def test_a_model_s_name_leads_nowhere_else_and_is_not_repeated(
    call: Caller, decision: str, name: str
) -> None:
    refused = replayed(call, decision, json={"model": name}).json()
    assert (refused["code"], refused["pointer"]) == ("invalid_input", "/model")
    assert refused["detail"] == "must be 64 digits of a digest"


def test_a_damaged_model_is_told_without_where_the_home_is(
    call: Caller, decision: str, settings: Settings
) -> None:
    store = BundleStore(settings.home)
    digest = store.save(bundle())
    (store.folder("signup", "theft_of_service") / digest / "model.txt").write_bytes(b"tree")
    refused = replayed(call, decision, json={"model": digest}).json()
    assert refused["code"] == "cannot_replay"
    assert "VOUCH_HOME/bundles" in refused["detail"]
    assert str(settings.home) not in refused["detail"]


def test_unknown_fields_are_told(call: Caller, decision: str) -> None:
    done = replayed(call, decision, json={"colour": "red"}).json()
    assert done["notes"] == ["unknown field left out: /colour"]


def test_what_cannot_be_asked(call: Caller, decision: str, settings: Settings) -> None:
    for id, sent, status, code in (
        ("d0", {}, 404, "not_found"),
        (decision, {"params": {"x": "1"}}, 400, "invalid_query"),
        (decision, {"content": b"policies"}, 415, "wrong_content_type"),
        (decision, {"json": {"model": 7}}, 422, "invalid_input"),
        (decision, {"json": {"model": "x" * settings.max_body_bytes}}, 413, "too_large"),
        (decision, {"json": {"policies": "4111 1111 1111 1111"}}, 422, "card_number_refused"),
    ):
        refused = replayed(call, id, **sent)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
