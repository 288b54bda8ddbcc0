"""Why a decision is what it is: all that adds up to the margin, and what would have approved."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from features.contract import Bundle, BundleStore, Spread
from features.thresholds import Thresholds
from serving.api import Api
from serving.auth import ApiKeys
from serving.settings import Settings
from tests.serving.bundles import NAMES, bundle
from tests.serving.calling import Caller, opened
from tests.serving.replaying import promote

SIGNUP: dict[str, Any] = {
    "kind": "signup",
    "card": {"funding": "prepaid", "bin": "450875"},
    "session": {"form_seconds": 2.0},
}


def with_usual_values() -> Bundle:
    """A model that knows what its columns mostly were."""
    made = bundle()
    names = dict(zip(NAMES, (0.0, 60.0, 0.0), strict=True))
    spread = tuple(Spread(name, (), (1.0,), 0.0, 20, usual=usual) for name, usual in names.items())
    limits = Thresholds(review=0.2)
    contract = msgspec.structs.replace(made.contract, spread=spread, thresholds=limits)
    return Bundle(contract, made.model)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("explanations") / "home"


@pytest.fixture(scope="module")
def secrets(home: Path) -> dict[str, str]:
    keys = ApiKeys(home)
    admin = keys.create("admin", scopes=("admin",))
    return {"admin": admin, "score": keys.create("shop", scopes=("score",))}


@pytest.fixture(scope="module")
def running(home: Path, secrets: dict[str, str]) -> Iterator[Api]:
    settings = Settings(home=home)
    promote(settings, with_usual_values())
    with opened(settings) as api:
        yield api


@pytest.fixture(scope="module")
def ask(running: Api, secrets: dict[str, str]) -> Caller:
    return Caller(running, secrets["admin"])


_NUMBERS = itertools.count()


def explained(ask: Caller, decision: str, query: str = "") -> dict[str, Any]:
    answer = ask("GET", f"/v1/decisions/{decision}/explanation{query}")
    assert answer.status_code == 200, answer.text
    explanation: dict[str, Any] = answer.json()
    return explanation


def decided(ask: Caller, **fields: Any) -> str:
    own = next(_NUMBERS)
    ids = {"id": f"s{own}", "customer": f"c{own}", "device": {"id": f"d{own}"}}
    event = {**SIGNUP, **ids, **fields}
    decision: str = ask("POST", "/v1/score", json=event).json()["decision_id"]
    return decision


def test_base_and_contributions_are_the_margin(ask: Caller) -> None:
    analysis = explained(ask, decided(ask))["analysis"]
    (model,) = analysis["models"]
    total = model["base"] + sum(factor["contribution"] for factor in model["factors"])
    assert total == pytest.approx(model["margin"], abs=1e-9)
    assert len(model["factors"]) == len(NAMES)
    assert model["probability"] == pytest.approx(0.9, abs=0.6)
    heaviest = model["factors"][0]
    assert (heaviest["signal"], heaviest["value"], heaviest["usual"]) == (
        "card_is_prepaid", 1.0, 0.0,
    )  # fmt: skip
    assert "card_is_prepaid is 1" in heaviest["text"]


def test_the_customers_own_usual_value_is_that_of_the_decision_before(ask: Caller) -> None:
    first = explained(ask, decided(ask, customer="new", session={"form_seconds": 33.0}))
    second = explained(ask, decided(ask, customer="new"))
    assert {one["own_usual"] for one in first["analysis"]["models"][0]["factors"]} == {None}
    own = {one["signal"]: one["own_usual"] for one in second["analysis"]["models"][0]["factors"]}
    assert own["form_seconds"] == 33.0
    assert own["card_is_prepaid"] == 1.0


def test_a_decision_made_again_is_compared_with_what_was_before_its_event(ask: Caller) -> None:
    decided(ask, customer="other", session={"form_seconds": 33.0})
    again = decided(
        ask, customer="other", device=None, card={"funding": "debit"}, session={"mfa_done": False}
    )
    body = {"decision": again, "outcome": "approve", "reason": "known"}
    made = ask("POST", "/v1/overrides", json=body).json()["decision"]["decision_id"]
    factors = explained(ask, made)["analysis"]["models"][0]["factors"]
    assert {one["signal"]: one["own_usual"] for one in factors}["form_seconds"] == 33.0


def test_the_smallest_change_that_would_have_approved(ask: Caller) -> None:
    analysis = explained(ask, decided(ask))["analysis"]
    assert analysis["scorecard"] is None, "a model has decided"
    (change,) = analysis["models"][0]["changes"]
    assert change["moved"] == [{"signal": "card_is_prepaid", "value": 1.0, "usual": 0.0}]
    assert analysis["approved_without"] == ["PREPAID_CARD"]


def test_policies_are_shown_as_they_are_written(ask: Caller) -> None:
    analysis = explained(ask, decided(ask), "?language=nl")["analysis"]
    (policy,) = analysis["policies"]
    assert (policy["id"], policy["override"], policy["snoozed"]) == ("PREPAID_CARD", "red", False)
    assert policy["condition"] == "card_is_prepaid == 1"
    assert "kaart" in policy["text"]
    assert {reason["code"] for reason in analysis["reasons"]} >= {"PREPAID_CARD", "CARD_TYPE"}


def test_who_may_only_score_learns_what_the_customer_may_be_told(
    running: Api, secrets: dict[str, str], ask: Caller
) -> None:
    decision = decided(ask)
    whole = explained(ask, decision, "?language=fr")
    told = explained(Caller(running, secrets["score"]), decision, "?language=fr")
    assert told == {**whole, "analysis": None}
    assert any("carte" in text for text in told["customer_reasons"])
    assert not any("card_is_prepaid" in text or "1" in text for text in told["customer_reasons"])


def test_what_the_scorecard_decided_says_so(ask: Caller) -> None:
    total = {"amount": "5.00", "currency": "EUR"}
    payment = {"kind": "payment", "id": "p", "total": total, "ip": {"address": "203.0.113.9",
               "network_type": "tor"}, "card": {"funding": "prepaid"}}  # fmt: skip
    decision = ask("POST", "/v1/score", json=payment).json()["decision_id"]
    analysis = explained(ask, decision)["analysis"]
    assert analysis["models"] == []
    weights = {one["signal"]: one["points"] for one in analysis["scorecard"]["weights"]}
    assert weights == {"card_is_prepaid": 300, "ip_is_tor": 250, "ip_is_anonymous": 100}
    assert analysis["scorecard"]["weights"][0]["limit"] == "is 1"
    assert analysis["scorecard"]["without"] == ["card_is_prepaid", "ip_is_tor"]
    assert analysis["approved_without"] == ["PREPAID_CARD", "ANON_NETWORK_TOR"]
    assert "NETWORK" in {reason["code"] for reason in analysis["reasons"]}


def test_a_model_that_is_gone_is_missed(ask: Caller, home: Path) -> None:
    decision = decided(ask)
    folder = BundleStore(home).folder("signup", "theft_of_service")
    folder.rename(home / "elsewhere")
    refused = ask("GET", f"/v1/decisions/{decision}/explanation")
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_replay")
    assert "put its bundle back" in refused.json()["detail"]
    (home / "elsewhere").rename(folder)
    assert explained(ask, decision)["analysis"]["models"]


def test_what_cannot_be_asked(ask: Caller) -> None:
    assert ask("GET", "/v1/decisions/d0/explanation").json()["code"] == "not_found"
    refused = ask("GET", "/v1/decisions/d0/explanation?language=de")
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_query")
