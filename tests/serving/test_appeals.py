"""A customer disagrees: what a person may let pass is looked at, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from serving.settings import Settings
from tests.serving.disagreeing import AMBER, GREEN, RED, Company, company


@pytest.fixture
def shop(settings: Settings) -> Iterator[Company]:
    with company(settings) as opened:
        yield opened


def appeal(shop: Company, decision: str, scope: str = "score", **body: Any) -> httpx.Response:
    return shop.as_(scope)("POST", f"/v1/decisions/{decision}/appeal", json=body)


def test_a_decline_is_reviewed_and_waits(shop: Company) -> None:
    first = shop.decided(1, **AMBER)
    made = appeal(shop, first["decision_id"], statement="I run a bakery.").json()
    again = made["decision"]
    assert (first["outcome"], again["outcome"], again["status"]) == (
        "decline", "review", "pending",
    )  # fmt: skip
    assert again["demanded_by"] == ["AMBER"]
    assert made["note"] is None
    waiting = shop.as_("review")("GET", "/v1/decisions?status=pending").json()["decisions"]
    assert [one["decision_id"] for one in waiting] == [again["decision_id"]]
    body = {"decision": again["decision_id"], "outcome": "approve", "reason": "A real bakery."}
    approved = shop.as_("review")("POST", "/v1/overrides", json=body).json()["decision"]
    assert (approved["outcome"], approved["status"]) == ("approve", "final")


def test_the_same_again_gives_the_same_bytes(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    first = appeal(shop, decision, id="a1")
    again = appeal(shop, decision, id="a1")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    other = appeal(shop, shop.decided(2, **AMBER)["decision_id"], id="a1")
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")


def test_a_customer_appeals_once(shop: Company) -> None:
    first = shop.decided(1, **AMBER)["decision_id"]
    current = appeal(shop, first).json()["decision"]["decision_id"]
    for decision in (first, current):
        refused = appeal(shop, decision)
        assert (refused.status_code, refused.json()["code"]) == (409, "already_appealed")


def test_what_nobody_may_let_pass_stands_and_says_so(shop: Company) -> None:
    decision = shop.decided(1, **RED)["decision_id"]
    made = appeal(shop, decision, id="a1")
    assert made.json()["decision"] is None
    assert made.json()["note"] == ("the decision stands, for no appeal changes what RED demands")
    assert appeal(shop, decision, id="a1").content == made.content
    refused = appeal(shop, decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_appealed")


def test_there_is_nothing_to_look_at_in_what_was_approved(shop: Company) -> None:
    made = appeal(shop, shop.decided(1)["decision_id"]).json()
    assert made["decision"] is None
    assert made["note"] == "the decision approves: there is nothing to look at again"


def test_what_has_been_superseded_is_past_appealing(shop: Company) -> None:
    first = shop.decided(1, **GREEN)["decision_id"]
    body = {"decision": first, "outcome": "decline", "reason": "A reseller we know."}
    current = shop.as_("review")("POST", "/v1/overrides", json=body).json()["decision"]
    refused = appeal(shop, first)
    assert (refused.status_code, refused.json()["code"]) == (409, "superseded")
    assert current["decision_id"] in refused.json()["detail"]
    stands = appeal(shop, current["decision_id"]).json()
    assert stands["note"] == "the decision stands, for no appeal changes what override demands"


def test_what_there_is_not_cannot_be_appealed(shop: Company) -> None:
    refused = appeal(shop, "d0")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("write to ana@lima.example", "invalid_input"),
        ("my card is 4111111111111111", "card_number_refused"),
        ("x" * 2001, "invalid_input"),
    ],
)
def test_a_statement_holds_no_identifier(shop: Company, statement: str, code: str) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    refused = appeal(shop, decision, statement=statement)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert "lima" not in refused.text
    assert appeal(shop, decision).status_code == 200  # nothing was recorded before
