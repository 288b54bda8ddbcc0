"""The Python client speaks every operation, and finds again what it was given."""

from __future__ import annotations

import inspect
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.decide.policies import SHIPPED
from serving.api import Api
from serving.exchange import Receive, Scope, Send
from serving.manual import examples
from serving.manual.operations import OPERATIONS
from serving.routes import Routes
from tests.serving.listening import listening
from vouch import Client, VouchProblem

SIGNUP = examples.FRAUDULENT_SIGNUP


PENDING = {"kind": "signup", "id": "pending", "customer": "c-p", "session": {"mfa_done": False}}


def test_a_decision_is_followed_to_its_end(client: Client) -> None:
    first = client.score(PENDING, language="nl")
    assert (first.outcome, first.status, first.reasons[0].code) == (
        "challenge", "pending", "NO_MFA_AT_SIGNUP",
    )  # fmt: skip
    id = str(first.decision_id)
    assert [one.decision_id for one in client.decisions(customer="c-p").decisions] == [id]
    assert client.explanation(id, language="fr").customer_reasons[0].startswith("Veuillez")
    assert client.replay(id).equal
    made = client.override({"decision": id, "outcome": "approve", "reason": "We know them."})
    assert made.decision is not None
    assert (made.decision.outcome, made.decision.supersedes) == ("approve", id)
    assert client.decision(id).superseded_by == made.decision.decision_id
    assert [one.id for one in client.overrides().entries] == [made.override.id]
    assert client.lift_override(made.override.id).lifted_at is not None
    assert client.appeal(str(made.decision.decision_id), "Why not?").decision is None


def test_lists_snoozes_and_policies(client: Client) -> None:
    listed = client.put_on_list(
        {"list": "block", "field": "device", "value": "device-9", "reason": "A farm."}
    )
    assert client.on_lists("device", "device-9").lists == ["block"]
    assert [one.id for one in client.lists(list="block").entries] == [listed.id]
    blocked = client.score({**PENDING, "id": "blocked", "device": {"id": "device-9"}})
    assert (blocked.outcome, blocked.demanded_by) == ("decline", ("BLOCK_LISTED",))
    assert client.take_off_list(listed.id).lifted_at is not None
    until = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    snoozed = client.snooze(
        {"customer": "c-p", "policy": "NO_MFA_AT_SIGNUP", "reason": "Soon.", "expires_at": until}
    )
    assert client.score({**PENDING, "id": "snoozed"}).outcome == "approve"
    assert [one.id for one in client.snoozes().entries] == [snoozed.id]
    assert client.lift_snooze(snoozed.id).in_force is False
    few = SHIPPED.read_text().split("- id:")[1]
    assert [one.id for one in client.check_policies("- id:" + few).policies] == ["BLOCK_LISTED"]
    with pytest.raises(VouchProblem, match="line 1"):
        client.replace_policies("- id: lower case")
    assert client.policies_text() == SHIPPED.read_text()
    assert client.policy("BLOCK_LISTED") in client.policies().policies
    with pytest.raises(VouchProblem, match="precondition_failed"):
        client.replace_policies("[]", instead_of="0" * 12)
    digest = client.policies().digest
    assert client.replace_policies("[]", instead_of=digest).policies == ()


def test_every_operation_has_its_method(api: Api, key: str) -> None:
    routes, asked = Routes(OPERATIONS), set[str]()

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        asked.add(routes.find(scope["path"])[0].operation(scope["method"]).name)
        await api(scope, receive, send)

    with listening(noted) as url, Client(key, url) as client:
        for name, method in inspect.getmembers(client, inspect.ismethod):
            if not name.startswith("_") and name != "close":
                given = [_something(one) for one in inspect.signature(method).parameters.values()]
                with suppress(VouchProblem):
                    method(*(one for one in given if one is not None))
    assert asked == {one.name for one in OPERATIONS if one.scopes}


def _something(wanted: inspect.Parameter) -> object:
    """What fits a parameter that must be given; None for any other."""
    if wanted.default is not wanted.empty or wanted.kind is not wanted.POSITIONAL_OR_KEYWORD:
        return None
    if "Iterable" in wanted.annotation:
        return [examples.USAGE]
    return examples.USAGE if "Fields" in wanted.annotation else "x"


@pytest.mark.parametrize("id", ["shop/7", "..", "a%2Fb", "\u00fc ?#"])
def test_any_id_is_found_again(client: Client, id: str) -> None:
    client.score({"kind": "signup", "customer": id})
    assert client.customer(id).id == id


def test_customers_and_batches(client: Client) -> None:
    sent: list[dict[str, Any]] = [{**PENDING, "id": "b1"}, {**PENDING, "id": "b2", "email": 5}]
    results = client.score_batch(sent, language="fr")
    assert [one.status for one in results] == [200, 422]
    assert results[0].answer is not None
    assert str(results[0].answer.reasons[0].customer_text).startswith("Veuillez")
    assert client.checkup("c-p").moment == "checkup"
    assert client.customer("c-p").entries["signup"] == 1
    page = client.customer_entries("c-p", limit=1)
    assert [one.kind for one in page.entries] == ["decision"]
    page = client.customer_entries("c-p", cursor=page.next)
    assert [one.kind for one in page.entries] == ["checkup", "decision", "signup"]
    kinds = [line.entry.kind for line in client.customer_export("c-p") if line.entry]
    assert kinds == ["signup", "decision", "checkup", "decision"]
