"""A decision that changes: who waits for it hears of it, by webhook and by asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from serving.auth import ApiKeys
from serving.settings import Settings
from serving.webhooks.secret import Secrets
from serving.webhooks.signature import verify
from tests.serving.calling import Caller, opened
from tests.serving.receiving import Inbox, receiving, until
from tests.serving.scoring import NOON

SIGNUP = {
    "kind": "signup",
    "id": "s1",
    "customer": "c1",
    "occurred_at": NOON.isoformat(),
    "session": {"mfa_done": False},
}
VERIFICATION = {
    "kind": "verification",
    "id": "v1",
    "customer": "c1",
    "type": "mfa",
    "result": "passed",
}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with receiving() as inbox:
        yield inbox


@pytest.fixture
def told(afternoon: Settings, inbox: Inbox) -> Iterator[Caller]:
    """A service that tells a receiver."""
    key = ApiKeys(afternoon.home).create("tests")
    settings = replace(afternoon, webhook_url=inbox.url, webhook_hosts="127.0.0.1")
    with opened(settings) as api:
        yield Caller(api, key)


def changed(inbox: Inbox, settings: Settings) -> dict[str, Any]:
    (post,) = inbox.wait_for(1)
    said = verify(Secrets(settings.home).read()[0], post.headers, post.body)
    assert said["type"] == "decision.changed"
    data: dict[str, Any] = said["data"]
    return data


def test_a_passed_challenge_is_told(told: Caller, inbox: Inbox, afternoon: Settings) -> None:
    first = told("POST", "/v1/score", json=SIGNUP).json()
    assert (first["outcome"], first["status"]) == ("challenge", "pending")
    assert told("POST", "/v1/events", json=VERIFICATION).status_code == 200
    data = changed(inbox, afternoon)
    assert (data["supersedes"], data["event_id"]) == (first["decision_id"], "s1")
    assert (data["outcome"], data["status"], data["customer"]) == ("approve", "final", "c1")
    now = told("GET", f"/v1/decisions/{data['decision_id']}").json()["answer"]
    assert (now["supersedes"], now["outcome"]) == (first["decision_id"], "approve")
    figures = told("GET", "/metrics").text
    assert 'vouch_decided_again_total{outcome="approve"} 1' in figures
    assert "vouch_pending_decisions 0" in figures
    until(lambda: "vouch_webhooks_sent_total 1" in told("GET", "/metrics").text)


def test_what_nobody_answers_expires_by_itself(
    told: Caller, inbox: Inbox, afternoon: Settings
) -> None:
    """The clock is that of the events: two days pass when one comes that is two days later."""
    first = told("POST", "/v1/score", json=SIGNUP).json()
    later = {**SIGNUP, "id": "s2", "occurred_at": (NOON + timedelta(days=2)).isoformat()}

    async def story(client: httpx.AsyncClient) -> None:
        await client.post("/v1/score", json={**later, "session": {"mfa_done": True}})
        await asyncio.sleep(1.2)  # it is looked at once a second

    told.tell(story)
    data = changed(inbox, afternoon)
    assert (data["supersedes"], data["outcome"]) == (first["decision_id"], "decline")
    answer = told("POST", "/v1/score", json=SIGNUP)
    assert answer.headers["idempotent-replayed"] == "true"
    assert json.loads(answer.content)["decision_id"] == first["decision_id"]
