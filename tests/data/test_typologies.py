"""Each typology behaves as data/README.md tells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from data import chunks
from data.clock import DAY, HOUR, MINUTE
from data.diary import EventDiary
from data.typologies import BY_NAME, DEFAULT_MIX, TYPOLOGIES
from data.world import World
from features.events import (
    Authorisation,
    Dispute,
    Ingestible,
    Invoice,
    Label,
    Payment,
    Settlement,
    Signup,
    Usage,
    Verification,
)
from features.facts import microseconds

README = Path(__file__).parents[2] / "data" / "README.md"
CUSTOMERS = 80
Told = dict[str, list[tuple[int, Ingestible | Label]]]


@cache
def told(name: str) -> Told:
    """The events of each customer of a world in which there is one typology."""
    diary = EventDiary()
    truths = chunks.tell(World(customers=CUSTOMERS, seed=3, mix={name: 1.0}), 0, diary)
    assert {truth.typology for truth in truths} == {name}
    assert len(truths) == CUSTOMERS
    stories: Told = {truth.customer: [] for truth in truths}
    for known_at, event in sorted(diary.events, key=lambda pair: pair[0]):
        stories[event.customer or ""].append((known_at, event))
    return stories


def signups(name: str) -> list[tuple[int, Signup]]:
    return [(story[0][0], _signup(story)) for story in told(name).values()]


def labels(name: str) -> list[tuple[int, Label]]:
    return [
        (known_at, event)
        for story in told(name).values()
        for known_at, event in story
        if isinstance(event, Label)
    ]


def share(values: list[bool]) -> float:
    return sum(values) / len(values)


def test_the_readme_tells_of_every_typology() -> None:
    text = README.read_text()
    assert [name for name in BY_NAME if f"`{name}`" not in text] == []


def test_five_to_eight_percent_of_signups_are_fraud() -> None:
    assert sum(DEFAULT_MIX.values()) == pytest.approx(1)
    fraud = sum(t.share for t in TYPOLOGIES if t.is_fraud_at_signup)
    assert 0.05 <= fraud <= 0.08


@pytest.mark.parametrize("name", BY_NAME)
def test_everybody_signs_up_once_and_first(name: str) -> None:
    for story in told(name).values():
        kinds = [type(event) for _, event in story]
        assert kinds[0] is Signup
        assert kinds.count(Signup) == 1


@pytest.mark.parametrize("name", BY_NAME)
def test_labels_come_later_than_what_they_are_about(name: str) -> None:
    for known_at, label in labels(name):
        assert label.occurred_at is not None
        assert known_at >= microseconds(label.occurred_at) + DAY


@pytest.mark.parametrize(
    ("name", "kinds", "least_days"),
    [
        ("card_testing", {"stolen_instrument"}, 2),
        ("ring", {"false_identity"}, 5),
        ("synthetic_identity", {"false_identity", "credit_default"}, 60),
        ("stolen_instrument", {"stolen_instrument"}, 14),
        ("slow_ramp", {"service_abuse"}, 1),
        ("takeover", {"service_abuse"}, 1),
        ("cannot_pay", {"credit_default"}, 60),
    ],
)
def test_harm_is_found_out_late_and_not_always(name: str, kinds: set[str], least_days: int) -> None:
    found = [(at, label) for at, label in labels(name) if label.label != "legitimate"]
    assert {label.label for _, label in found} == kinds
    assert 0.3 * CUSTOMERS < len({label.customer for _, label in found}) < CUSTOMERS
    for known_at, label in found:
        assert label.occurred_at is not None
        assert known_at - microseconds(label.occurred_at) >= least_days * DAY


def test_card_testers_try_many_cards_within_minutes_and_are_mostly_declined() -> None:
    for story in told("card_testing").values():
        small = [
            (at, event)
            for at, event in story
            if isinstance(event, Payment) and event.card != _signup(story).card
        ]
        assert len(small) >= 8
        assert small[-1][0] - small[0][0] < HOUR
        assert len({event.card and event.card.fingerprint for _, event in small}) == len(small)
    answers = [
        event.result
        for story in told("card_testing").values()
        for _, event in story
        if isinstance(event, Authorisation)
    ]
    assert 0.6 < share([result == "declined" for result in answers]) < 0.95


def test_rings_share_devices_and_networks_mostly_but_not_always() -> None:
    for shared in (
        share(_shared([_device(event) for _, event in signups("ring")])),
        share(_shared([event.ip.address for _, event in signups("ring") if event.ip])),
    ):
        assert 0.3 < shared < 0.9


def test_ordinary_people_share_next_to_nothing() -> None:
    assert not any(_shared([_device(event) for _, event in signups("ordinary")]))


def test_thieves_are_charged_back_weeks_later() -> None:
    waits = [
        at - story[0][0]
        for story in told("stolen_instrument").values()
        for at, event in story
        if isinstance(event, Dispute) and event.type == "chargeback"
    ]
    assert len(waits) > CUSTOMERS / 2
    assert min(waits) > 9 * DAY
    assert median(waits) > 25 * DAY


def test_synthetic_identities_behave_until_they_run_up_a_bill() -> None:
    busted = [costs for costs in _usage_of("synthetic_identity") if len(costs) > 60]
    assert median(max(costs[-5:]) / median(costs[:15]) for costs in busted) > 5


def test_slow_ramps_creep_then_explode() -> None:
    ramped = [costs for costs in _usage_of("slow_ramp") if len(costs) > 60]
    assert median(max(costs) / median(costs[:10]) for costs in ramped) > 20


def test_takeovers_happen_to_old_honest_customers() -> None:
    assert not BY_NAME["takeover"].is_fraud_at_signup
    for story in told("takeover").values():
        signed_up_at = story[0][0]
        for _, event in story:
            if isinstance(event, Label) and event.label == "service_abuse":
                assert event.occurred_at is not None
                assert microseconds(event.occurred_at) - signed_up_at > 55 * DAY


def test_miners_use_graphics_processors_in_new_regions() -> None:
    regions = []
    for story in told("takeover").values():
        mined = [
            event
            for _, event in story
            if isinstance(event, Usage) and "_2" in (event.subscription or "")[-2:]
        ]
        assert {event.meter_category for event in mined} <= {"Virtual Machines GPU"}
        regions.append(len({event.region for event in mined}))
    assert max(regions) >= 3


def test_the_insolvent_pay_some_bills_and_then_none() -> None:
    assert not BY_NAME["cannot_pay"].is_fraud_at_signup
    some_paid = []
    for story in told("cannot_pay").values():
        bills = [event.invoice for _, event in story if isinstance(event, Invoice)]
        paid = {
            event.invoice
            for _, event in story
            if isinstance(event, Settlement) and event.result == "received"
        }
        if any(isinstance(e, Label) and e.label == "credit_default" for _, e in story):
            assert bills[-1] not in paid
            some_paid.append(bool(paid))
    assert 0.3 < share(some_paid) < 1


def test_resellers_open_many_accounts_in_an_hour_from_one_device() -> None:
    by_device = defaultdict(list)
    for at, event in signups("reseller"):
        if event.device is not None:
            by_device[event.device.id].append(at)
    batches = [times for times in by_device.values() if len(times) > 2]
    assert len(batches) > 3
    assert median(max(times) - min(times) for times in batches) < 3 * HOUR
    assert all(b - a >= MINUTE for times in batches for a, b in pairwise(sorted(times)))


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("traveller", lambda e: e.ip.country != e.address.country),
        ("vpn_user", lambda e: e.ip.network_type == "vpn"),
        ("prepaid_user", lambda e: e.card.funding == "prepaid"),
    ],
)
def test_some_honest_people_look_odd(name: str, looks) -> None:  # type: ignore[no-untyped-def]
    assert not BY_NAME[name].is_fraud_at_signup
    assert share([looks(event) for _, event in signups(name)]) > 0.8


def test_offices_sit_behind_one_network() -> None:
    networks = [(e.ip.address if e.ip else "").rpartition(".")[0] for _, e in signups("office")]
    assert share(_shared(networks)) > 0.9


def test_some_are_asked_for_a_code_and_a_few_fail() -> None:
    results = Counter(
        event.result
        for name in ("ordinary", "stolen_instrument")
        for story in told(name).values()
        for _, event in story
        if isinstance(event, Verification) and event.type == "sms"
    )
    assert results["passed"] > 10
    assert results["failed"] + results["abandoned"] > 0


def _signup(story: list[tuple[int, Ingestible | Label]]) -> Signup:
    event = story[0][1]
    assert isinstance(event, Signup)
    return event


def _device(event: Signup) -> str | None:
    return event.device.id if event.device else None


def _shared(ids: Sequence[str | None]) -> list[bool]:
    times = Counter(ids)
    return [name is not None and times[name] > 1 for name in ids]


def _usage_of(name: str) -> list[list[float]]:
    """What each customer consumed day by day."""
    result = []
    for story in told(name).values():
        days: dict[int, float] = defaultdict(float)
        for _, event in story:
            if isinstance(event, Usage) and event.occurred_at is not None:
                days[microseconds(event.occurred_at) // DAY] += event.quantity or 0.0
        result.append([days[day] for day in sorted(days)])
    return result
