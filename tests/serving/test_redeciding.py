"""A pending decision is decided again by what comes in, and nothing counts twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from features.blocks import Device, Session
from features.decide.circumstances import Override
from features.events import Alert, Authorisation, Label, Payment, Profile, Signup, Verification
from features.facts import Entry
from serving.opening import OpenScorer, open_scorer
from serving.redeciding import Again
from serving.settings import Settings
from tests.serving.scoring import NOON, dollars, on_disk, score, signup

NO_MFA = Session(mfa_done=False)


def passed(number: int, **fields: Any) -> Verification:
    """The second factor was given after all."""
    return Verification(
        id=f"v{number}",
        customer=f"c{number}",
        type=fields.pop("type", "mfa"),
        result=fields.pop("result", "passed"),
        occurred_at=NOON + timedelta(minutes=5),
        **fields,
    )


def take(scorer: OpenScorer, event: Any) -> list[dict[str, Any]]:
    """The decisions that are made again because of an event."""
    done = scorer.ingest(event, fingerprint=event.id.encode())
    return [answer_of(again) for again in done.again]


def answer_of(again: Again) -> dict[str, Any]:
    assert again.record.decision is not None
    answer: dict[str, Any] = json.loads(again.record.decision.answer)
    return answer


def current(scorer: OpenScorer, event: str) -> dict[str, Any]:
    stored = scorer.ledger.current(event)
    assert stored is not None
    answer: dict[str, Any] = json.loads(stored.answer)
    return answer


def test_a_challenge_that_is_passed_approves(scorer: OpenScorer) -> None:
    first = score(scorer, signup(1, session=NO_MFA))
    assert (first["outcome"], first["challenges"], first["status"]) == (
        "challenge", ["mfa"], "pending",
    )  # fmt: skip
    assert first["expires_at"] == "2026-03-02T12:00:01Z"
    (again,) = take(scorer, passed(1))
    assert (again["outcome"], again["status"], again["expires_at"]) == ("approve", "final", None)
    assert again["supersedes"] == first["decision_id"]
    assert (again["event_id"], again["score"]) == (first["event_id"], first["score"])
    assert current(scorer, "s1") == again
    assert len(scorer.pending) == 0


def test_it_is_as_true_when_the_first_is_on_disk(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    on_disk(scorer)
    (again,) = take(scorer, passed(1))
    on_disk(scorer)
    assert current(scorer, "s1") == again
    stored = scorer.ledger.known_decision(again["supersedes"])
    assert stored is not None
    assert stored.superseded_by == again["decision_id"]


def test_the_event_keeps_its_first_answer(scorer: OpenScorer) -> None:
    """A retry gets the bytes it got before; what changed is asked for by id."""
    event = signup(1, session=NO_MFA)
    first = scorer.score(event, fingerprint=b"f", warnings=[], dry_run=False)
    take(scorer, passed(1))
    on_disk(scorer)
    assert scorer.score(event, fingerprint=b"f", warnings=[], dry_run=False).body == first.body


def test_a_failed_challenge_is_reviewed_and_a_forgotten_one_declined(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    score(scorer, signup(2, session=NO_MFA))
    (failed,) = take(scorer, passed(1, result="failed"))
    (abandoned,) = take(scorer, passed(2, result="abandoned"))
    assert (failed["outcome"], failed["status"]) == ("review", "pending")
    assert (abandoned["outcome"], abandoned["status"]) == ("decline", "final")


def test_what_says_nothing_new_decides_nothing(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    assert take(scorer, passed(1, result="failed"))
    again = passed(1, result="failed")
    assert take(scorer, msgspec.structs.replace(again, id="v-again")) == []
    assert take(scorer, msgspec.structs.replace(again, id="v-other", customer="c9")) == []
    in_login = passed(2, context="payment")
    score(scorer, signup(2, session=NO_MFA))
    assert take(scorer, in_login) == []


def test_a_verification_may_name_its_decision(scorer: OpenScorer) -> None:
    """Of two sign-ups of one customer only the one that was asked is decided again."""
    one = score(scorer, signup(1, session=NO_MFA))
    other = Signup(id="s1b", customer="c1", occurred_at=NOON + timedelta(minutes=1), session=NO_MFA)
    score(scorer, other)
    (again,) = take(scorer, passed(1, decision=one["decision_id"]))
    assert again["supersedes"] == one["decision_id"]
    assert current(scorer, "s1b")["outcome"] == "challenge"
    stranger = passed(2, decision=current(scorer, "s1b")["decision_id"])
    assert take(scorer, stranger) == []


def test_a_verdict_decides_what_waits(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    label = Label(id="l", customer="c1", label="stolen_instrument")
    (again,) = take(scorer, label)
    assert (again["outcome"], again["demanded_by"]) == ("decline", ["verdict"])
    assert take(scorer, Label(id="l2", customer="c1", label="legitimate")) == []  # it is final


def test_a_harmless_alert_says_nothing_of_who_signed_up(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    alert = Alert(id="al", customer="c1", source="desk", type="gpu", verdict="legitimate")
    assert take(scorer, alert) == []
    (again,) = take(scorer, msgspec.structs.replace(alert, id="al2", verdict="fraud"))
    assert again["outcome"] == "decline"


def test_the_banks_answer_reaches_even_what_was_approved(scorer: OpenScorer) -> None:
    payment = Payment(id="p1", customer="c1", total=dollars(50), occurred_at=NOON)
    assert score(scorer, payment)["outcome"] == "approve"
    good = Authorisation(id="a1", customer="c1", payment="p1", result="approved", cvc="pass")
    assert take(scorer, good) == []
    assert current(scorer, "p1")["supersedes"] is None
    bad = Authorisation(id="a2", customer="c1", payment="p1", result="declined", cvc="fail")
    (again,) = take(scorer, bad)
    assert (again["outcome"], again["status"]) == ("review", "pending")


def test_what_is_said_of_another_customer_decides_nothing(scorer: OpenScorer) -> None:
    """A wrong id of a payment or event must not reach somebody else's decision."""
    score(scorer, Payment(id="p1", customer="c1", total=dollars(50), occurred_at=NOON))
    refused = Authorisation(id="a1", customer="c2", payment="p1", result="declined", cvc="fail")
    assert take(scorer, refused) == []
    score(scorer, signup(1, session=NO_MFA))
    wrong = Label(id="l", customer="c2", event="s1", label="legitimate")
    assert take(scorer, wrong) == []
    nobody = Payment(id="p2", total=dollars(50), occurred_at=NOON + timedelta(minutes=1))
    score(scorer, nobody)
    (again,) = take(scorer, msgspec.structs.replace(refused, id="a2", payment="p2"))
    assert (again["outcome"], again["demanded_by"]) == ("review", ["CVC_FAIL"])


