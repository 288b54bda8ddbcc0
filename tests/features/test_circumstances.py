"""What people, banks and challenges say changes a decision; red policies stand."""

from __future__ import annotations

import pytest

from features.decide.circumstances import NOTHING_SAID, Circumstances, Override
from features.decide.decision import CHALLENGE_WITHIN, REVIEW_WITHIN, Assessed, decide
from features.decide.exploration import Chance
from features.decide.policy import Hit
from features.durations import minutes
from features.facts import Entry
from tests.features.deciding import hit, risk

SMS = hit("challenge", challenges=("sms",), answer_within="30m")
SMS_AND_MFA = hit("challenge", challenges=("sms", "mfa"), failed="decline", unanswered="review")
RED = hit("decline", id="RED", override="red")
REVIEW = hit("review")
RED_CALL = hit("challenge", id="RED_CALL", override="red", challenges=("call",))
AMBER = hit("decline", id="AMBER", override="amber")


def said(**values: str) -> Circumstances:
    return Circumstances(said=dict(values))


TABLE = [
    # a challenge that is passed satisfies who asked for it
    ([], [SMS], said(challenge_sms="passed"), "approve", (), ()),
    ([], [SMS_AND_MFA], said(challenge_sms="passed"), "challenge", ("mfa",), ("CHALLENGE",)),
    ([], [SMS_AND_MFA], said(challenge_sms="passed", challenge_mfa="passed"), "approve", (), ()),
    ([risk(0.3)], [], said(challenge_sms="passed"), "approve", (), ()),
    ([risk(0.3)], [], said(challenge_mfa="passed"), "challenge", ("sms",), ("theft_of_service",)),
    ([risk(0.6)], [SMS], said(challenge_sms="passed"), "review", (), ("theft_of_service",)),
    # one that is failed, abandoned or late means what its policy says
    ([], [SMS], said(challenge_sms="failed"), "review", (), ("CHALLENGE",)),
    ([], [SMS_AND_MFA], said(challenge_mfa="failed"), "decline", (), ("CHALLENGE",)),
    ([], [SMS], said(challenge_sms="abandoned"), "decline", (), ("CHALLENGE",)),
    ([], [SMS_AND_MFA], Circumstances(expired=True), "review", (), ("CHALLENGE", "expired")),
    ([], [SMS_AND_MFA], Circumstances(late=True), "review", (), ("CHALLENGE", "expired")),
    ([], [SMS], Circumstances(late=True), "decline", (), ("CHALLENGE", "expired")),
    ([risk(0.6)], [], Circumstances(expired=True), "decline", (), ("theft_of_service", "expired")),
    # what came of it is looked at in time, or declined
    ([], [SMS_AND_MFA], Circumstances(late=True, expired=True), "decline", (),
     ("CHALLENGE", "expired")),
    ([], [SMS], Circumstances(said={"challenge_sms": "failed"}, expired=True), "decline", (),
     ("CHALLENGE", "expired")),
    ([], [SMS_AND_MFA], Circumstances(said={"challenge_sms": "abandoned"}, expired=True),
     "decline", (), ("CHALLENGE", "expired")),
    # a person decides instead, but never against a red policy
    ([risk(0.95)], [AMBER], Circumstances(override=Override("o", "approve")), "approve", (),
     ("override",)),
    ([], [RED], Circumstances(override=Override("o", "approve")), "decline", (), ("RED",)),
    ([], [AMBER], Circumstances(override=Override("o", "approve", ("AMBER",))), "approve", (),
     ("override",)),
    ([], [AMBER, REVIEW], Circumstances(override=Override("o", "approve", ("AMBER",))), "review",
     (), ("REVIEW",)),  # learned since
    ([], [], Circumstances(override=Override("o", "decline")), "decline", (), ("override",)),
    ([], [RED_CALL], Circumstances(override=Override("o", "approve")), "challenge", ("call",),
     ("RED_CALL",)),
    ([], [RED_CALL], Circumstances(said={"challenge_call": "passed"},
     override=Override("o", "approve")), "approve", (), ("override",)),
    ([], [], Circumstances(override=Override("o", "review"), expired=True), "decline", (),
     ("override", "expired")),
    ([], [], Circumstances(override=Override("o", "decline"), appeal="a"), "decline", (),
     ("override",)),
    ([risk(0.6)], [], Circumstances(verdict="approve"), "approve", (), ("verdict",)),
    ([risk(0.6)], [], Circumstances(verdict="decline"), "decline", (), ("verdict",)),
    ([], [RED], Circumstances(verdict="approve"), "decline", (), ("RED",)),
    ([risk(0.6)], [], Circumstances(verdict="decline", override=Override("o", "approve")),
     "approve", (), ("override",)),
    # lists and snoozes
    ([risk(0.95)], [AMBER], Circumstances(allowed="l"), "approve", (), ("allow_list",)),
    ([risk(0.95)], [RED], Circumstances(allowed="l"), "decline", (), ("RED",)),
    ([risk(0.1)], [], Circumstances(allowed="l"), "approve", (), ()),
    ([], [AMBER], Circumstances(snoozed=("AMBER",)), "approve", (), ()),
    ([], [RED], Circumstances(snoozed=("RED",)), "decline", (), ("RED",)),
    # an appeal is looked at by a person, and not for ever
    ([risk(0.95)], [AMBER], Circumstances(appeal="a"), "review", (),
     ("theft_of_service", "AMBER")),
    ([], [RED], Circumstances(appeal="a"), "decline", (), ("RED",)),
    ([], [SMS], Circumstances(said={"challenge_sms": "abandoned"}, appeal="a"), "review", (),
     ("CHALLENGE",)),
    ([], [SMS], Circumstances(late=True, appeal="a"), "review", (), ("CHALLENGE", "expired")),
    ([], [SMS], Circumstances(late=True, appeal="a", expired=True), "decline", (),
     ("CHALLENGE", "expired")),
    ([risk(0.95)], [], Circumstances(appeal="a", expired=True), "decline", (),
     ("theft_of_service", "expired")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("risks", "hits", "circumstances", "outcome", "challenges", "demanded_by"), TABLE
)
def test_circumstances(
    risks: list[Assessed],
    hits: list[Hit],
    circumstances: Circumstances,
    outcome: str,
    challenges: tuple[str, ...],
    demanded_by: tuple[str, ...],
) -> None:
    verdict = decide(risks, 0, hits, circumstances=circumstances)
    assert (verdict.outcome, verdict.challenges) == (outcome, challenges)
    assert verdict.demanded_by == demanded_by


@pytest.mark.parametrize(
    ("risks", "hits", "waits"),
    [
        ([], [], None),
        ([], [AMBER], None),
        ([risk(0.3)], [], CHALLENGE_WITHIN),
        ([], [SMS], minutes(30)),
        ([risk(0.3)], [SMS], minutes(30)),  # whoever is most in a hurry
        ([risk(0.6)], [SMS], REVIEW_WITHIN),
    ],
)
def test_what_is_pending_waits_for_so_long(
    risks: list[Assessed], hits: list[Hit], waits: int | None
) -> None:
    assert decide(risks, 0, hits).waits == waits


def test_nothing_readable_asks_for_the_least_until_a_person_decides() -> None:
    assert decide([], 0, [], least="review").demanded_by == ("fixed",)
    by_hand = Circumstances(override=Override("o", "approve"))
    assert decide([], 0, [], circumstances=by_hand, least="review").outcome == "approve"


def test_chance_does_not_speak_where_somebody_has() -> None:
    falls = Chance(0.1, 0.05)
    assert decide([risk(0.6)], 0, [], falls).outcome == "approve"
    late = Circumstances(expired=True)
    assert decide([risk(0.6)], 0, [], falls, late).demanded_by == ("theft_of_service", "expired")


def test_an_appeal_gives_a_person_time_and_the_challenge_none() -> None:
    """Who forgot a challenge and appeals is looked at, and not asked the same again."""
    declined = NOTHING_SAID.when_time_runs_out("challenge")
    assert declined.when_appealed("a") == Circumstances(late=True, appeal="a")
    kept_before = Circumstances(expired=True)
    assert kept_before.when_appealed("a") == Circumstances(late=True, appeal="a")
    assert declined.when_time_runs_out("review") == Circumstances(late=True, expired=True)


def entry(kind: str, **facts: str | int) -> Entry:
    return Entry(id="x", kind=kind, known_at=1, occurred_at=1, facts=dict(facts))


@pytest.mark.parametrize(
    ("came", "said", "verdict"),
    [
        (entry("verification", type="sms", result="passed"), {"challenge_sms": "passed"}, None),
        (entry("verification", type="prepayment", result="failed"),
         {"challenge_prepay": "failed"}, None),
        (entry("verification", type="business_check", result="passed", registry_status="active"),
         {"challenge_business_check": "passed", "registry_status": "active"}, None),
        (entry("authorisation", result="approved", cvc="fail"),
         {"authorisation_result": "approved", "cvc": "fail"}, None),
        (entry("authorisation", result="approved", three_d_secure="authenticated"),
         {"authorisation_result": "approved", "three_d_secure": "authenticated",
          "challenge_three_d_secure": "passed"}, None),
        (entry("profile", contact_made="phone"), {"challenge_call": "passed"}, None),
        (entry("label", label="legitimate", status="confirmed"), {}, "approve"),
        (entry("label", label="stolen_instrument", status="confirmed"), {}, "decline"),
        (entry("alert", verdict="fraud"), {}, "decline"),
    ],
)  # fmt: skip
def test_what_comes_in_says(came: Entry, said: dict[str, str], verdict: str | None) -> None:
    now = NOTHING_SAID.and_also(came)
    assert (now.said, now.verdict) == (said, verdict)


@pytest.mark.parametrize(
    "came",
    [
        entry("usage", amount=1),
        entry("profile", card_on_file=1),
        entry("label", label="stolen_instrument", status="suspected"),
        entry("label", label="stolen_instrument", status="reversed"),
        entry("alert", verdict="ignore"),
    ],
)
def test_what_says_nothing_changes_nothing(came: Entry) -> None:
    assert NOTHING_SAID.and_also(came) is NOTHING_SAID
