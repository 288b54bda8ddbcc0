"""Customers are asked about now: decided like events, counted by nothing."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.catalogue import CATALOGUE
from features.contract import BundleStore
from features.declared import Catalogue
from features.domain import Domain
from features.errors import NotFound
from features.events import Alert, Label, Usage
from features.offline import History, checkups, matrix
from serving.api import Api
from serving.checkups import Checkups, Question
from serving.decreeing import Asked
from serving.layouts import Layouts
from serving.ledger.decisions import export_decisions
from serving.ledger.export import export
from serving.listing import NewSnooze, snooze
from serving.opening import OpenScorer
from serving.settings import Settings
from tests.serving.calling import Caller, opened
from tests.serving.scoring import NOON, dollars, on_disk, score, signup

CHECKUP = "/v1/customers/c1/checkup"


def consume(scorer: OpenScorer, number: int, cost: int = 10) -> None:
    event = Usage(id=f"u{number}", customer="c1", cost=dollars(cost), occurred_at=NOON)
    scorer.ingest(event, fingerprint=b"")


def ask(scorer: OpenScorer, customer: str = "c1", **fields: Any) -> dict[str, Any]:
    """What a checkup says; the disk is waited for before."""
    on_disk(scorer)
    scored = Checkups(scorer).ask(Question(customer, **fields), b"of the body")
    answer: dict[str, Any] = json.loads(scored.body)
    on_disk(scorer)
    return answer


def record_of(scorer: OpenScorer, answer: dict[str, Any]) -> dict[str, Any]:
    stored = scorer.ledger.decision(answer["decision_id"])
    assert stored is not None
    record: dict[str, Any] = json.loads(stored.record)
    return record


def test_a_customer_is_asked_about_with_all_that_is_known(scorer: OpenScorer) -> None:
    score(scorer, signup(1))
    consume(scorer, 1, cost=70)
    answer = ask(scorer)
    assert (answer["moment"], answer["customer"], answer["mode"]) == ("checkup", "c1", "scorecard")
    record = record_of(scorer, answer)
    plan = scorer.observer.moments["checkup"].plan
    vector = dict(zip(plan.names, record["vector"], strict=True))
    assert vector["usage_lines_24h"] == 1.0
    assert record["entry"] == {
        "id": answer["event_id"],
        "kind": "checkup",
        "known_at": record["decided_at"],
        "occurred_at": record["decided_at"],
        "customer": "c1",
        "reference": scorer.door.reference.digest,
    }


def test_nothing_counts_a_checkup(scorer: OpenScorer, tmp_path: Path) -> None:
    """Not online, and not in a history: the second answer has the vector of the first."""
    score(scorer, signup(1))
    consume(scorer, 1)
    first = record_of(scorer, ask(scorer))
    second = record_of(scorer, ask(scorer))
    plan = scorer.observer.moments["checkup"].plan
    pairs = zip(plan.names, first["vector"], second["vector"], strict=True)
    assert {name for name, one, other in pairs if one != other} <= {"hours_since_signup"}
    assert [entry.kind for entry in scorer.ledger.entries()][-2:] == ["checkup", "decision"]
    export(scorer.ledger, tmp_path / "export.parquet")
    with History.open(tmp_path / "export.parquet") as history:
        asked = checkups(["c1"], second["decided_at"])
        offline = matrix(history, CATALOGUE, "checkup", asked).values[0].tolist()
    assert [None if x != x else x for x in offline] == second["vector"]


def test_a_dry_run_leaves_no_trace(scorer: OpenScorer) -> None:
    score(scorer, signup(1))
    before = scorer.ledger.last_known_at
    answer = ask(scorer, dry_run=True)
    assert (answer["decision_id"], answer["dry_run"]) == (None, True)
    assert scorer.ledger.last_known_at == before


def test_a_checkup_under_a_name_is_answered_once(scorer: OpenScorer) -> None:
    score(scorer, signup(1))
    first = ask(scorer, id="night-7")
    assert first["event_id"] == "night-7"
    assert ask(scorer, id="night-7") == first
    other = ask(scorer, id="night-7", account="east")
    assert other["decision_id"] != first["decision_id"]
    assert other["event_id"] == "night-7"


def test_nobody_is_let_pass_by_chance_at_a_checkup(afternoon: Settings) -> None:
    with closing(OpenScorer(replace(afternoon, exploration=0.2))) as scorer:
        score(scorer, signup(1))
        records = [record_of(scorer, ask(scorer)) for _ in range(5)]
        assert not any("chance" in record for record in records)


def alert(scorer: OpenScorer) -> None:
    """A serious alert is open: policies want a review of this customer."""
    alert = Alert(
        id="a1", customer="c1", source="azure", type="mining", severity="high", occurred_at=NOON
    )
    scorer.ingest(alert, fingerprint=b"")


def outcome_of(scorer: OpenScorer, answer: dict[str, Any]) -> str:
    """What the decision about a checkup is now."""
    on_disk(scorer)
    current = scorer.ledger.current(answer["event_id"])
    assert current is not None
    return current.outcome


def test_a_review_of_a_checkup_is_decided_again(scorer: OpenScorer) -> None:
    """Until a label says that all is well."""
    score(scorer, signup(1))
    alert(scorer)
    answer = ask(scorer)
    assert (answer["outcome"], answer["status"]) == ("review", "pending")
    assert [one.id for one in scorer.pending.of("c1")] == [answer["decision_id"]]
    label = Label(id="l1", customer="c1", label="legitimate", source="analyst")
    (again,) = scorer.ingest(label, fingerprint=b"").again
    assert again.outcome == outcome_of(scorer, answer) == "approve"
    assert scorer.pending.of("c1") == []


@pytest.mark.parametrize("restarted", [False, True])
def test_a_checkup_that_was_asked_again_does_not_expire(
    afternoon: Settings, restarted: bool
) -> None:
    """The answer of today counts, not a review of last week that nobody looked at."""
    with closing(OpenScorer(afternoon)) as scorer:
        for customer in (1, 2):
            score(scorer, signup(customer))
        alert(scorer)
        week_ago = ask(scorer)
        silent = NewSnooze(
            customer="c1",
            policy="MICROSOFT_FRAUD_ALERT_ACTIVE",
            reason="a false alarm",
            expires_at=NOON + timedelta(days=60),
        )
        snooze(scorer, silent, Asked(None, b"", "ana"))
        assert ask(scorer)["outcome"] == "approve"
        if not restarted:
            score(scorer, signup(3, occurred_at=NOON + timedelta(days=8)))
            assert scorer.expire() == []
    if restarted:
        with closing(OpenScorer(afternoon)) as scorer:
            score(scorer, signup(3, occurred_at=NOON + timedelta(days=8)))
            assert scorer.expire() == []
            assert outcome_of(scorer, week_ago) == "review"


def test_a_checkup_that_nobody_looked_at_expires(scorer: OpenScorer) -> None:
    score(scorer, signup(1))
    alert(scorer)
    answer = ask(scorer)
    score(scorer, signup(3, occurred_at=NOON + timedelta(days=8)))
    (again,) = scorer.expire()
    assert again.outcome == outcome_of(scorer, answer) == "decline"


def test_the_decisions_of_checkups_are_exported(
    scorer: OpenScorer, afternoon: Settings, tmp_path: Path
) -> None:
    score(scorer, signup(1))
    answer = ask(scorer)
    known = Layouts(CATALOGUE, BundleStore(afternoon.home))
    assert export_decisions(scorer.ledger, tmp_path / "d.parquet", known) == 2  # type: ignore[arg-type]
    row = pq.read_table(tmp_path / "d.parquet").to_pylist()[1]
    assert (row["id"], row["event"]) == (answer["decision_id"], answer["event_id"])
    assert (row["moment"], row["customer"]) == ("checkup", "c1")
    names = [column.name for column in known.known[row["layout"]].columns]
    assert names == list(scorer.observer.moments["checkup"].plan.names)


def test_a_domain_may_ask_nothing_about_customers(afternoon: Settings) -> None:
    moments = {name: one for name, one in CATALOGUE.domain.moments.items() if one.event}
    domain = Domain(moments=moments, labels=CATALOGUE.domain.labels)
    declared = CATALOGUE.declarations["accounts_on_device"]
    catalogue = Catalogue({"accounts_on_device": replace(declared, at=("signup",))}, domain=domain)
    policies = afternoon.home.parent / "policies.yaml"
    policies.write_text("[]")
    with (
        closing(OpenScorer(replace(afternoon, policies=policies), catalogue)) as scorer,
        pytest.raises(NotFound, match="asks nothing about customers"),
    ):
        Checkups(scorer).ask(Question("c1"), b"")


def test_over_the_api(api: Api, call: Caller) -> None:
    call("POST", "/v1/score", json={"kind": "signup", "id": "s1", "customer": "c1"})
    dry = call("POST", f"{CHECKUP}?dry_run=true&language=fr")
    assert (dry.status_code, dry.json()["decision_id"]) == (200, None)
    name = {"idempotency-key": "night-7"}
    first = call("POST", CHECKUP, headers=name)
    again = call("POST", CHECKUP, headers=name)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    kept = call("GET", f"/v1/decisions/{first.json()['decision_id']}").json()
    assert kept["answer"] == first.json()
    assert 'vouch_decisions_total{outcome="approve",mode="scorecard"} 2' in (
        call("GET", "/metrics").text
    )
    other = call("POST", f"{CHECKUP}?language=nl", headers=name)
    assert (other.status_code, other.json()["code"]) == (422, "id_reused")
    event = {
        "kind": "usage",
        "id": "u1",
        "customer": "c1",
        "cost": {"amount": "1", "currency": "EUR"},
    }
    call("POST", "/v1/events", json=event)
    taken = call("POST", CHECKUP, headers={"idempotency-key": "u1"})
    assert taken.json()["code"] == "id_reused"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/customers/c9/checkup", 404, "not_found"),
        (f"{CHECKUP}?moment=signup", 404, "not_found"),
        (f"{CHECKUP}?dry_run=perhaps", 400, "invalid_query"),
        (f"{CHECKUP}?language=de", 400, "invalid_query"),
        (f"{CHECKUP}?when=now", 400, "invalid_query"),
    ],
)
def test_what_cannot_be_asked_is_refused(call: Caller, path: str, status: int, code: str) -> None:
    call("POST", "/v1/score", json={"kind": "signup", "id": "s1", "customer": "c1"})
    refused = call("POST", path)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_a_bad_idempotency_key_is_refused(call: Caller) -> None:
    refused = call("POST", CHECKUP, headers={"idempotency-key": "ana@lima.example"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_idempotency_key")


def test_the_same_twice_at_once_is_in_flight(settings: Settings, key: str) -> None:
    with opened(settings) as api:
        call = Caller(api, key)
        call("POST", "/v1/score", json={"kind": "signup", "id": "s1", "customer": "c1"})

        async def story(client: Any) -> list[str]:
            headers = {"idempotency-key": "night-7"}
            both = [client.post(CHECKUP, headers=headers) for _ in range(2)]
            answers = await asyncio.gather(*both)
            return sorted(answer.json().get("code", "") for answer in answers)

        assert call.tell(story) == ["", "in_flight"]