def test_contact_stands_for_a_call(scorer: OpenScorer) -> None:
    score(scorer, signup(1, session=NO_MFA))
    (again,) = take(scorer, Profile(id="m", customer="c1", contact_made="phone"))
    assert again["outcome"] == "challenge"  # the second factor is still missing


def test_nobody_answers(scorer: OpenScorer) -> None:
    first = score(scorer, signup(1, session=NO_MFA))
    assert scorer.expire() == []
    score(scorer, signup(2, occurred_at=NOON + timedelta(days=2)))
    (again,) = scorer.expire()
    late = answer_of(again)
    assert (late["outcome"], late["supersedes"]) == ("decline", first["decision_id"])
    assert late["demanded_by"] == ["NO_MFA_AT_SIGNUP", "expired"]
    assert scorer.expire() == []
    assert take(scorer, passed(1)) == []


ASK = """
- {id: ASK, moments: [signup], when: mfa_done == 0, outcome: challenge, challenges: [mfa],
   unanswered: review, owner: risk, analyst: A second factor is missing., customer: Please wait.}
"""


@pytest.fixture
def patient(afternoon: Settings) -> Iterator[OpenScorer]:
    """Challenges that nobody answers are reviewed."""
    afternoon.home.mkdir()
    (afternoon.home / "policies.yaml").write_text(ASK)
    with closing(open_scorer(afternoon)) as opened:
        yield opened


