"""The policies that Vouch ships, each with values that hit, that do not, and that are unknown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.catalogue import CATALOGUE
from features.decide.evidence import EVIDENCE
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.decide.policy import Texts
from features.events import Alert, Profile
from features.facts import Door, Entry
from features.online import vector as online_vector
from features.reference import load
from features.state.embedded import EmbeddedState
from features.tokens import Tokenizer

NAMES = names(CATALOGUE)
POLICIES = Policies.load(SHIPPED, NAMES)
BY_ID = {policy.id: policy for policy in POLICIES.policies}

Values = dict[str, float | str]
NEW: Values = {"hours_since_signup": 24.0, "order_amount": 500000.0}
MACHINES: Values = {"machines_created_1h": 10.0, "public_ips_created_24h": 10.0}
GRAPHICS: Values = {"gpu_share": 0.9, "spend_spike": 8.0, "mining_approvals_365d": 0.0}
MINING: Values = {
    "mining_alerts_7d": 1.0,
    "mining_approvals_365d": 0.0,
    "harmless_mining_alerts_7d": 0.0,
}
TRACES: Values = {"traces_deleted_24h": 1.0, "roles_granted_24h": 0.0, "credentials_added_24h": 1.0}
TESTED: Values = {
    "cards_on_device_1h": 0.0,
    "declines_on_card_24h": 0.0,
    "failed_code_checks_on_card_24h": 0.0,
}
#: For each policy what hits it, and what only just does not.
TABLE: list[tuple[str, Values, Values]] = [
    ("BLOCK_LISTED", {"on_block_list": 1.0}, {"on_block_list": 0.0}),
    ("WATCH_LISTED", {"on_watch_list": 1.0}, {"on_watch_list": 0.0}),
    ("SANCTIONED_COUNTRY", {"country_is_sanctioned": 1.0}, {"country_is_sanctioned": 0.0}),
    ("PREPAID_CARD", {"card_is_prepaid": 1.0}, {"card_is_prepaid": 0.0}),
    ("STORED_VALUE_CARD", {"card_funding": "stored_value"}, {"card_funding": "credit"}),
    ("CARD_REQUIRED_AT_SIGNUP", {"card_is_sent": 0.0}, {"card_is_sent": 1.0}),
    ("CARD_TESTING", {**TESTED, "cards_on_device_1h": 4.0}, {**TESTED, "cards_on_device_1h": 3.0}),
    ("CARD_TESTING", {"declines_on_card_24h": 5.0}, {**TESTED, "declines_on_card_24h": 4.0}),
    ("CARD_TESTING", {"failed_code_checks_on_card_24h": 3.0}, TESTED),
    ("CVC_FAIL", {"cvc": "fail"}, {"cvc": "unavailable"}),
    ("AVS_FAIL", {"avs_line1": "fail", "avs_postal": "fail"}, {"avs_postal": "pass"}),
    ("THREE_D_SECURE_FAILED", {"three_d_secure": "failed"}, {"three_d_secure": "attempted"}),
    ("NO_MFA_AT_SIGNUP", {"mfa_done": 0.0}, {"mfa_done": 1.0}),
    ("DISPOSABLE_EMAIL", {"email_is_disposable": 1.0}, {"email_is_disposable": 0.0}),
    ("ANON_NETWORK_TOR", {"ip_is_tor": 1.0}, {"ip_is_tor": 0.0}),
    ("SIGNUP_BURST", {"accounts_on_device_10m": 1.0},
     {"accounts_on_device_10m": 0.0, "signup_burst_on_network": 4.0}),
    ("SIGNUP_BURST", {"signup_burst_on_network": 5.0},
     {"accounts_on_device_10m": 0.0, "signup_burst_on_network": 0.0}),
    ("LABELLED_BAD_LINK", {"most_bad_customers_linked": 1.0}, {"most_bad_customers_linked": 0.0}),
    ("BUSINESS_CHECK_MISMATCH", {"registry_name_match": 0.0}, {"registry_name_match": 1.0}),
    ("PREPAY_FIRST_ORDER", {**NEW, "payments_of_customer_30d": 0.0},
     {**NEW, "payments_of_customer_30d": 1.0}),
    ("CALL_BEFORE_LARGE_ORDER", {**NEW, "contacts_made_365d": 0.0},
     {**NEW, "contacts_made_365d": 1.0}),
    ("PROVISION_BEFORE_PAYMENT", {"spend_first_72h": 50000.0, "received_90d": 0.0},
     {"spend_first_72h": 50000.0, "received_90d": 100.0}),
    ("BILL_OVERDUE", {"oldest_overdue_days": 8.0}, {"oldest_overdue_days": 0.0}),
    ("MICROSOFT_FRAUD_ALERT_ACTIVE", {"open_alert_severity": 3.0}, {"open_alert_severity": 2.0}),
    ("ACTIVE_ALERT_AND_SPIKE", {"alerts_of_customer_30d": 1.0, "spend_spike": 6.0},
     {"alerts_of_customer_30d": 1.0, "spend_spike": 5.9}),
    ("MINING_WITHOUT_APPROVAL", MINING, {**MINING, "mining_approvals_365d": 1.0}),
    ("MINING_WITHOUT_APPROVAL", MINING, {**MINING, "harmless_mining_alerts_7d": 1.0}),
    ("LOOKS_LIKE_MINING", GRAPHICS, {**GRAPHICS, "mining_approvals_365d": 1.0}),
    ("MACHINES_WITH_ADDRESSES", MACHINES, {**MACHINES, "public_ips_created_24h": 9.0}),
    ("RISKY_SIGNIN_THEN_MACHINE", {"signin_then_machine": 1.0}, {"signin_then_machine": 0.0}),
    ("TRACES_DELETED", TRACES, {**TRACES, "credentials_added_24h": 0.0}),
    ("OWNER_ROLE_GRANTED", {"roles_granted_24h": 1.0}, {"roles_granted_24h": 0.0}),
    ("BUDGET_OVERRUN_200", {"budget_projected_share": 2.0}, {"budget_projected_share": 1.9}),
]  # fmt: skip


def hits(moment: str, values: Values) -> dict[str, tuple[str, bool]]:
    """Outcome of each hit, and whether it is one only because something is unknown."""
    found = POLICIES.evaluate(moment, {"card_is_sent": 0.0, **values}, at=0)
    return {hit.policy.id: (hit.outcome, hit.unknown) for hit in found}


def asked(moment: str, values: Values) -> Values:
    """Those of the values that are known at a moment."""
    return {name: value for name, value in values.items() if name in NAMES[moment]}


@pytest.mark.parametrize(("id", "hit", "missed"), TABLE)
def test_each_policy_hits_what_it_says(id: str, hit: Values, missed: Values) -> None:
    policy = BY_ID[id]
    for moment in policy.moments:
        assert hits(moment, asked(moment, hit))[id] == (policy.outcome, False)
        assert id not in hits(moment, asked(moment, missed))
        unknown = POLICIES.evaluate(moment, {}, at=0)
        assert id not in {one.policy.id for one in unknown if not one.unknown}
        assert policy.unknown == "ignore", "then this row needs to say so"


@pytest.mark.parametrize(
    ("values", "hit"),
    [
        ({"card_is_sent": 1.0}, ("review", True)),
        ({"card_is_sent": 1.0, "card_is_prepaid": 0.0}, None),
        ({"card_is_sent": 0.0}, None),
    ],
)
def test_unknown_funding_is_never_taken_for_not_prepaid(
    values: Values, hit: tuple[str, bool] | None
) -> None:
    for moment in ("signup", "payment"):
        assert hits(moment, values).get("CARD_FUNDING_UNKNOWN") == hit


def test_every_policy_has_its_row() -> None:
    assert {id for id, _, _ in TABLE} | {"CARD_FUNDING_UNKNOWN"} == set(BY_ID)
    assert len(BY_ID) <= 30


def test_the_override_classes_are_those_of_the_field() -> None:
    red = {policy.id for policy in POLICIES.policies if policy.override == "red"}
    assert red == {
        "BLOCK_LISTED",
        "SANCTIONED_COUNTRY",
        "PREPAID_CARD",
        "STORED_VALUE_CARD",
        "MINING_WITHOUT_APPROVAL",
    }
    assert {policy.override for policy in POLICIES.policies} == {"red", "amber"}


def texts() -> Iterator[tuple[str, str, str, str]]:
    """Policy, reader, language and text of every text there is."""
    for policy in POLICIES.policies:
        for reader, text in (("analyst", policy.analyst), ("customer", policy.customer)):
            assert isinstance(text, Texts), policy.id
            for language in ("en", "fr", "nl"):
                yield policy.id, reader, language, getattr(text, language)


def test_every_text_is_said_in_every_language() -> None:
    said = list(texts())
    assert len(said) == len(BY_ID) * 6
    assert all(text and text.endswith(".") for *_, text in said)
    for id in BY_ID:
        for reader in ("analyst", "customer"):
            assert len({text for one, who, _, text in said if (one, who) == (id, reader)}) == 3


def test_customers_are_told_no_limits_and_nothing_of_how_they_were_found() -> None:
    telling = re.compile(
        r"\d|\b(?:tor|device|appareil|apparaat|burst|minutes?|minuten|disposable|jetable"
        r"|list|liste|lijst|alert|alerte|fraud|fraude|score|risk|risque)\b",
        re.IGNORECASE,
    )
    assert [(id, text) for id, who, _, text in texts() if who == "customer"
            if telling.search(text)] == []  # fmt: skip


def test_evidence_that_has_not_come_in_stops_nobody() -> None:
    """At first nothing has been answered, and people are not stopped for that."""
    for moment in NAMES:
        for policy in POLICIES.at(moment):
            if POLICIES.reads(moment)[policy.id] & set(EVIDENCE):
                assert policy.unknown == "ignore"


def test_mining_is_allowed_for_a_year_by_an_approval_in_writing(tmp_path: Path) -> None:
    """From events to the policy: an alert, an approval of something else, and the right one."""
    day = 24 * 3600 * 1_000_000
    door = Door(Tokenizer(b"0" * 32), load())
    state = EmbeddedState(tmp_path / "state.db", CATALOGUE.series, flush_seconds=3600)
    plan = CATALOGUE.plan("checkup")

    def red(at: int) -> bool:
        asked = Entry(id="c", kind="", known_at=at, occurred_at=at, customer="c")
        row = zip(plan.names, online_vector(plan, state, asked, at).tolist(), strict=True)
        return "MINING_WITHOUT_APPROVAL" in hits("checkup", {n: v for n, v in row if v == v})

    def alert(at: int, type: str = "CryptocurrencyMining", **more: Any) -> None:
        said = Alert(id=f"a{at}", customer="c", source="azure", type=type, **more)
        state.fold(door.learn(said, at))

    alert(day)
    state.fold(door.learn(Profile(id="p1", customer="c", approval="egress"), day + 1))
    assert red(day + 2)
    state.fold(door.learn(Profile(id="p2", customer="c", approval="mining"), day + 2))
    assert not red(day + 3)
    alert(367 * day)
    assert red(367 * day + 1)
    alert(367 * day + 1, type="NewRegion", verdict="legitimate")
    assert red(367 * day + 2), "another alert that was harmless allows no mining"
    alert(367 * day + 2, verdict="legitimate")
    assert not red(367 * day + 3)
    state.close()
