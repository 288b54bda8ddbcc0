"""Bad input: a 4xx that says where, nothing recorded, nothing repeated; in process and by wire."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from features.events import Ingestible, Label
from features.parsing import alternatives
from serving.api import Api
from serving.auth import ApiKeys
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader
from serving.manual import examples
from serving.manual.openapi import openapi
from serving.settings import Settings
from tests.serving.bad_bodies import BAD_BODIES, CANARIES, Bad
from tests.serving.calling import Caller, opened
from tests.serving.processes import free_port, start, until_ready

PATHS = ("/v1/score", "/v1/events")
SIGNUP = json.dumps(examples.ORDINARY_SIGNUP).encode()


class Open(NamedTuple):
    """An API that goes on through all of these tests."""

    api: Api
    call: Caller

    @property
    def place(self) -> int:
        """That of the last entry of its ledger; 0 where there is none."""
        scorer = self.api._scorer
        assert scorer is not None
        return scorer.ledger.last_known_at


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    home = tmp_path_factory.mktemp("bad") / "home"
    secret = ApiKeys(home).create("tests")
    with opened(Settings(home=home)) as api:
        yield Open(api, Caller(api, secret))


def check(bad: Bad, status: int, content: bytes) -> None:
    problem = json.loads(content)
    assert (status, problem["code"], problem.get("pointer")) == bad[1:4]
    assert problem["detail"]
    assert not any(canary in content for canary in CANARIES)
    assert not (words(bad.body) - WORDS_OF_THE_MANUAL) & words(content)


def words(text: bytes) -> set[bytes]:
    return {word.lower() for word in re.findall(rb"\w{4,}", text)}


#: May be said: they are no values, and neither is the plain name of a field.
WORDS_OF_THE_MANUAL = words(json.dumps(openapi()).encode()) | {b"colour"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_where_it_is_wrong(running: Open, path: str, name: str) -> None:
    bad = BAD_BODIES[name]
    headers = {"content-type": "application/json", "content-encoding": bad.encoding or "identity"}
    before = running.place
    answer = running.call("POST", path, content=bad.body, headers=headers)
    check(bad, answer.status_code, answer.content)
    assert running.place == before == 0


def fields(kind: Any) -> list[tuple[str, ...]]:
    """The place of every field that a type of body has, from its schema."""
    schema = msgspec.json.schema(kind)

    def within(place: dict[str, Any], at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for one in alternatives(place, schema):
            for name, inner in one.get("properties", {}).items():
                if name != "kind":
                    yield (*at, name)
                    yield from within(inner, (*at, name))

    return sorted(set(within(schema, ())))


WRONG = [
    ("/v1/labels" if kind is Label else "/v1/events", kind, at)
    for kind in (*Ingestible.__args__, Label)
    for at in fields(kind)
]


def test_a_list_where_there_is_none_is_refused_at_its_place(running: Open) -> None:
    assert len(WRONG) > 400
    before = running.place
    for path, kind, at in WRONG:
        sent: Any = []
        for name in reversed(at):
            sent = {name: sent}
        tag = kind.__struct_config__.tag
        body = sent if tag is None else {"kind": tag, **sent}
        refused = running.call("POST", path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
        assert refused.json()["pointer"] == "/" + "/".join(at)
    assert running.place == before == 0


def test_32_levels_are_taken(api: Api, call: Caller) -> None:
    body = SIGNUP[:-1] + b',"colour":' + b"[" * 31 + b"]" * 31 + b"}"
    answer = call("POST", "/v1/score", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["warnings"]) == (
        200,
        ["unknown field left out: /colour"],
    )


class Wire(NamedTuple):
    """A running server and its API key."""

    port: int
    secret: str

    def send(self, request: bytes, *, ends: bool = False) -> tuple[int, bytes]:
        """Sends bytes as they are; status and body of the answer, 0 if there is none."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            with suppress(OSError):  # it may be refused before all is sent
                line.sendall(request)
            if ends:
                line.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        head, _, content = answer.partition(b"\r\n\r\n")
        return (int(head.split(b" ", 2)[1]) if head else 0), content

    def head(self, *headers: str) -> bytes:
        """The head of a request to score."""
        lines = (
            "POST /v1/score HTTP/1.1",
            "Host: vouch",
            "Connection: close",
            f"Authorization: Bearer {self.secret}",
            "Content-Type: application/json",
            *headers,
            "\r\n",
        )
        return "\r\n".join(lines).encode()


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Ends with a look into its ledger: there is nothing."""
    home, port = tmp_path_factory.mktemp("wire") / "home", free_port()
    secret = ApiKeys(home).create("tests")
    process = start(home, port, "serve")
    until_ready(process, port)
    yield Wire(port, secret)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=20)
    assert not any(canary.decode() in told for canary in CANARIES)
    assert _entries(home) == []


def _entries(home: Path) -> list[object]:
    with closing(LedgerReader(home / FILE)) as ledger:
        return list(ledger.entries())


@pytest.mark.parametrize("name", BAD_BODIES)
def test_by_wire_it_is_refused_in_the_same_way(wire: Wire, name: str) -> None:
    bad = BAD_BODIES[name]
    with closing(http.client.HTTPConnection("127.0.0.1", wire.port, timeout=10)) as connection:
        headers = {
            "Authorization": f"Bearer {wire.secret}",
            "Content-Type": "application/json",
            "Content-Encoding": bad.encoding or "identity",
        }
        connection.request("POST", "/v1/score", bad.body, headers)
        answer = connection.getresponse()
        check(bad, answer.status, answer.read())


CHUNKED = "Transfer-Encoding: chunked"
LENGTH = f"Content-Length: {len(SIGNUP)}"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ([LENGTH, "Content-Length: 5"], SIGNUP, 400),
        (["Content-Length: -1"], SIGNUP, 400),
        (["Content-Length: 1e3"], SIGNUP, 400),
        ([f"Content-Length: {'9' * 5000}"], SIGNUP, 400),
        ([CHUNKED, LENGTH], SIGNUP, 400),
        ([CHUNKED], b"zz\r\n" + SIGNUP, 400),
        ([CHUNKED], b"3\r\n{\x00}\r\n0\r\n\r\n", 422),
        ([CHUNKED], b"%x\r\n%s\r\n" % (300_000, b" " * 300_000) + b"0\r\n\r\n", 413),
        (["Content-Length: 262145"], b"", 413),
        ([LENGTH, "Idempotency-Key: canary@example.com"], SIGNUP, 422),
        ([LENGTH, "X-Bad: a\x00b"], SIGNUP, 400),
        ([LENGTH, "Content-Encoding: br"], SIGNUP, 415),
        ([LENGTH, "Authorization: Bearer vouch_canary"], SIGNUP, 401),
        ([LENGTH, "Content-Type: application/json"], SIGNUP, 415),
        ([LENGTH, "Content-Encoding: identity", "Content-Encoding: gzip"], SIGNUP, 415),
        ([LENGTH, "Idempotency-Key: signup-1042", "Idempotency-Key: a"], SIGNUP, 422),
    ],
)
def test_what_the_protocol_does_not_allow_is_refused(
    wire: Wire, headers: list[str], body: bytes, status: int
) -> None:
    answered, content = wire.send(wire.head(*headers) + body)
    assert answered == status
    assert not any(canary in content for canary in CANARIES)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (f"Content-Length: {len(SIGNUP) + 1}", SIGNUP),
        (CHUNKED, b"%x\r\n%s\r\n" % (len(SIGNUP), SIGNUP)),
    ],
)
def test_a_body_that_ends_early_is_not_taken(wire: Wire, header: str, body: bytes) -> None:
    assert wire.send(wire.head(header) + body, ends=True) == (0, b"")