def ends(scorer: OpenScorer, days: int) -> list[tuple[str, str]]:
    """What time makes of that which waits, so many days after noon."""
    score(scorer, signup(100 + days, occurred_at=NOON + timedelta(days=days)))
    done = map(answer_of, scorer.expire())
    return [(answer["outcome"], answer["status"]) for answer in done]


def test_nobody_looks_at_what_came_of_it(patient: OpenScorer) -> None:
    """A challenge that became a review does not wait for ever."""
    score(patient, signup(1, session=NO_MFA))
    score(patient, signup(2, session=NO_MFA))
    assert take(patient, passed(2, result="failed"))[0]["outcome"] == "review"
    assert ends(patient, 2) == [("review", "pending")]
    assert ends(patient, 8) == [("decline", "final")]  # the one that was failed
    assert ends(patient, 20) == [("decline", "final")]
    assert len(patient.pending) == 0


def test_who_forgot_a_challenge_and_appeals_is_reviewed_and_may_still_answer(
    scorer: OpenScorer,
) -> None:
    score(scorer, signup(1, session=NO_MFA))
    assert ends(scorer, 2) == [("decline", "final")]
    declined = scorer.ledger.current("s1")
    assert declined is not None
    again = scorer.decide_again(declined, "a1", lambda now: now.when_appealed("a1"))
    assert again is not None
    assert (answer_of(again)["outcome"], answer_of(again)["status"]) == ("review", "pending")
    (answered,) = take(scorer, passed(1))
    assert (answered["outcome"], answered["status"]) == ("approve", "final")


def override(scorer: OpenScorer, decision_id: str) -> dict[str, Any]:
    stored = scorer.ledger.known_decision(decision_id)
    assert stored is not None
    again = scorer.decide_again(
        stored, "o1", lambda now: msgspec.structs.replace(now, override=Override("o1", "approve"))
    )
    assert again is not None
    return answer_of(again)


def test_a_person_decides_instead(scorer: OpenScorer) -> None:
    first = score(scorer, signup(1, session=NO_MFA))
    again = override(scorer, first["decision_id"])
    assert (again["outcome"], again["demanded_by"]) == ("approve", ["override"])
    demanding = [policy["id"] for policy in again["policies"] if not policy.get("shadow")]
    assert demanding == ["NO_MFA_AT_SIGNUP"]


def test_nothing_is_counted_twice(scorer: OpenScorer) -> None:
    """Neither the event nor its decision made again stands in a window a second time."""
    device = Device(id="d")
    first = score(scorer, signup(1, session=NO_MFA, device=device))
    override(scorer, first["decision_id"])
    kinds = [entry.kind for entry in entries(scorer)]
    assert kinds == ["signup", "decision", "redecision"]
    second = score(scorer, signup(2, device=device, occurred_at=NOON + timedelta(hours=1)))
    fired = {reason["code"]: reason.get("value") for reason in second["reasons"]}
    assert fired["DEVICE_VELOCITY"] == 1.0
    paid = Payment(id="p", customer="c1", total=dollars(5), occurred_at=NOON + timedelta(hours=2))
    assert value(scorer, score(scorer, paid), "doubts_about_customer_30d") == 0.0


def value(scorer: OpenScorer, answer: dict[str, Any], name: str) -> float | None:
    """A signal of a decision."""
    stored = scorer.ledger.known_decision(answer["decision_id"])
    assert stored is not None
    vector = json.loads(stored.record)["vector"]
    known: float | None = vector[scorer.observer.moments[answer["moment"]].plan.position[name]]
    return known


def entries(scorer: OpenScorer) -> list[Entry]:
    on_disk(scorer)
    return list(scorer.ledger.entries())


@pytest.fixture
def restarted(scorer: OpenScorer, afternoon: Settings) -> Iterator[OpenScorer]:
    score(scorer, signup(1, session=NO_MFA))
    take(scorer, passed(2))
    scorer.close()
    with closing(open_scorer(afternoon)) as again:
        yield again


def test_what_waits_still_waits_after_a_restart(restarted: OpenScorer) -> None:
    assert len(restarted.pending) == 1
    (again,) = take(restarted, passed(1))
    assert again["outcome"] == "approve"
