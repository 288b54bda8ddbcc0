"""Back-tests: two sets of policies over the same rows, beside what became known of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.outcomes import ORDER, strictest
from features.decide.policies import Policies, Policy
from features.declaration import Fact
from features.declared import Catalogue
from features.domain import LEGITIMATE, Domain, Moment, Risk
from features.errors import NotEnoughData
from features.offline import History, matrix
from training.backtest.evaluation import apply
from training.backtest.rows import Span, read_rows
from training.backtest.run import Backtest, backtest

Day = Callable[[float], int]
NAMES = names(CATALOGUE)


def rule(id: str, when: str, outcome: str = "review", **changes: Any) -> Policy:
    fields: dict[str, Any] = {"moments": ("signup",), "analyst": "a", "customer": "c"}
    fields |= {"id": id, "when": when, "outcome": outcome, "owner": "risk"}
    return Policy(**{**fields, **changes})


def rules(*policies: Policy, of: Catalogue = CATALOGUE) -> Policies:
    return Policies(list(policies), names(of), "digest")


MANY_SEATS = rule("MANY_SEATS", "seats >= 10")
NO_MFA = rule("NO_MFA", "mfa_done == 0", "challenge")
NOW = rules(MANY_SEATS, NO_MFA, rule("TOR", "ip_is_tor == 1"))
THEN = rules(
    rule("MANY_SEATS", "seats >= 20"),
    NO_MFA,
    rule("HASTY", "form_seconds < 3.0", "decline", unknown="challenge"),
)


@pytest.fixture
def told(story: Any) -> Any:
    """Three who are bad and found out, two who are good, and four of whom nobody can say."""
    slow = {"mfa_done": 1, "form_seconds": 9.0}
    story.signup("buys-30", 0, seats=30, **slow)
    story.signup("buys-15", 0, seats=15, **slow)
    story.signup("hasty", 0, seats=1, mfa_done=0, form_seconds=2.0)
    story.signup("wordless", 0, seats=1, mfa_done=1)
    story.signup("unseen", 0, seats=1, **slow)
    story.event("usage", "buys-30", 2, amount=1000).label("buys-30", 5, of=0)
    story.event("usage", "buys-30", 8, amount=5000)
    story.event("payment", "hasty", 3, amount=700).label("hasty", 20, of=0)
    story.event("usage", "unseen", 4, amount=300).label("unseen", 30, of=0)
    story.signup("declined", 1, seats=30, **slow).decision("declined", 1, "signup-11", "decline")
    story.signup(None, 1, seats=30, **slow)
    story.label("known", 0.5).signup("known", 1, seats=30, **slow)
    story.signup("young", 90, seats=30, **slow)
    return story


def tried(story: Any, now: Policies, then: Policies, **options: Any) -> Backtest:
    with story.history() as history:
        return backtest(history, CATALOGUE, now, then, **options)


def test_each_policy_is_told_by_what_it_hits(told: Any, at_day: Day) -> None:
    (one,) = tried(told, NOW, THEN, span=Span(as_of=at_day(100))).moments
    assert (one.moment, one.risks, one.rows, one.customers) == (
        "signup",
        ("theft_of_service",),
        9,
        8,
    )
    assert one.unjudged == {
        "without a customer": 1,
        "younger than 60 days": 1,
        "known bad before": 1,
        "declined at the time": 1,
    }
    every = one.evaluation.every
    assert (every.bad, every.good, every.unjudged, every.money) == (3, 2, 4, 2000)
    seats, mfa, hasty = one.evaluation.policies
    assert [policy.standing for policy in (seats, mfa, hasty)] == ["changed", "same", "new"]
    assert one.evaluation.gone == ("TOR",)
    assert (seats.hits.rows, seats.hits.bad, seats.hits.good, seats.hits.unjudged) == (5, 1, 0, 4)
    assert seats.hits.precision.value == 1.0
    assert (seats.hits.money, seats.only.rows, seats.only.money) == (1000, 5, 1000)
    assert (mfa.hits.rows, mfa.only.rows, mfa.hits.money, mfa.only.money) == (1, 0, 700, 0)
    assert (hasty.hits.rows, hasty.unknown, hasty.hits.bad, hasty.hits.good) == (2, 1, 1, 1)
    assert (hasty.hits.precision.value, hasty.hits.good_customers) == (0.5, 1)
    assert hasty.overlaps == {"MANY_SEATS": 0, "NO_MFA": 1}
    assert hasty.shares_most == ("NO_MFA", 1)
    assert seats.shares_most is None


def test_the_sets_are_compared_outcome_by_outcome(told: Any, at_day: Day) -> None:
    (one,) = tried(told, NOW, THEN, span=Span(as_of=at_day(100))).moments
    found = one.evaluation
    assert found.now.outcomes == {"approve": 2, "challenge": 1, "review": 6, "decline": 0}
    assert found.then.outcomes == {"approve": 2, "challenge": 1, "review": 5, "decline": 1}
    assert (found.now.stopped.bad, found.now.stopped.good, found.now.stopped.money) == (2, 1, 1700)
    moved = {(one.now, one.then): one.found for one in found.transitions}
    assert {way: rows.rows for way, rows in moved.items()} == {
        ("approve", "approve"): 1,
        ("approve", "challenge"): 1,
        ("challenge", "decline"): 1,
        ("review", "approve"): 1,
        ("review", "review"): 5,
    }
    assert len(found.changes) == 3
    assert (moved["review", "approve"].good, moved["approve", "challenge"].good) == (1, 1)
    assert (moved["challenge", "decline"].bad, moved["challenge", "decline"].money) == (1, 700)


def test_the_same_set_changes_nothing(told: Any) -> None:
    (one,) = tried(told, NOW, NOW).moments
    assert one.evaluation.changes == ()
    assert {policy.standing for policy in one.evaluation.policies} == {"same"}


def test_without_labels_hits_are_told_all_the_same(story: Any, at_day: Day) -> None:
    """The first day."""
    story.signup("a", 0, seats=30).signup("b", 0, seats=3)
    (one,) = tried(story, NOW, THEN).moments
    seats = one.evaluation.policies[0]
    assert (seats.hits.rows, seats.hits.unjudged, seats.hits.money) == (1, 1, 0)
    assert math.isnan(seats.hits.precision.value)
    assert one.unjudged == {"younger than 60 days": 2}


def test_a_customer_loses_its_money_once(story: Any, at_day: Day) -> None:
    """Who is stopped at the first payment takes nothing; the second stop saves no more."""
    for day in (1, 2, 3):
        story.event("payment", "thief", day, amount=100 * day)
    story.label("thief", 9, of=1)
    first = rule("FIRST", "amount == 100", moments=("payment",))
    later = rule("LATER", "amount >= 200", moments=("payment",))
    (one,) = tried(story, rules(), rules(first, later), span=Span(as_of=at_day(100))).moments
    assert one.evaluation.then.stopped.money == 600
    saved = {
        policy.id: (policy.hits.money, policy.only.money) for policy in one.evaluation.policies
    }
    assert saved == {"FIRST": (600, 100), "LATER": (500, 0)}


def test_where_labels_speak_of_events_each_takes_its_own_money(story: Any, at_day: Day) -> None:
    domain = Domain(
        moments={
            "payment": Moment(
                event="payment", risks={"fraud": Risk(labels=("fraud",), maturity=7, of="event")}
            )
        },
        labels={"fraud": 7, LEGITIMATE: 7},
    )
    cards = Catalogue({"sum": Fact(of="amount", at=("payment",), why="w")}, domain)
    for day in (1, 2, 3):
        story.event("payment", "holder", day, amount=100 * day)
    story.label("holder", 4, "fraud", event="payment-1").label(
        "holder", 5, "fraud", event="payment-2"
    )
    all_of_them = rules(rule("ALL", "sum >= 100", moments=("payment",)), of=cards)
    with story.history() as history:
        span = Span(as_of=at_day(50))
        (one,) = backtest(history, cards, rules(of=cards), all_of_them, span=span).moments
    stopped = one.evaluation.then.stopped
    assert (stopped.bad, stopped.good, stopped.money) == (2, 1, 500)


def test_customers_are_asked_about_each_week(story: Any, at_day: Day) -> None:
    story.signup("quiet", 0).signup("abuser", 0)
    story.event("alert", "abuser", 20).label("abuser", 40, "service_abuse", of=30)
    alert = rule("ALERT", "alerts_of_customer_30d >= 1", moments=("checkup",))
    span = Span(as_of=at_day(140))
    (one,) = tried(story, rules(), rules(alert), span=span).moments
    assert (one.rows, one.customers) == (40, 2)
    hits = one.evaluation.policies[0].hits
    assert (hits.bad, hits.good, hits.unjudged) == (3, 0, 1), "from the 40th day on it is known"
    assert list(one.unjudged) == ["younger than 90 days", "known bad before"]
    (sooner,) = tried(story, rules(), rules(alert), risk="abuse_of_service", span=span).moments
    assert sooner.risks == ("abuse_of_service",)
    assert sooner.unjudged["younger than 30 days"] < one.unjudged["younger than 90 days"]


WIDE = rules(
    rule("PREPAID", "card_is_sent == 1 && card_is_prepaid == 1", "decline", unknown="challenge"),
    rule("CARD_KIND", 'card_funding in ["prepaid", "credit"] && seats >= 5'),
    rule("ABROAD", 'country != ip_country || network_type == "tor"', "challenge"),
    rule("SHARED", "accounts_on_device_24h >= 2 || most_accounts_sharing >= 3"),
    rule("QUOTIENT", "accounts_on_ip_30d / accounts_on_ip_365d < 0.5", unknown="challenge"),
    rule("SCHEDULE", "hour_local < 6 ? form_seconds < 20.0 : email_local_entropy > 3.5"),
)


def test_the_shadow_stops_nothing_and_says_what_it_would(told: Any) -> None:
    watched = rule("HASTY", "form_seconds < 3.0", "decline", shadow=True)
    seen = rule("SEATS_AGAIN", "seats >= 10", shadow=True)
    (one,) = tried(told, NOW, rules(*NOW.policies, watched, seen)).moments
    found = one.evaluation
    assert found.changes == ()
    assert found.then == found.now
    many, _, _, hasty, again = found.policies
    assert (hasty.shadow, hasty.hits.rows, hasty.only.rows, hasty.standing) == (True, 1, 0, "new")
    assert (again.hits.rows, again.only.rows, again.only.money) == (many.hits.rows, 0, 0)
    assert (many.shadow, many.only.rows) == (False, many.hits.rows)
    (alone,) = tried(told, rules(), rules(watched)).moments
    (hasty,) = alone.evaluation.policies
    assert (hasty.only.rows, hasty.only.money) == (1, 700)
    assert alone.evaluation.then.stopped.rows == 0


def test_what_has_ended_stops_nobody_who_came_later(told: Any, at_day: Day) -> None:
    last = datetime.fromtimestamp(at_day(0) / 1e6, UTC).date()
    ends = rule("MANY_SEATS", "seats >= 10", valid_until=last)
    (one,) = tried(told, NOW, rules(ends)).moments
    (found,) = one.evaluation.policies
    (whole,) = tried(told, NOW, rules(MANY_SEATS)).moments
    assert (found.standing, found.hits.rows) == ("changed", 2)
    assert whole.evaluation.policies[0].hits.rows == 6


def test_rows_are_decided_as_one_by_one(world: Path) -> None:
    """Whole columns and few combinations come to what each row alone comes to."""
    used = WIDE.used("signup")
    with History.open(world) as history:
        span = Span(as_of=history.span()[1])
        rows = read_rows(history, CATALOGUE, "signup", used, span)
        vectors = matrix(history, CATALOGUE.only(used), "signup")
        said = history.connection.sql(
            "SELECT * EXCLUDE (kind) FROM entries WHERE kind = 'signup' ORDER BY known_at"
        ).to_arrow_table()
    assert rows.asked.ids.tolist() == said["id"].to_pylist()
    expected = []
    for vector, fields in zip(vectors.values, said.to_pylist(), strict=True):
        values = {
            name: value if isinstance(value, str) else float(value)
            for name, value in fields.items()
            if name in NAMES["signup"] and value is not None
        }
        for column, value in zip(CATALOGUE.only(used).derived("signup"), vector, strict=True):
            values.pop(column.name, None)
            if not np.isnan(value):
                texts = column.categories
                values[column.name] = value if texts is None else texts[int(value)]
        hits = WIDE.evaluate("signup", values, at=0)
        expected.append(ORDER.index(strictest(hit.outcome for hit in hits)))
    assert apply(WIDE, "signup", rows.columns, rows.asked.at).outcome.tolist() == expected
    assert len(set(expected)) == len(ORDER)


def test_what_becomes_known_later_changes_nothing(told: Any, at_day: Day) -> None:
    """A report as of a day is the same whatever comes after it."""
    asks = rules(
        MANY_SEATS,
        rule("PAYS", "payments_of_customer_30d >= 0", moments=("payment",)),
        rule("ALERT", "alerts_of_customer_30d >= 0 || usage_cost_24h > 10", moments=("checkup",)),
    )
    span = Span(as_of=at_day(95))
    before = tried(told, NOW, asks, span=span)
    told.label("buys-15", 96, of=0).label("hasty", 97, status="reversed", of=0)
    told.signup("later", 96, seats=99).event("payment", "young", 96, amount=10)
    told.event("usage", "unseen", 98, amount=99).decision("buys-15", 96, "signup-1", "decline")
    told.label("wordless", 99, "credit_default", of=50)
    after = tried(told, NOW, asks, span=span)
    assert {one.moment for one in after.moments} == {"signup", "payment", "checkup"}
    assert msgspec.json.encode(asdict(after)) == msgspec.json.encode(asdict(before))
    assert msgspec.json.encode(asdict(tried(told, NOW, asks))) != msgspec.json.encode(
        asdict(before)
    )


def test_a_span_takes_its_rows_and_keeps_their_past(told: Any, at_day: Day) -> None:
    told.event("payment", "hasty", 50, amount=10)
    pays = rule(
        "PAYS", "paid_by_customer_30d >= 0 && hours_since_signup > 1000", moments=("payment",)
    )
    span = Span(as_of=at_day(100), since=at_day(40), until=at_day(60))
    (one,) = tried(told, rules(), rules(pays), span=span).moments
    assert (one.rows, one.evaluation.policies[0].hits.rows) == (1, 1)
    with pytest.raises(
        NotEnoughData, match=r"no payment between --since and --until.* 2026-01-04 to"
    ):
        tried(told, rules(), rules(pays), span=Span(at_day(100), at_day(60), at_day(70)))


def test_spans_add_up(told: Any, at_day: Day) -> None:
    known = rule("KNOWN", "usage_cost_7d > 0", moments=("checkup",))
    both = rules(MANY_SEATS, known)

    def rows_and_hits(since: int | None, until: int | None) -> np.ndarray[Any, Any]:
        span = Span(at_day(100), since, until)
        found = tried(told, rules(), both, span=span).moments
        return np.array([(one.rows, one.evaluation.policies[0].hits.rows) for one in found])

    early, late = rows_and_hits(None, at_day(7)), rows_and_hits(at_day(7), None)
    assert (early + late).tolist() == rows_and_hits(None, None).tolist()
    assert early.min() > 0
    assert late.min() > 0


def test_a_moment_without_rows_is_left_out_with_the_reason(told: Any) -> None:
    everywhere = rule("ALL", "true", moments=("signup", "payment", "checkup"))
    del told.entries[5:]
    report = tried(told, rules(), rules(everywhere))
    assert [one.moment for one in report.moments] == ["signup"]
    assert report.left_out == {
        "payment": "this history has no payment by 2026-01-01: import some, or choose another "
        "--moment",
        "checkup": "this history has no checkup by 2026-01-01: import some, or choose another "
        "--moment",
    }


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"moment": "login"}, "there is no moment login: choose one of signup"),
        ({"moment": "payment"}, "neither set of policies asks about payments"),
        ({"risk": "boredom"}, "signup has no risk boredom: there is theft_of_service"),
        ({"span": Span(as_of=0)}, "no sign-up by 1970-01-01"),
    ],
)
def test_what_cannot_be_tested_says_why(told: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(NotEnoughData, match=says):
        tried(told, NOW, THEN, **options)


def test_no_policy_at_all_is_nothing_to_test(told: Any) -> None:
    with pytest.raises(NotEnoughData, match="neither set of policies asks anything"):
        tried(told, rules(), rules())


def test_a_moment_without_risks_is_never_judged(story: Any, at_day: Day) -> None:
    domain = Domain(moments={"signup": Moment(event="signup", risks={})}, labels={"fraud": 7})
    plain = Catalogue({"seats": Fact(of="seats", why="w")}, domain)
    story.signup("a", 0, seats=3)
    with story.history() as history:
        (one,) = backtest(history, plain, rules(of=plain), rules(MANY_SEATS, of=plain)).moments
    assert one.unjudged == {"without a risk at this moment": 1}
