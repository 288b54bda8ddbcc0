"""A stream of events: every line has its own fate."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx
import pytest

from features.events import Ingestible, Label
from serving.api import Api
from serving.manual import examples
from serving.received import Ingested
from serving.settings import Settings
from tests.serving.calling import Caller, opened, writer_held

NDJSON = {"content-type": "application/x-ndjson"}


def send(call: Caller, *lines: object) -> httpx.Response:
    body = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    return call("POST", "/v1/events", content=body, headers=NDJSON)


def results(answer: httpx.Response) -> list[tuple[int, str, str | None]]:
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return [(line["line"], line["status"], line.get("code")) for line in lines]


def usage(number: int) -> dict[str, object]:
    return {**examples.USAGE, "id": f"u{number}"}


def test_a_refused_line_does_not_stop_the_others(api: Api, call: Caller) -> None:
    call("POST", "/v1/events", json=usage(1))
    card = {**usage(3), "service": "4111 1111 1111 1111"}
    answer = send(call, usage(1), usage(2), card, b"{", b"", usage(4), b"[" + b"1," * 3000)
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert results(answer) == [
        (1, "refused", "id_reused"),
        (2, "recorded", None),
        (3, "refused", "card_number_refused"),
        (4, "refused", "invalid_input"),
        (6, "recorded", None),
        (7, "refused", "too_large"),
    ]
    assert "4111" not in answer.text


def test_the_same_stream_again_changes_nothing(call: Caller) -> None:
    lines = [usage(number) for number in range(150)]
    first, again = send(call, *lines), send(call, *lines)
    assert {status for _, status, _ in results(first)} == {"recorded"}
    assert {status for _, status, _ in results(again)} == {"known"}
    assert len(results(again)) == 150


def test_too_many_lines_are_refused_before_any_is_recorded(api: Api, call: Caller) -> None:
    answer = send(call, *(usage(number) for number in range(201)))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    scorer = api._scorer
    assert scorer is not None
    assert list(scorer.ledger.entries()) == []


def test_a_failing_disk_ends_the_stream_with_what_was_lost(api: Api, call: Caller) -> None:
    scorer = api._scorer
    assert scorer is not None
    writer = scorer.ledger._writer  # type: ignore[attr-defined]
    writer.pragma("max_page_count", writer.pragma("page_count"))
    told = results(send(call, b"{", *(usage(number) for number in range(120))))
    assert told[0] == (1, "refused", "invalid_input")
    assert told[1:] == [(line, "refused", "unavailable") for line in range(2, 65)]


def test_an_error_of_ours_is_one_line_s_own(
    api: Api, call: Caller, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = api._scorer
    assert scorer is not None
    ingest = scorer.ingest

    def broken(event: Ingestible | Label, *, fingerprint: bytes, account: str) -> Ingested:
        if event.id == "u2":
            raise KeyError("ana.lima@limaimports.example")
        return ingest(event, fingerprint=fingerprint, account=account)

    monkeypatch.setattr(scorer, "ingest", broken)
    answer = send(call, usage(1), usage(2), usage(3))
    assert results(answer) == [
        (1, "recorded", None),
        (2, "refused", "internal"),
        (3, "recorded", None),
    ]
    assert "line 2 of a stream failed: KeyError at endpoints/learning.py" in caplog.text
    assert "ana.lima" not in caplog.text + answer.text


def test_a_slow_disk_ends_the_stream_with_what_is_not_known(settings: Settings, key: str) -> None:
    with opened(replace(settings, timeout_ms=10)) as api, writer_held(api):
        told = results(send(Caller(api, key), b"{", usage(1)))
    assert told == [(1, "refused", "invalid_input"), (2, "unconfirmed", "unconfirmed")]
