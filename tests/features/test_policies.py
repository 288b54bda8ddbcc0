"""Policies: what is unknown is not false, and what cannot work is refused when it is loaded."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.policies import Policies, Policy
from features.decide.policy import Texts
from features.errors import InvalidDeclaration

NAMES = names(CATALOGUE)


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


EITHER = Policies([policy(when="seats >= 10 || mfa_done == 0", unknown="challenge")], NAMES, "d")


@pytest.mark.parametrize(
    ("values", "outcomes"),
    [
        ({"seats": 10.0, "mfa_done": 1.0}, ["review"]),
        ({"seats": 9.0, "mfa_done": 1.0}, []),
        ({"seats": 10.0}, ["review"]),  # true whatever the other is
        ({"mfa_done": 1.0}, ["challenge"]),
        ({}, ["challenge"]),
    ],
)
def test_or_absorbs_what_it_can_and_the_rest_is_unknown(
    values: dict[str, float | str], outcomes: list[str]
) -> None:
    hits = EITHER.evaluate("signup", values, at=0)
    assert [hit.outcome for hit in hits] == outcomes
    assert all(hit.unknown == (hit.outcome == "challenge") for hit in hits)


def test_what_is_unknown_and_ignored_is_no_hit() -> None:
    assert Policies([policy()], NAMES, "d").evaluate("signup", {}, at=0) == ()


def test_the_shadow_is_told() -> None:
    rules = Policies([policy(shadow=True)], NAMES, "d")
    (hit,) = rules.evaluate("signup", {"seats": 10.0}, at=0)
    assert hit.policy.shadow


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
