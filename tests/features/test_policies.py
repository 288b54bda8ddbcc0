"""Policies: what is unknown is not false, and what cannot work is refused when it is loaded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies, Policy
from features.decide.policy import Texts
from features.errors import InvalidDeclaration

NAMES = names(CATALOGUE)
SHIPPED_POLICIES = Policies.load(SHIPPED, NAMES)


def policy(**changes: Any) -> Policy:
    fields: dict[str, Any] = {
        "id": "P",
        "moments": ("signup",),
        "when": "seats >= 10",
        "outcome": "review",
        "analyst": "a",
        "customer": "c",
        "owner": "risk",
    }
    return Policy(**{**fields, **changes})


def hits(values: dict[str, float | str], moment: str = "signup") -> dict[str, str]:
    values = {"card_is_sent": 0.0, **values}  # at the door it is always known whether one was sent
    return {hit.policy.id: hit.outcome for hit in SHIPPED_POLICIES.evaluate(moment, values, at=0)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, {}),
        ({"card_is_sent": 0.0}, {}),
        ({"card_is_sent": 1.0, "card_is_prepaid": 0.0}, {}),
        ({"card_is_sent": 1.0, "card_is_prepaid": 1.0}, {"PREPAID_CARD": "decline"}),
        ({"card_is_sent": 1.0}, {"PREPAID_CARD": "review"}),  # funding unknown
        ({"mfa_done": 0.0}, {"NO_MFA_AT_SIGNUP": "challenge"}),
        ({"mfa_done": 1.0}, {}),
        ({"email_is_disposable": 1.0}, {"DISPOSABLE_EMAIL": "challenge"}),
        ({"ip_is_tor": 1.0}, {"ANON_NETWORK_TOR": "review"}),
        ({"accounts_on_device_10m": 1.0}, {"SIGNUP_BURST": "review"}),
        ({"accounts_on_device_10m": 0.0}, {}),
    ],
)
def test_shipped_policies_at_signup(
    values: dict[str, float | str], expected: dict[str, str]
) -> None:
    assert hits(values) == expected


def test_or_is_true_when_either_side_is_known_to_be() -> None:
    assert hits({"cards_on_device_1h": 5.0}, "payment") == {"CARD_TESTING": "review"}
    assert hits({"declines_on_card_24h": 5.0}, "payment") == {"CARD_TESTING": "review"}
    assert hits({"cards_on_device_1h": 1.0}, "payment") == {}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"when": "seats >="}, "the condition of P cannot be read"),
        ({"when": "seat >= 10"}, "did you mean seats"),
        ({"moments": ("signups", "payment")}, "asked at signups: write some of signup, payment"),
        ({"moments": ()}, "asked at nowhere: write some of signup"),
    ],
)
def test_policies_that_cannot_work_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        Policies([policy(**changes)], NAMES, "d")


def test_two_policies_of_one_name_are_refused() -> None:
    with pytest.raises(InvalidDeclaration, match="rename one"):
        Policies([policy(), policy()], NAMES, "d")


def test_texts_are_said_in_a_language_or_in_english() -> None:
    texts = Texts(en="Wait.", fr="Attendez.")
    rule = policy(customer=texts)
    assert [rule.said("customer", one) for one in ("en", "fr", "nl", "de")] == [
        "Wait.", "Attendez.", "Wait.", "Wait.",
    ]  # fmt: skip
    assert (rule.said("analyst"), rule.said("analyst", "nl")) == ("a", "a")


@pytest.mark.parametrize(
    ("written", "microseconds"),
    [("30m", 1_800_000_000), ("24h", 86_400_000_000), ("7d", 604_800_000_000)],
)
def test_answers_are_awaited_for_a_duration(written: str, microseconds: int) -> None:
    assert policy(answer_within=written).answer_within_us == microseconds


def test_a_policy_is_asked_on_its_last_day_and_not_after_it() -> None:
    rules = Policies(
        [policy(id="ENDS", valid_until=date(1970, 1, 2)), policy(id="STAYS")], NAMES, "d"
    )
    day = 24 * 3600 * 1_000_000

    def hit(at: int) -> list[str]:
        return [one.policy.id for one in rules.evaluate("signup", {"seats": 10.0}, at)]

    assert hit(0) == hit(2 * day - 1) == ["ENDS", "STAYS"]
    assert hit(2 * day) == ["STAYS"]
    assert policy(valid_until=date.max).ends == policy().ends


def test_an_empty_file_is_no_policy() -> None:
    assert Policies([], NAMES, "d").evaluate("signup", {"mfa_done": 0.0}, at=0) == ()
