"""A person decides instead: what may be let pass, by whom, for how long, and once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from serving.settings import Settings
from tests.serving.calling import writer_held
from tests.serving.disagreeing import AMBER, GREEN, RED, Company, company


@pytest.fixture
def shop(settings: Settings) -> Iterator[Company]:
    with company(settings) as opened:
        yield opened


def override(
    shop: Company, decision: str, outcome: str = "approve", scope: str = "review", **fields: Any
) -> httpx.Response:
    body = {"decision": decision, "outcome": outcome, "reason": "We know them.", **fields}
    return shop.as_(scope)("POST", "/v1/overrides", json=body)


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def test_a_reviewer_approves_what_was_declined(shop: Company) -> None:
    first = shop.decided(1, **AMBER)
    assert first["outcome"] == "decline"
    made = override(shop, first["decision_id"], owner="ana", evidence="ticket 4711").json()
    again, kept = made["decision"], made["override"]
    assert (again["outcome"], again["demanded_by"]) == ("approve", ["override"])
    assert again["supersedes"] == first["decision_id"]
    assert (kept["owner"], kept["evidence"], kept.get("lifted_at")) == ("ana", "ticket 4711", None)
    read = shop.as_("audit")("GET", f"/v1/overrides/{kept['id']}")
    assert read.json() == kept
    assert shop.decided(1, **AMBER) == first  # a retry of the event gets what it got
    other = {"kind": "signup", "id": "later", "customer": "c1", **AMBER}
    assert shop.as_("score")("POST", "/v1/score", json=other).json()["outcome"] == "decline"


def test_who_names_no_owner_owns_it(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    assert override(shop, decision).json()["override"]["owner"] == "review"


def test_the_same_again_gives_the_same_bytes_and_counts_once(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    first = override(shop, decision, id="o1")
    shop.as_("review")("DELETE", "/v1/overrides/o1")
    again = override(shop, decision, id="o1")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content
    found = shop.as_("review")("GET", "/v1/decisions?customer=c1").json()["decisions"]
    assert len(found) == 2
    other = override(shop, decision, id="o1", outcome="review")
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")


def test_an_idempotency_key_names_it(shop: Company) -> None:
    body = {"decision": shop.decided(1, **AMBER)["decision_id"], "outcome": "approve"}
    body |= {"reason": "We know them."}
    sent = {"json": body, "headers": {"idempotency-key": "mine"}}
    first = shop.as_("review")("POST", "/v1/overrides", **sent)
    assert first.json()["override"]["id"] == "mine"
    assert shop.as_("review")("POST", "/v1/overrides", **sent).content == first.content


def test_nobody_overrides_a_red_policy(shop: Company) -> None:
    decision = shop.decided(1, **RED, **AMBER)["decision_id"]
    refused = override(shop, decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_overridable")
    assert "nobody may override RED" in refused.json()["detail"]
    assert shop.as_("audit")("GET", "/v1/overrides?past=true").json()["entries"] == []


def test_green_is_for_whoever_may_score(shop: Company) -> None:
    green, both = shop.decided(1, **GREEN), shop.decided(2, **GREEN, **AMBER)
    assert override(shop, green["decision_id"], scope="score").status_code == 200
    refused = override(shop, both["decision_id"], scope="score")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert refused.json()["detail"].endswith("the scope `review`: AMBER demands it")
    assert override(shop, both["decision_id"]).status_code == 200


def test_whoever_may_score_lets_nobody_pass_later(shop: Company) -> None:
    """An override with an end would let pass what no green policy stops, too."""
    decision = shop.decided(1, **GREEN)["decision_id"]
    refused = override(shop, decision, scope="score", expires_at=in_days(30))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert "leave `expires_at` out" in refused.json()["detail"]
    assert shop.decided(2, **AMBER | {"customer": "c1"})["outcome"] == "decline"
    assert override(shop, decision, expires_at=in_days(30)).status_code == 200


def test_whoever_may_score_stops_nobody(shop: Company) -> None:
    decision = shop.decided(1)["decision_id"]
    refused = override(shop, decision, "decline", scope="score")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert override(shop, decision, "decline").json()["decision"]["outcome"] == "decline"


def test_only_the_current_decision_can_be_overridden(shop: Company) -> None:
    first = shop.decided(1, **AMBER)["decision_id"]
    current = override(shop, first).json()["decision"]["decision_id"]
    refused = override(shop, first, "decline")
    assert (refused.status_code, refused.json()["code"]) == (409, "superseded")
    assert current in refused.json()["detail"]
    assert override(shop, current, "decline").json()["decision"]["outcome"] == "decline"


def test_with_an_end_it_holds_for_what_comes_later_until_it_is_lifted(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    made = override(shop, decision, expires_at=in_days(30)).json()["override"]
    again = {"kind": "signup", "customer": "c1", **AMBER}
    score = shop.as_("score")
    assert score("POST", "/v1/score", json={**again, "id": "a"}).json()["outcome"] == "approve"
    lifted = shop.as_("review")("DELETE", f"/v1/overrides/{made['id']}")
    assert lifted.json()["lifted_at"] is not None
    assert shop.as_("review")("DELETE", f"/v1/overrides/{made['id']}").json() == lifted.json()
    assert score("POST", "/v1/score", json={**again, "id": "b"}).json()["outcome"] == "decline"
    stays = score("GET", "/v1/decisions?event=s1&current=true").json()["decisions"]
    assert [one["outcome"] for one in stays] == ["approve"]


def test_those_in_force_are_listed_and_past_ones_on_request(shop: Company) -> None:
    ids = []
    for number in range(3):
        decision = shop.decided(number, **AMBER)["decision_id"]
        ids.append(override(shop, decision, expires_at=in_days(1)).json()["override"]["id"])
    ask = shop.as_("audit")
    shop.as_("review")("DELETE", f"/v1/overrides/{ids[1]}")

    def listed(query: str) -> tuple[list[str], str | None]:
        answer = ask("GET", f"/v1/overrides{query}").json()
        return [one["id"] for one in answer["entries"]], answer["next"]

    assert listed("") == ([ids[2], ids[0]], None)
    assert listed("?past=true") == (ids[::-1], None)
    page, cursor = listed("?past=true&limit=2")
    assert page == [ids[2], ids[1]]
    assert listed(f"?past=true&limit=2&cursor={cursor}") == ([ids[0]], None)
    assert ask("GET", "/v1/overrides?limit=none").json()["code"] == "invalid_query"
    assert ask("GET", f"/v1/overrides/{ids[0]}?x=1").json()["code"] == "invalid_query"


def test_one_that_changes_nothing_still_stands(shop: Company) -> None:
    decision = shop.decided(1)["decision_id"]
    made = override(shop, decision, expires_at=in_days(1), id="o").json()
    assert made["decision"] is None
    assert override(shop, decision, expires_at=made["override"]["expires_at"], id="p").json()
    later = {"kind": "signup", "id": "later", "customer": "c1", **AMBER}
    assert shop.as_("score")("POST", "/v1/score", json=later).json()["outcome"] == "approve"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"decision": "d0"}, "/decision"),
        ({"outcome": "challenge"}, "/outcome"),
        ({"reason": ""}, "/reason"),
        ({"reason": "ask ana@lima.example"}, "/reason"),
        ({"owner": "ana@lima.example"}, "/owner"),
        ({"expires_at": in_days(-1)}, "/expires_at"),
        ({"expires_at": in_days(400)}, "/expires_at"),
        ({"expires_at": "tomorrow"}, "/expires_at"),
    ],
)
def test_what_cannot_be_decreed_is_pointed_at(
    shop: Company, fields: dict[str, str], pointer: str
) -> None:
    body = {"decision": shop.decided(1, **AMBER)["decision_id"], "outcome": "approve"}
    body |= {"reason": "We know them.", **fields}
    refused = shop.as_("review")("POST", "/v1/overrides", json=body)
    assert (refused.status_code, refused.json()["pointer"]) == (422, pointer)
    assert "lima" not in refused.text
    assert shop.as_("audit")("GET", "/v1/overrides?past=true").json()["entries"] == []


def test_nobody_is_held_to_what_names_no_customer(shop: Company) -> None:
    total = {"amount": "5.00", "currency": "EUR"}
    payment = {"kind": "payment", "id": "p", "total": total}
    decision = shop.as_("score")("POST", "/v1/score", json=payment).json()["decision_id"]
    refused = override(shop, decision, "decline", expires_at=in_days(1))
    assert (refused.status_code, refused.json()["pointer"]) == (422, "/expires_at")
    assert override(shop, decision, "decline").status_code == 200


def test_a_card_number_is_refused_unseen(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    refused = override(shop, decision, reason="card 4111 1111 1111 1111")
    assert (refused.status_code, refused.json()["code"]) == (422, "card_number_refused")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_was_never_decreed_is_not_found(shop: Company, method: str) -> None:
    refused = shop.as_("review")(method, "/v1/overrides/o0")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_an_unknown_field_is_left_out(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    assert override(shop, decision, colour="red").json()["warnings"] == [
        "unknown field left out: /colour"
    ]


def test_nothing_is_promised_while_the_disk_does_not_answer(shop: Company) -> None:
    decision = shop.decided(1, **AMBER)["decision_id"]
    with writer_held(shop.api):
        held = override(shop, decision, id="o1")
    assert (held.status_code, held.json()["code"]) == (503, "unconfirmed")
    assert override(shop, decision, id="o1").json()["decision"]["outcome"] == "approve"
