"""Reasons: policies first, then what raised the risk, in three languages."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from features.booster import Floats
from features.catalogue import CATALOGUE
from features.contract import Column, Spread
from features.decide.policies import Hit, Policy
from features.decide.reasons import (
    LEAST_CONTRIBUTION,
    MOST_FACTORS,
    Explainer,
    Factor,
    customer_reasons,
    reasons,
)
from features.decide.scorecard import Fired, Scorecard, Weight
from features.decide.texts import LANGUAGES, Language
from features.decide.weights import DOOR

POLICY = Policy(
    id="NO_MFA",
    moments=("signup",),
    when="mfa_done == 0",
    outcome="challenge",
    unknown="challenge",
    analyst="No second factor.",
    customer="Please confirm who you are.",
    owner="o",
)
DERIVED = {column.name: column for column in CATALOGUE.derived("signup")}


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "", DERIVED[name].categories) for name in names)


def explained(names: tuple[str, ...], given: list[float], row: list[float]) -> tuple[Factor, ...]:
    def contributions(_: Floats) -> Floats:
        return np.array([*given, -3.0])

    spread = [
        Spread("form_seconds", (), (1.0,), 0.0, 9, usual=41.5),
        Spread("card_funding", (), (1.0,), 0.0, 9, named=True, usual=1.0),
    ]
    explainer = Explainer(columns(*names), DERIVED.values(), contributions, spread)
    assert explainer.base == -3.0
    return explainer(np.array(row))


def test_signals_of_one_code_are_one_factor_led_by_what_pulls_most_its_way() -> None:
    names = ("form_seconds", "card_is_prepaid", "accounts_on_device_24h", "card_funding")
    first, second, third = explained(names, [0.5, -0.4, 0.1, 2.0], [np.nan, 1.0, 4.0, 2.0])
    assert first == Factor(
        "CARD_TYPE", 1.6, "card_funding", "prepaid", "debit", DERIVED["card_funding"].why
    )
    assert (second.code, second.value, second.usual) == ("BEHAVIOUR", None, 41.5)
    assert (third.code, third.signal, third.usual) == (
        "DEVICE_VELOCITY",
        "accounts_on_device_24h",
        None,
    )


def test_an_older_version_of_a_column_has_its_code() -> None:
    older = [column for column in DERIVED.values() if column.name == "form_seconds"]
    explainer = Explainer(
        columns("form_seconds"), older, lambda row: np.array([float(np.isnan(row[0])), 0.0])
    )
    assert [one.code for one in explainer(np.array([1.0]))] == ["BEHAVIOUR"]


def factor(code: str, contribution: float) -> Factor:
    return Factor(code, contribution, "form_seconds", 2.0, 41.5)


def test_policies_come_first_then_the_heaviest_that_raise_the_risk() -> None:
    codes = ("BEHAVIOUR", "NETWORK", "ORDER", "PHONE", "COMPANY", "ADDRESS")
    factors = [factor(code, 1.0 - place / 10) for place, code in enumerate(codes)]
    factors.insert(1, factor("CARD_TYPE", -2.0))
    given = reasons([Hit(POLICY, unknown=False)], (), factors)
    assert [one.code for one in given] == ["NO_MFA", *codes[:MOST_FACTORS]]
    policy, heaviest, *_ = given
    assert (policy.text, policy.limit) == ("No second factor.", "mfa_done == 0")
    assert heaviest.text == ("How the form was filled in: form_seconds is 2, usually 41.5.")
    assert (heaviest.value, heaviest.usual, heaviest.contribution) == (2.0, 41.5, 1.0)
    assert reasons((), (), [factor("ORDER", LEAST_CONTRIBUTION * 0.99)]) == ()


def test_a_shadow_is_no_reason_and_what_cannot_be_told_says_so() -> None:
    shadow = Hit(replace(POLICY, shadow=True), unknown=False)
    assert reasons([shadow], ()) == ()
    (unknown,) = reasons([Hit(POLICY, unknown=True)], (), language="nl")
    assert unknown.text == "Dit kon niet worden vastgesteld: mfa_done == 0"


def test_weights_have_the_codes_of_the_model_and_say_value_and_limit() -> None:
    plan = CATALOGUE.plan("signup")
    vector = np.full(len(plan.names), np.nan)
    vector[plan.position["accounts_on_device_24h"]] = 4
    vector[plan.position["form_seconds"]] = 2
    _, fired = Scorecard(DOOR, plan.position).points(vector)
    first, second = reasons((), fired)
    assert (first.code, first.value, first.limit) == ("DEVICE_VELOCITY", 4.0, "at least 3")
    assert first.text == "Accounts on the device: accounts_on_device_24h is 4."
    assert (second.code, second.contribution) == ("BEHAVIOUR", None)


def test_what_vouch_does_not_ship_speaks_in_its_declaration_s_words() -> None:
    weight = Weight("purchases_24h", "at least", 4, 450, "The card is used in a row.")
    (one,) = reasons((), [Fired(weight, 5.0)])
    assert (one.code, one.text) == (
        "PURCHASES",
        "The card is used in a row: purchases_24h is 5.",
    )
    assert one.customer_text == LANGUAGES["en"].other.customer


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "How the form was filled in: form_seconds is unknown."),
        ("fr", "Façon de remplir le formulaire : form_seconds est inconnu."),
        ("nl", "Hoe het formulier werd ingevuld: form_seconds is onbekend."),
    ],
)
def test_the_language_is_the_reader_s(language: Language, text: str) -> None:
    unknown = Factor("BEHAVIOUR", 1.0, "form_seconds", None, 41.5)
    (one,) = reasons((), (), [unknown], language)
    assert one.text == text


def test_a_customer_is_told_each_thing_once_and_neither_value_nor_limit() -> None:
    factors = [factor("TIME_OF_DAY", 2.0), factor("BEHAVIOUR", 1.0), factor("ORDER", 0.9)]
    told = customer_reasons(reasons([Hit(POLICY, unknown=False)], (), factors))
    words = LANGUAGES["en"].texts
    assert told == (
        "Please confirm who you are.",
        words["BEHAVIOUR"].customer,
        words["ORDER"].customer,
    )
