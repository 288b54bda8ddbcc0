"""Lists and snoozes: what somebody wrote down counts from the next event on, until it ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from serving.api import Api
from serving.auth import ApiKeys, ScopeName
from serving.settings import Settings
from tests.serving.calling import Caller, opened

EMAIL = "ana@lima.example"


def soon(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**(later or {"days": 30}))).isoformat()


def listing(name: str = "block", field: str = "device", **fields: Any) -> dict[str, Any]:
    return {
        "list": name,
        "field": field,
        "value": "device-1",
        "reason": "nine stolen cards in one night",
        **fields,
    }


def snooze(**fields: Any) -> dict[str, Any]:
    return {
        "customer": "c1",
        "policy": "NO_MFA_AT_SIGNUP",
        "reason": "known for years",
        "expires_at": soon(),
        **fields,
    }


def signup(number: int, **fields: Any) -> dict[str, Any]:
    return {"kind": "signup", "id": f"s{number}", "customer": f"c{number}", **fields}


def made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def outcome(call: Caller, number: int, **fields: Any) -> tuple[str, list[str]]:
    answer = made(call("POST", "/v1/score", json=signup(number, **fields)))
    held = [policy["id"] for policy in answer["policies"] if not policy.get("shadow")]
    return answer["outcome"], held


def with_scope(api: Api, settings: Settings, *scopes: ScopeName) -> Caller:
    """A caller who may do no more than this."""
    name = "-".join(scopes)
    caller = Caller(api, ApiKeys(settings.home).create(name, scopes=scopes))
    api._gate._checked_at = 0  # type: ignore[union-attr]
    return caller


def test_a_device_on_the_block_list_is_declined_until_it_is_taken_off(call: Caller) -> None:
    device = {"device": {"id": "device-1"}}
    assert outcome(call, 1, **device)[0] == "approve"
    entry = made(call("POST", "/v1/lists", json=listing(owner="risk")))
    assert (entry["kind"], entry["list"], entry["field"]) == ("listing", "block", "device")
    assert (entry["owner"], entry["in_force"]) == ("risk", True)
    blocked, held = outcome(call, 2, **device)
    assert (blocked, held[0]) == ("decline", "BLOCK_LISTED")
    assert outcome(call, 3, device={"id": "device-2"})[0] == "approve"
    lifted = made(call("DELETE", f"/v1/lists/{entry['id']}"))
    assert (lifted["in_force"], lifted["lifted_at"] > entry["known_at"]) == (False, True)
    assert outcome(call, 4, **device)[0] != "decline"
    assert made(call("DELETE", f"/v1/lists/{entry['id']}")) == lifted, "once is enough"


@pytest.mark.parametrize(
    ("field", "value", "event"),
    [
        ("email", "Ana+shop@Lima.example", {"email": EMAIL}),
        ("email_domain", "LIMA.example", {"email": EMAIL}),
        ("phone", "+351 912 345 678", {"phone": "+351912345678"}),
        ("ip", "203.0.113.24", {"ip": {"address": "203.0.113.24"}}),
        ("network", "203.0.113.99", {"ip": {"address": "203.0.113.24"}}),
        ("card", "fp-1", {"card": {"fingerprint": "fp-1", "funding": "credit"}}),
        ("tax_id", "pt 123 456", {"company": {"tax_id": "PT123456"}}),
        ("name", "ana  LIMA", {"contact": {"first_name": "Ana", "last_name": "Lima"}}),
        (
            "address",
            "Rua Augusta 24 | | 1100-053 | PT",
            {"address": {"line1": "rua augusta 24", "postal_code": "1100-053", "country": "PT"}},
        ),
        ("country", "PT", {"address": {"country": "PT"}}),
        ("customer", "c1", {}),
        ("reseller", "r1", {"reseller": "r1"}),
        ("promo", "Spring", {"order": {"promo_code": "SPRING"}}),
    ],
)
def test_whatever_an_event_names_can_be_watched(
    api: Api, call: Caller, field: str, value: str, event: dict[str, Any]
) -> None:
    entry = made(call("POST", "/v1/lists", json=listing("watch", field, value=value)))
    assert outcome(call, 1, **event)[1] == ["WATCH_LISTED"]
    assert outcome(call, 2)[1] == []
    sought = made(call("POST", "/v1/lists/match", json={"field": field, "value": value}))
    assert (sought["lists"], [one["id"] for one in sought["entries"]]) == (["watch"], [entry["id"]])
    plain = field in ("customer", "reseller", "country")
    assert (value in str(list(api._scorer.ledger.decrees()))) == plain  # type: ignore[union-attr]


def test_the_allow_list_lets_pass_what_a_person_may_let_pass(call: Caller) -> None:
    made(call("POST", "/v1/lists", json=listing("allow", "customer", value="c1")))
    made(call("POST", "/v1/lists", json=listing("allow", "customer", value="c2")))
    assert outcome(call, 1, session={"mfa_done": False})[0] == "approve"
    assert outcome(call, 2, card={"funding": "prepaid"})[0] == "decline", "red policies stand"


def test_an_entry_ends_when_it_says(settings: Settings, key: str) -> None:
    with opened(settings) as api:
        call = Caller(api, key)
        made(call("POST", "/v1/lists", json=listing(expires_at=soon(days=1))))
        scorer = api._scorer
        assert scorer is not None
        clock = scorer._clock
        assert clock is not None
        scorer._clock = lambda: clock() + 2 * 86_400_000_000
        assert outcome(call, 2, device={"id": "device-1"})[0] == "approve"
        assert made(call("GET", "/v1/lists"))["entries"] == []
        (past,) = made(call("GET", "/v1/lists?past=true"))["entries"]
        assert not past["in_force"]


def test_lists_are_known_after_a_restart(settings: Settings, key: str) -> None:
    with opened(settings) as api:
        entry = made(Caller(api, key)("POST", "/v1/lists", json=listing()))
    with opened(settings) as api:
        call = Caller(api, key)
        assert made(call("GET", f"/v1/lists/{entry['id']}")) == entry
        assert outcome(call, 1, device={"id": "device-1"})[0] == "decline"


def test_lists_are_read_a_page_at_a_time(call: Caller) -> None:
    for number in range(5):
        made(call("POST", "/v1/lists", json=listing(value=f"device-{number}", id=f"e{number}")))
    made(call("POST", "/v1/lists", json=listing("watch", "country", value="PT", id="pt")))
    first = made(call("GET", "/v1/lists?list=block&limit=3"))
    assert [entry["id"] for entry in first["entries"]] == ["e4", "e3", "e2"]
    rest = made(call("GET", f"/v1/lists?list=block&limit=3&cursor={first['next']}"))
    assert [entry["id"] for entry in rest["entries"]] == ["e1", "e0"]
    assert rest["next"] is None
    (pt,) = made(call("GET", "/v1/lists?field=country"))["entries"]
    assert pt["id"] == "pt"
    made(call("DELETE", "/v1/lists/e4"))
    listed = made(call("GET", "/v1/lists"))["entries"]
    assert [entry["id"] for entry in listed] == ["pt", "e3", "e2", "e1", "e0"]
    assert len(made(call("GET", "/v1/lists?past=true"))["entries"]) == 6


def test_the_same_again_changes_nothing(api: Api, call: Caller) -> None:
    name = {"idempotency-key": "night-7"}
    first = call("POST", "/v1/lists", json=listing(), headers=name)
    again = call("POST", "/v1/lists", json=listing(), headers=name)
    assert again.content == first.content
    assert (made(first)["id"], again.headers["idempotent-replayed"]) == ("night-7", "true")
    assert len(list(api._scorer.ledger.decrees())) == 1  # type: ignore[union-attr]
    other = call("POST", "/v1/lists", json=listing("watch"), headers=name)
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")


def test_a_policy_is_silent_for_one_customer(call: Caller) -> None:
    suspicious = {"session": {"mfa_done": False}}
    asked = made(call("POST", "/v1/snoozes", json=snooze(owner="ana")))
    assert (asked["kind"], asked["policy"], asked["owner"]) == ("snooze", "NO_MFA_AT_SIGNUP", "ana")
    answer = made(call("POST", "/v1/score", json=signup(1, **suspicious)))
    assert answer["outcome"] == "approve"
    assert [one["id"] for one in answer["policies"] if one.get("snoozed")] == ["NO_MFA_AT_SIGNUP"]
    codes = [one["code"] for one in answer["reasons"]]
    assert "NO_MFA_AT_SIGNUP" not in codes, "what was silent is no reason"
    why = made(call("GET", f"/v1/decisions/{answer['decision_id']}/explanation"))
    assert "Please confirm your sign-up with a second factor." not in why["customer_reasons"]
    assert [one["code"] for one in why["analysis"]["reasons"]] == codes
    assert made(call("GET", "/v1/policies/NO_MFA_AT_SIGNUP"))["hits"] == 0
    assert outcome(call, 2, **suspicious)[0] == "challenge"
    assert made(call("GET", "/v1/snoozes?customer=c1&policy=NO_MFA_AT_SIGNUP"))["entries"] == [
        asked
    ]
    assert made(call("GET", "/v1/snoozes?customer=c2"))["entries"] == []
    assert made(call("GET", f"/v1/snoozes/{asked['id']}")) == asked
    (about,) = made(call("GET", "/v1/customers/c1"))["decrees"]
    assert about == asked
    made(call("DELETE", f"/v1/snoozes/{asked['id']}"))
    assert made(call("GET", "/v1/snoozes"))["entries"] == []
    again = {**signup(1, **suspicious), "id": "s1-again"}
    assert made(call("POST", "/v1/score", json=again))["outcome"] == "challenge"
    kinds = [
        line["entry"]["kind"]
        for text in call("GET", "/v1/customers/c1/export").text.splitlines()
        if "entry" in (line := httpx.Response(200, text=text).json())
    ]
    assert kinds[0] == "snooze"
    assert "lift" in kinds, "what was decreed about a customer is the customer's to know"


def test_what_a_customer_used_is_found_on_lists(call: Caller) -> None:
    made(call("POST", "/v1/score", json=signup(1, device={"id": "device-1"})))
    entry = made(call("POST", "/v1/lists", json=listing()))
    assert made(call("GET", "/v1/customers/c1"))["decrees"] == [entry]


@pytest.mark.parametrize(
    ("body", "code", "pointer", "said"),
    [
        (listing("grey"), "invalid_input", "/list", "allow, block, watch"),
        (listing(field="shoe_size"), "invalid_input", "/field", "must be one of customer"),
        (listing(field="email", value="ana"), "invalid_input", "/value", "no email"),
        (listing(field="phone", value="12"), "invalid_input", "/value", "no phone"),
        (listing(field="country", value="Peru"), "invalid_input", "/value", "two capital"),
        (listing(field="customer", value=EMAIL), "invalid_input", "/value", "e-mail address"),
        (listing(field="address", value="1 Main"), "invalid_input", "/value", r"line1\|line2"),
        (listing(field="email_domain", value="Gmail.com"), "invalid_input", "/value", "everybody"),
        (listing(field="email_domain", value=EMAIL), "invalid_input", "/value", "behind the @"),
        (listing(field="email", value="ada"), "invalid_input", "/value", "write name@"),
        (listing(field="phone", value="0475 1"), "invalid_input", "/value", "with a +"),
        (listing(field="ip", value="300.1.1.1"), "invalid_input", "/value", "IPv4 or IPv6"),
        (
            listing(field="network", value="203.0.113.0/24"),
            "invalid_input",
            "/value",
            "write one address of it",
        ),
        (listing(reason=""), "invalid_input", "/reason", "length"),
        (listing(reason=EMAIL), "invalid_input", "/reason", "e-mail address"),
        (listing(owner=EMAIL), "invalid_input", "/owner", "e-mail address"),
        (listing(reason="4111 1111 1111 1111"), "card_number_refused", None, "card number"),
        (listing(expires_at=soon(days=-1)), "invalid_input", "/expires_at", "in the future"),
        (listing(expires_at=soon(days=4000)), "invalid_input", "/expires_at", "3650 days"),
        (listing(value=""), "invalid_input", "/value", "length"),
    ],
)
def test_what_cannot_be_listed_is_refused(
    api: Api, call: Caller, body: dict[str, Any], code: str, pointer: str | None, said: str
) -> None:
    refused = call("POST", "/v1/lists", json=body)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem.get("pointer")) == (422, code, pointer)
    assert said.replace("\\", "") in problem["detail"]
    assert EMAIL not in refused.text
    assert list(api._scorer.ledger.decrees()) == []  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        (snooze(policy="NO_MFA_AT_LOGIN"), 422, "invalid_input", "did you mean NO_MFA_AT_SIGNUP?"),
        (snooze(policy="PREPAID_CARD"), 409, "not_overridable", "PREPAID_CARD is red"),
        (snooze(expires_at=soon(days=91)), 422, "invalid_input", "90 days"),
        (snooze(expires_at=soon(hours=-1)), 422, "invalid_input", "in the future"),
        ({**snooze(), "expires_at": None}, 422, "invalid_input", "Expected"),
        (snooze(customer=EMAIL), 422, "invalid_input", "e-mail address"),
    ],
)
def test_what_cannot_be_snoozed_is_refused(
    api: Api, call: Caller, body: dict[str, Any], status: int, code: str, said: str
) -> None:
    refused = call("POST", "/v1/snoozes", json=body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert said in refused.json()["detail"]
    assert list(api._scorer.ledger.decrees()) == []  # type: ignore[union-attr]


def test_the_allow_list_is_for_reviewers(api: Api, settings: Settings, call: Caller) -> None:
    analyst, reviewer = with_scope(api, settings, "policy"), with_scope(api, settings, "review")
    made(analyst("POST", "/v1/lists", json=listing()))
    refused = analyst("POST", "/v1/lists", json=listing("allow"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    entry = made(reviewer("POST", "/v1/lists", json=listing("allow")))
    assert analyst("DELETE", f"/v1/lists/{entry['id']}").status_code == 403
    assert made(reviewer("DELETE", f"/v1/lists/{entry['id']}"))["lifted_at"]
    assert entry["owner"] == "review", "who names nobody owns it"


@pytest.mark.parametrize("path", ["/v1/lists/e9", "/v1/snoozes/z9"])
def test_what_is_not_there_is_not_found(call: Caller, path: str) -> None:
    made(call("POST", "/v1/lists", json=listing(id="z9")))
    made(call("POST", "/v1/snoozes", json=snooze(id="e9")))
    for method in ("GET", "DELETE"):
        refused = call(method, path)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "asked",
    ["/v1/lists?list=grey", "/v1/lists?field=hat", "/v1/lists?past=x", "/v1/snoozes?list=allow",
     "/v1/lists?limit=0", "/v1/snoozes?cursor=-", "/v1/lists/x?past=true"],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_refused(call: Caller, asked: str) -> None:
    refused = call("GET", asked)
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")


def test_a_value_that_nobody_could_send_is_not_sought(call: Caller) -> None:
    refused = call("POST", "/v1/lists/match", json={"field": "ip", "value": "300.1.1.1"})
    assert (refused.status_code, refused.json()["pointer"]) == (422, "/value")
    nothing = made(call("POST", "/v1/lists/match", json={"field": "ip", "value": "10.1.1.1"}))
    assert nothing == {"lists": [], "entries": [], "warnings": []}
