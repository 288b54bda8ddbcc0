"""The Python client: two lines, types, and calls that are safe to repeat."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import vouch
from features.blocks import Device, Money
from features.errors import SetupError
from features.events import Label, Signup, Usage
from serving.answer import DecisionAnswer
from serving.manual import examples
from serving.settings import Settings
from tests.serving.calling import opened, writer_held
from tests.serving.listening import listening
from tests.serving.processes import ROOT
from vouch import Client, VouchProblem

SIGNUP = examples.FRAUDULENT_SIGNUP


def test_two_lines_decide(client: Client) -> None:
    answer = client.score(SIGNUP)
    assert isinstance(answer, DecisionAnswer)
    assert (answer.outcome, answer.event_id, answer.dry_run) == ("decline", SIGNUP["id"], False)
    assert answer.decision_id is not None
    assert client.score(SIGNUP) == answer
    stored = client.decision(answer.decision_id)
    assert stored.answer == answer
    assert stored.record.entry.kind == "signup"


def test_typed_events_are_taken_as_well(client: Client) -> None:
    signup = Signup(id="typed", device=Device(id="d1"))
    assert client.score(signup, dry_run=True).decision_id is None
    assert client.score(signup).event_id == "typed"
    label = Label(id="l1", customer="typed", label="false_identity")
    assert client.label(label).id == "l1"
    assert client.label(label).replayed


def test_what_has_no_id_gets_one(client: Client) -> None:
    first, second = (client.score({"kind": "signup"}) for _ in range(2))
    assert first.event_id != second.event_id
    made = client.event({"kind": "profile", "customer": "c1", "card_on_file": True})
    assert (len(made.id), made.replayed) == (36, False)


def test_many_events_come_back_line_by_line(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.client._LINES_AT_ONCE", 2)
    sent = [examples.USAGE, {"kind": "usage"}, {**examples.USAGE, "id": "u3"}]
    lines = client.events(sent)
    assert [(line.line, line.status) for line in lines] == [
        (1, "recorded"),
        (2, "refused"),
        (3, "recorded"),
    ]
    assert (lines[1].code, lines[1].pointer) == ("invalid_input", "/cost")
    cost = Money(amount=Decimal("1.00"), currency="EUR")
    assert client.events(Usage(id=f"v{n}", cost=cost) for n in range(3))[2].id == "v2"
    assert client.events([]) == []


def test_a_refusal_is_told_with_its_field(client: Client) -> None:
    with pytest.raises(VouchProblem) as refused:
        client.score({"kind": "signup", "email": 5})
    told = refused.value
    assert (told.status, told.code, told.pointer) == (422, "invalid_input", "/email")
    assert str(told) == f"{told.detail} (invalid_input at /email)"
    assert told.request_id
    with pytest.raises(VouchProblem, match="no decision with this id"):
        client.decision("d1?")


@pytest.mark.parametrize(
    ("key", "url", "says"),
    [
        ("", "http://127.0.0.1:9", "no API key"),
        ("vouch_\u00e9", "http://127.0.0.1:9", "no API key"),
        ("vouch_a\nb", "http://127.0.0.1:9", "no API key"),
        ("vouch_x", "127.0.0.1:9", "begins with http://"),
    ],
)
def test_what_nothing_can_be_sent_with_is_told_at_once(key: str, url: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        Client(key, url)


def test_an_api_key_may_come_from_a_file(url: str, key: str) -> None:
    with Client(f"{key}\n", url) as client:
        assert client.score(SIGNUP, dry_run=True).outcome == "decline"


def test_a_wrong_api_key_is_told(url: str) -> None:
    with Client("vouch_wrong", url) as client, pytest.raises(VouchProblem) as refused:
        client.score(SIGNUP)
    assert (refused.value.status, refused.value.code) == (401, "unauthorised")


def test_a_disk_that_does_not_answer_for_a_while_is_waited_for(
    settings: Settings, key: str
) -> None:
    """The first try ends unconfirmed; the next finds what it had recorded."""
    with (
        opened(replace(settings, timeout_ms=50)) as api,
        listening(api) as url,
        Client(key, url) as client,
    ):
        held = threading.Event()

        def hold() -> None:
            with writer_held(api):
                held.set()
                time.sleep(0.3)

        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        assert client.event({"kind": "profile", "customer": "c1"}).replayed
        thread.join()


Script = tuple[int, dict[str, str], bytes]


class Scripted:
    """A server that answers as it is told: a status with headers and body, or hangs up."""

    def __init__(self, *script: Script) -> None:
        self.script, self.bodies = list(script), list[bytes]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                status, headers, body = outer.script.pop(0)
                if not status:
                    return  # closes without a word
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def problem(status: int, code: str, **headers: str) -> Script:
    told = {"type": "", "title": "", "status": status, "code": code, "detail": "no"}
    return status, headers, json.dumps({**told, "request_id": "r1"}).encode()


TAKEN: Script = (
    200,
    {},
    b'{"id": "e1", "known_at": "2026-01-01T00:00:00Z", "of_a_later_version": {"x": 1}}',
)


def test_what_failed_for_now_is_sent_again_with_the_same_id() -> None:
    script: tuple[Script, ...] = (
        (0, {}, b""),
        (502, {}, b"<html>"),
        problem(409, "in_flight"),
        problem(503, "unavailable"),
        TAKEN,
    )
    with Scripted(*script) as server, Client("vouch_x", server.url) as client:
        assert client.event({"kind": "profile"}).id == "e1"
    assert len(server.bodies) == 5
    assert len(set(server.bodies)) == 1
    assert len(json.loads(server.bodies[0])["id"]) == 36


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    limited = problem(429, "too_many", **{"Retry-After": "1"})
    with Scripted(limited, TAKEN) as server, Client("vouch_x", server.url) as client:
        started = time.monotonic()
        client.event({"kind": "profile"})
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize(
    ("script", "status", "code"),
    [
        ([problem(409, "conflict")], 409, "conflict"),
        ([problem(429, "too_many", **{"Retry-After": "3600"})], 429, "too_many"),
        ([problem(500, "internal")], 500, "internal"),
        ([(404, {"Retry-After": "soon"}, b"<html>")], 404, "http"),
        ([(200, {}, b'{"id": 5}')], 200, "unexpected_answer"),
        ([problem(503, "unavailable")] * 2, 503, "unavailable"),
        ([(0, {}, b"")] * 2, 0, "no_answer"),
    ],
)
def test_what_does_not_pass_is_raised(script: list[Script], status: int, code: str) -> None:
    with Scripted(*script) as server, Client("vouch_x", server.url, tries=2) as client:
        with pytest.raises(VouchProblem) as refused:
            client.event({"kind": "profile"})
        assert server.script == []
    assert (refused.value.status, refused.value.code) == (status, code)


def test_a_service_that_is_not_there_is_named() -> None:
    with Client("vouch_secret", "http://127.0.0.1:9", tries=1) as client:
        with pytest.raises(
            VouchProblem, match=r"no answer from http://127\.0\.0\.1:9 \(Conn"
        ) as no:
            client.event({"kind": "profile"})
        assert "vouch_secret" not in f"{no.value} {client!r} {vars(no.value)}"


def test_importing_the_client_loads_no_model_and_no_server() -> None:
    program = (
        "import sys; from vouch import Client, verify_webhook; Client('vouch_x').close();"
        "print([m for m in ('lightgbm','bentoml','duckdb','pyarrow','apsw') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="has no attribute Custodian"):
        vouch.Custodian  # type: ignore[attr-defined] # noqa: B018
