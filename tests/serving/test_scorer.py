"""The scorer: a place in the order, a reading, a decision, a fold; each retry the same bytes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from msgspec import structs

from features.blocks import Card, Device, Ip, Order, Session
from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore, Column, Spread
from features.events import Authorisation, Payment, Signup, Usage
from features.thresholds import Thresholds
from serving.opening import OpenScorer, open_scorer
from serving.received import IdReused, InFlight, NeverDecided
from serving.settings import Settings
from tests.serving.bundles import bundle
from tests.serving.scoring import NOON, dollars, on_disk, score, signup


def test_an_event_never_counts_itself(scorer: OpenScorer) -> None:
    device = Device(id="one-device")
    outcomes = [score(scorer, signup(n, device=device))["outcome"] for n in range(3)]
    assert outcomes == ["approve", "review", "review"]


def test_the_ring_is_named(scorer: OpenScorer) -> None:
    score(scorer, signup(1, device=Device(id="d")))
    answer = score(scorer, signup(2, device=Device(id="d")))
    assert answer["demanded_by"] == ["SIGNUP_BURST"]
    said = {"outcome": "review", "unknown": False}
    assert answer["policies"] == [
        {"id": "CARD_REQUIRED_AT_SIGNUP", **said, "shadow": True},
        {"id": "SIGNUP_BURST", **said},
    ]
    assert [reason["code"] for reason in answer["reasons"]] == [
        "SIGNUP_BURST",
        "DEVICE_VELOCITY",
    ]


def test_a_retry_gets_the_same_bytes_and_does_not_count_twice(scorer: OpenScorer) -> None:
    event = signup(1, device=Device(id="d"))
    first = scorer.score(event, fingerprint=b"f", warnings=[], dry_run=False)
    with pytest.raises(InFlight, match="in a second"):
        scorer.score(event, fingerprint=b"f", warnings=[], dry_run=False)
    on_disk(scorer)
    again = scorer.score(event, fingerprint=b"f", warnings=[], dry_run=False)
    assert again.body == first.body
    assert (first.replayed, again.replayed) == (False, True)
    later = score(scorer, signup(2, device=Device(id="d"), occurred_at=NOON + timedelta(hours=1)))
    fired = {reason["code"]: reason.get("value") for reason in later["reasons"]}
    assert fired == {"DEVICE_VELOCITY": 1.0}


def test_another_event_under_the_same_id_is_a_conflict(scorer: OpenScorer) -> None:
    score(scorer, signup(1), body=b"one")
    with pytest.raises(IdReused, match="another event"):
        score(scorer, signup(1, email="a@example.com"), body=b"other")
    scorer.ingest(signup(2), fingerprint=b"two")
    with pytest.raises(NeverDecided, match="without a decision"):
        score(scorer, signup(2), body=b"two")


def test_a_dry_run_leaves_no_trace(scorer: OpenScorer) -> None:
    device = Device(id="d")
    before = scorer.ledger.last_known_at
    answer = score(scorer, signup(1, device=device), dry_run=True)
    assert (answer["decision_id"], answer["dry_run"]) == (None, True)
    assert scorer.ledger.last_known_at == before
    assert scorer.ledger.find("event", "s1") is None
    assert score(scorer, signup(2, device=device))["outcome"] == "approve"


def test_a_clock_that_steps_back_changes_nothing(afternoon: Settings) -> None:
    now = 2_000_000_000_000_000
    opened = open_scorer(replace(afternoon, clock="system"))
    opened._clock = lambda: now  # a clock in the test's hand
    places = [opened.ingest(Usage(id="u1", cost=dollars(1)), fingerprint=b"").known_at]
    now -= 5_000_000_000
    places += [
        opened.ingest(Usage(id=f"u{n}", cost=dollars(1)), fingerprint=b"").known_at for n in (2, 3)
    ]
    assert places == [2_000_000_000_000_000 + n for n in range(3)]
    opened.close()


def test_times_that_mislead_are_warned_about(afternoon: Settings) -> None:
    opened = open_scorer(replace(afternoon, clock="system"))
    now = datetime.now(UTC)
    ahead = score(opened, signup(1, occurred_at=now + timedelta(days=9)))
    assert ahead["warnings"] == ["occurred_at lies in the future: it was taken to be now"]
    old = score(opened, signup(2, occurred_at=now - timedelta(days=2)))
    assert "more than a day ago" in old["warnings"][0]
    assert score(opened, signup(3, occurred_at=now))["warnings"] == []
    opened.close()


def test_without_a_model_the_scorecard_carries_the_service(scorer: OpenScorer) -> None:
    answer = score(
        scorer,
        signup(
            1,
            ip=Ip(address="203.0.113.1", network_type="vpn"),
            session=Session(form_seconds=1.2, mfa_done=True),
            card=Card(funding="credit"),
            email="x93844771@mailinator.com",
        ),
    )
    assert (answer["mode"], answer["risks"]) == ("scorecard", [])
    assert answer["score"] == 100 + 150 + 200 + 60
    assert answer["outcome"] == "review"
    assert answer["mode_reason"] == "no model is promoted for this moment"


def test_with_a_model_the_score_is_its_probability(afternoon: Settings) -> None:
    store = BundleStore(afternoon.home)
    store.promote("signup", "theft_of_service", store.save(bundle()))
    opened = open_scorer(afternoon)
    answer = score(
        opened,
        signup(1, session=Session(form_seconds=30.0), order=Order(total=dollars(100))),
    )
    risk = answer["risks"][0]
    assert answer["mode"] == "model"
    assert answer["score"] == round(1000 * risk["probability"])
    assert risk["exposure"] == {"amount": "200.00", "currency": "USD"}  # two months, unseen
    assert float(risk["expected_loss"]["amount"]) == pytest.approx(
        200 * risk["probability"], abs=0.01
    )
    assert answer["expected_loss"] == risk["expected_loss"]
    assert answer["versions"]["models"] == [bundle().digest]
    opened.close()


def test_what_a_model_stops_is_explained_by_what_moved_it(afternoon: Settings) -> None:
    made, store = bundle(), BundleStore(afternoon.home)
    usual = Spread("card_is_prepaid", (), (1.0,), 0.0, 20, usual=0.0)
    contract = structs.replace(made.contract, thresholds=Thresholds(review=0.25), spread=(usual,))
    store.promote("signup", "theft_of_service", store.save(Bundle(contract, made.model)))
    opened = open_scorer(afternoon)
    honest = score(opened, signup(1, card=Card(funding="credit"), session=Session(form_seconds=2)))
    assert (honest["mode"], honest["outcome"], honest["reasons"]) == ("model", "approve", [])
    stopped = score(opened, signup(2, card=Card(funding="prepaid", present=True)))
    opened.close()
    assert stopped["outcome"] != "approve"
    of_model = [reason for reason in stopped["reasons"] if "contribution" in reason]
    assert [reason["code"] for reason in of_model] == ["CARD_TYPE"]
    assert of_model[0]["text"] == "Kind of card: card_is_prepaid is 1, usually 0."


def test_a_damaged_champion_steps_down_to_the_previous_and_then_to_the_scorecard(
    afternoon: Settings,
) -> None:
    store = BundleStore(afternoon.home)
    first, second = store.save(bundle()), store.save(bundle(seed=1))
    for digest in (first, second):
        store.promote("signup", "theft_of_service", digest)
    (store.folder("signup", "theft_of_service") / second / "model.txt").write_bytes(b"x")
    opened = open_scorer(afternoon)
    answer = score(opened, signup(1))
    assert (answer["mode"], answer["versions"]["models"]) == ("previous_model", [first])
    opened.close()
    (store.folder("signup", "theft_of_service") / first / "model.txt").write_bytes(b"x")
    opened = open_scorer(afternoon)
    answer = score(opened, signup(2))
    assert answer["mode"] == "scorecard"
    assert "no model is promoted" not in answer["mode_reason"]
    assert len(opened.ready()) == 2
    opened.close()


def test_a_sign_up_without_customer_stands_for_itself(scorer: OpenScorer) -> None:
    outcomes = [
        score(
            scorer,
            Signup(id=f"s{n}", device=Device(id="d"), occurred_at=NOON + timedelta(seconds=n)),
        )["outcome"]
        for n in range(3)
    ]
    assert outcomes == ["approve", "review", "review"]


def test_a_payment_without_customer_is_warned_about(scorer: OpenScorer) -> None:
    answer = score(scorer, Payment(id="p", total=dollars(5), occurred_at=NOON))
    assert any("customer" in warning for warning in answer["warnings"])


def test_a_payment_sees_what_came_before_it(scorer: OpenScorer) -> None:
    card = Card(fingerprint="fp", funding="credit")
    for number in range(6):
        scorer.ingest(
            Authorisation(
                id=f"a{number}",
                result="declined",
                card=card,
                occurred_at=NOON + timedelta(seconds=number),
            ),
            fingerprint=b"",
        )
    answer = score(
        scorer,
        Payment(id="p1", total=dollars(5), card=card, occurred_at=NOON + timedelta(minutes=1)),
    )
    assert answer["demanded_by"] == ["CARD_TESTING"]


def test_what_is_kept_holds_no_identifier(scorer: OpenScorer, afternoon: Settings) -> None:
    score(
        scorer,
        signup(
            1,
            email="canary@example.com",
            phone="+32470999999",
            device=Device(id="canary-device"),
            ip=Ip(address="203.0.113.77"),
        ),
    )
    scorer.close()
    kept = b"".join(path.read_bytes() for path in afternoon.home.glob("*.db*"))
    for canary in (b"canary", b"32470999999", b"203.0.113.77"):
        assert canary not in kept


def test_free_attributes_reach_the_model(afternoon: Settings) -> None:
    """Numbers as they are, texts by their place in the contract, others unknown."""
    columns = (
        Column("attribute_vip", "free"),
        Column("form_seconds", digest_of("form_seconds")),
        Column("attribute_plan", "free", ("gold", "silver")),
    )
    store = BundleStore(afternoon.home)
    store.promote("signup", "theft_of_service", store.save(bundle(columns=columns)))
    opened = open_scorer(afternoon)
    model = opened.models.at("signup")[0]
    for number, (attributes, expected) in enumerate(
        (
            ({"vip": True, "plan": "silver"}, [1.0, 3.0, 1.0]),
            ({"vip": 0.5, "plan": "bronze"}, [0.5, 3.0, np.nan]),
            ({"vip": "yes", "plan": 7.0}, [np.nan, 3.0, np.nan]),
            (None, [np.nan, 3.0, np.nan]),
        )
    ):
        event = signup(number, attributes=attributes, session=Session(form_seconds=3.0))
        answer = score(opened, event)
        asyncio.run(opened.ledger.durable())
        stored = opened.ledger.decision(answer["decision_id"])
        assert stored is not None
        assert json.loads(stored.record)["margins"] == [model.margin(np.array(expected))]
    opened.close()


def digest_of(name: str) -> str:
    return next(column.digest for column in CATALOGUE.columns("signup") if column.name == name)
