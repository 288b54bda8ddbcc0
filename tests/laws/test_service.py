"""The service law: a day through HTTP, eight requests in flight, leaves the offline vectors."""

from __future__ import annotations

import json
import queue
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from features.catalogue import CATALOGUE
from features.offline import History, matrices
from serving.auth import ApiKeys
from tests.serving.processes import free_port, request, start, until_ready, vouch

_IN_FLIGHT = 8
_EVENTS = 1_200
_MORNING = datetime(2026, 3, 29, tzinfo=UTC)  # a day on which clocks change


def a_day(seed: int) -> list[tuple[str, dict[str, Any]]]:
    """Requests in the order in which they happened: who shares what is left to chance."""
    chance = Random(seed)  # noqa: S311 - a story, no secret
    day: list[tuple[str, dict[str, Any]]] = []
    for number in range(_EVENTS):
        at = _MORNING + timedelta(seconds=number * 86_400 // _EVENTS)
        if chance.random() < 0.1:
            at -= timedelta(hours=chance.choice((1, 5, 30)))
        who = {
            "id": f"e{number}",
            "occurred_at": at.isoformat().replace("+00:00", "Z"),
            "customer": f"c{chance.randrange(40)}",
            "reseller": f"r{chance.randrange(3)}",
        }
        day.append(_one(chance, who))
    return day


def _one(chance: Random, who: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    total = {"amount": f"{chance.randrange(1, 90)}.50", "currency": chance.choice(("USD", "EUR"))}
    asked = {
        **who,
        "email": f"x{chance.randrange(30)}@mail{chance.randrange(5)}.example",
        "device": {"id": f"d{chance.randrange(12)}"},
        "ip": {"address": f"203.0.113.{chance.randrange(20)}", "country": "NL"},
        "address": {"country": chance.choice(("BE", "NL", "US"))},
        "card": {"fingerprint": f"f{chance.randrange(15)}", "bin": "411111", "funding": "debit"},
    }
    kind = chance.choice(("signup", "payment", "authorisation", "usage", "label", "profile"))
    if kind == "signup":
        return "/v1/score", {"kind": kind, **asked, "order": {"total": total}}
    if kind == "payment":
        return "/v1/score", {"kind": kind, **asked, "total": total}
    if kind == "authorisation":
        result = chance.choice(("approved", "declined"))
        card = asked["card"]
        return "/v1/events", {"kind": kind, **who, "result": result, "total": total, "card": card}
    if kind == "usage":
        return "/v1/events", {"kind": kind, **who, "cost": total, "region": "west"}
    if kind == "profile":
        return "/v1/events", {"kind": kind, **who, "card_on_file": chance.random() < 0.5}
    return "/v1/labels", {
        "id": who["id"],
        "customer": who["customer"],
        "occurred_at": who["occurred_at"],
        "label": chance.choice(("stolen_instrument", "service_abuse", "legitimate")),
        "status": chance.choice(("confirmed", "confirmed", "reversed")),
    }


def _send(port: int, key: str, day: list[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Eight senders take what is next; the answers of all that was scored."""
    waiting: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
    for one in day:
        waiting.put(one)
    answers: list[dict[str, Any]] = []
    faults: list[bytes] = []

    def sender() -> None:
        while True:
            try:
                path, body = waiting.get_nowait()
            except queue.Empty:
                return
            status, _, content = request(port, "POST", path, body, key)
            if status != 200:
                faults.append(content)
            elif path == "/v1/score":
                answers.append(json.loads(content))

    senders = [threading.Thread(target=sender) for _ in range(_IN_FLIGHT)]
    for thread in senders:
        thread.start()
    for thread in senders:
        thread.join()
    assert faults == []
    return answers


def test_every_vector_is_the_one_that_history_gives(tmp_path: Path) -> None:
    port, key = free_port(), ApiKeys(tmp_path).create("law")
    process = start(tmp_path, port, "serve", VOUCH_CLOCK="events")
    until_ready(process, port)
    day = a_day(seed=1)
    answers = _send(port, key, day)
    assert len(answers) == sum(path == "/v1/score" for path, _ in day)
    used = {}
    for answer in answers:
        content = request(port, "GET", f"/v1/decisions/{answer['decision_id']}", key=key)[2]
        used[answer["event_id"]] = json.loads(content)["record"]["vector"]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    assert vouch(tmp_path, "export").returncode == 0
    with History.open(tmp_path / "export.parquet") as history:
        found = matrices(history, CATALOGUE, ("signup", "payment"))
    compared = 0
    for table in found.values():
        for id, row in zip(table.ids, table.values, strict=True):
            vector = np.array([np.nan if value is None else value for value in used[id]])
            differ = (vector != row) & ~(np.isnan(vector) & np.isnan(row))
            assert [table.columns[place] for place in np.flatnonzero(differ)] == [], id
            compared += 1
        assert (table.values > 0).any(axis=0).sum() > 40
    assert compared == len(answers)
