"""Canaries sent everywhere, good and bad, to a real server: none of them is found anywhere after.

What is stored as it was sent, by design: ids of events and customers, references to them,
attributes, codes and names of services, reasons and statements that people write. There an e-mail
address and a card number are refused; anything else is taken for the caller's own opaque text.
"""

from __future__ import annotations

import http.client
import json
import signal
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import apsw
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from serving.auth import ApiKeys
from serving.manual.operation import NDJSON, Operation
from serving.manual.operations import OPERATIONS
from tests.serving.bad_bodies import BAD_BODIES
from tests.serving.canaries import (
    CARD_NUMBERS,
    IDENTIFIERS,
    blocks,
    everything,
    found,
    leaves,
    replaced,
)
from tests.serving.processes import free_port, start, until_ready, vouch
from tests.serving.receiving import Inbox, receiving

EMAIL = IDENTIFIERS["email"]
EVENTS = {
    "signup": {**blocks(), "kind": "signup", "session": {"form_seconds": 20.0}},
    "payment": {**blocks(), "kind": "payment", "total": {"amount": "20.00", "currency": "EUR"}},
    **{
        kind: {**common, "kind": kind, **{name: blocks()[name] for name in held}}
        for kind, common, held in (
            ("authorisation", {"result": "declined"}, ("email", "phone", "ip", "device", "card")),
            ("dispute", {"type": "refund"}, ("email", "phone", "ip", "device", "card")),
            ("profile", {}, ("email", "phone", "ip", "device")),
            ("activity", {"operation": "create"}, ("email", "phone", "ip", "device")),
        )
    },
}


HEADERS = ("X_Request_Id", "User_Agent", "Referer", "Cookie", "X_Forwarded_For")


class Answer(NamedTuple):
    """What came back, whole."""

    sent: str
    status: int
    head: bytes
    body: bytes


class Server:
    """A running server, and all that it answered."""

    def __init__(self, port: int, secrets: tuple[str, ...]) -> None:
        self.port, self.secrets = port, secrets
        self.answers: list[Answer] = []
        self.known = {"/v1/customers/": "customer-1"}  # ids that are there, by address
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)

    def ask(
        self, method: str, path: str, body: Any = None, *, secret: str = "", **headers: str
    ) -> Answer:
        """One request, with an API key that allows everything if no other is said."""
        told = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {secret or self.secrets[0]}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        self._line.request(method, path, content, told)
        answer = self._line.getresponse()
        answered = Answer(
            f"{method} {path} {body!r:.200}",
            answer.status,
            str(answer.getheaders()).encode(),
            answer.read(),
        )
        self.answers.append(answered)
        return answered

    def close(self) -> None:
        """Hangs up."""
        self._line.close()


class Served(NamedTuple):
    """A server that was asked everything and has stopped: its answers, and all it left."""

    answers: list[Answer]
    inbox: Inbox
    log: str
    home: Path


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    home, port = tmp_path_factory.mktemp("canaries") / "home", free_port()
    keys = ApiKeys(home)
    secrets = (keys.create("a", scopes=("admin",)), keys.create("t", scopes=("admin",), test=True))
    with receiving() as inbox:
        hook = {"VOUCH_WEBHOOK_URL": inbox.url, "VOUCH_WEBHOOK_HOSTS": "127.0.0.1"}
        process = start(home, port, "serve", **hook)
        until_ready(process, port)
        server = Server(port, secrets)
        send_everything(server)
        server.ask("GET", "/metrics")
        server.close()
        inbox.wait_for(1)
        process.send_signal(signal.SIGTERM)
        log = "".join(process.communicate(timeout=20))
    assert process.returncode == 0, log
    return Served(server.answers, inbox, log, home)


def send_everything(server: Server) -> None:
    """Good requests first, so that there is something to find."""
    for secret in server.secrets:
        send_good(server, secret)
    send_bad_events(server)
    for operation in OPERATIONS:
        send_anywhere(server, operation)


def send_good(server: Server, secret: str) -> None:
    """Identifiers where they belong: all of it is taken."""
    good: list[Answer] = []
    for kind, event in EVENTS.items():
        path = "/v1/score" if kind in ("signup", "payment") else "/v1/events"
        sent = {"id": f"{kind}-1", "customer": "customer-1", **event}
        good.append(server.ask("POST", path, sent, secret=secret))
        line = json.dumps({**sent, "id": f"{kind}-2"}).encode() + b"\n"
        headers = {"Content_Type": NDJSON}
        good.append(server.ask("POST", "/v1/events", line, secret=secret, **headers))
        good.append(server.ask("POST", "/v1/events", line[:90], secret=secret, **headers))
    batch = {"events": [{**EVENTS["signup"], "id": "batch-1"}, {**EVENTS["payment"], "id": EMAIL}]}
    good.append(server.ask("POST", "/v1/score/batch", batch, secret=secret))
    native = {**EVENTS["signup"], "id": "native-1"}
    good.append(server.ask("POST", "/score", native, secret=secret))
    for field, value in (
        ("email", EMAIL),
        ("phone", IDENTIFIERS["phone"]),
        ("device", IDENTIFIERS["device"]),
        ("ip", IDENTIFIERS["ip"]),
        ("card", IDENTIFIERS["fingerprint"]),
        ("tax_id", IDENTIFIERS["tax_id"]),
        ("promo", IDENTIFIERS["promo"]),
        ("name", f"{IDENTIFIERS['first_name']} {IDENTIFIERS['last_name']}"),
        ("email_domain", "canarymail.example"),
    ):
        listed = {"list": "watch", "field": field, "value": value, "reason": "a canary"}
        good.append(server.ask("POST", "/v1/lists", listed, secret=secret))
        sought = {"field": field, "value": value}
        good.append(server.ask("POST", "/v1/lists/match", sought, secret=secret))
    decision = json.loads(good[0].body)["decision_id"]
    server.known["/v1/decisions/"] = decision
    override = {"decision": decision, "outcome": "decline", "reason": "a canary"}
    good.append(server.ask("POST", "/v1/overrides", override, secret=secret))
    assert [one for one in good if one.status != 200] == []


def send_bad_events(server: Server) -> None:
    """The bad bodies, and canaries around what is wrong."""
    for bad in BAD_BODIES.values():
        server.ask("POST", "/v1/score", bad.body)
    whole = {"id": "bad-1", "customer": "customer-1", **EVENTS["signup"]}
    for at in leaves(whole):
        for wrong in ([EMAIL], {EMAIL: EMAIL}, 4111111111111111, EMAIL + "\0", EMAIL * 99):
            server.ask("POST", "/v1/score", replaced(whole, at, wrong))
    for kind in (EMAIL, IDENTIFIERS["device"], CARD_NUMBERS[0]):
        server.ask("POST", "/v1/score", {**whole, "kind": kind})
        server.ask("POST", "/v1/events", {**whole, kind: kind, "attributes": {kind: kind}})
    server.ask("POST", "/v1/score", json.dumps(whole).encode()[:-9])
    server.ask("POST", "/v1/score", json.dumps(whole).encode("utf-16"))
    server.ask("POST", "/v1/score", whole, Content_Type=f"text/{EMAIL}")
    server.ask("POST", "/v1/score", whole, Content_Encoding=EMAIL)


def send_anywhere(server: Server, operation: Operation) -> None:
    """An e-mail address and card numbers at every place of every operation."""
    method = operation.method.upper()
    for number, canary in enumerate((EMAIL, *CARD_NUMBERS)):
        path = operation.path.replace("{id}", quote(canary))
        headers = dict.fromkeys(HEADERS, canary)
        names = [one.name for one in operation.parameters]
        for name in (*names, "dry_run", "language", "cursor", canary):
            server.ask(method, f"{path}?{quote(name)}={quote(canary)}", **headers)
        server.ask(method, path, secret=canary)
        server.ask(method, path, {}, Idempotency_Key=canary, **headers)
        server.ask("TRACE", path)
        for example in operation.examples.values():
            for at in leaves(example):
                body = replaced(example, at, canary)
                if at != ("id",) and isinstance(body, dict) and "id" in example:
                    body["id"] = f"{operation.name}-{number}-{'-'.join(map(str, at))}"
                server.ask(method, operation.path.replace("{id}", "nothing"), body)
                for address, id in server.known.items():
                    if operation.path.startswith(address):
                        server.ask(method, operation.path.replace("{id}", id), body)


def test_canaries_are_seen_where_they_are(tmp_path: Path) -> None:
    packed = msgspec.msgpack.encode({"note": "x" * 5000 + EMAIL})
    with closing(apsw.Connection(str(tmp_path / "a.db"))) as connection:
        connection.execute("CREATE TABLE t (b BLOB)")
        connection.execute("INSERT INTO t VALUES (?)", (packed,))
    pq.write_table(pa.table({"a": [EMAIL] * 9}), tmp_path / "b.parquet", compression="zstd")
    (tmp_path / "c.json").write_text(json.dumps({"phone": IDENTIFIERS["phone"]}))
    (tmp_path / quote(EMAIL)).touch()
    seen = {name for name, content in everything(tmp_path) if found(content)}
    assert {"t in a.db", "rows of b.parquet", "c.json", f"the name of {quote(EMAIL)}"} <= seen


def test_no_refusal_repeats_what_was_sent(served: Served) -> None:
    refused = [one for one in served.answers if one.status >= 400]
    assert len(refused) > 1000
    assert [one for one in refused if found(one.head + one.body)] == []
    assert {one.status for one in refused} <= {400, 401, 404, 405, 409, 413, 415, 422}


def test_no_answer_tells_an_identifier(served: Served) -> None:
    assert [one for one in served.answers if found(one.head + one.body)] == []


def test_the_log_and_the_webhooks_hold_none(served: Served) -> None:
    assert found(served.log.encode()) == []
    assert [post for post in served.inbox.posts if found(str(post).encode())] == []


def test_no_file_holds_one(served: Served) -> None:
    assert (served.home / "test" / "ledger.db").exists()
    assert {name for name, content in everything(served.home) if found(content)} == set()


def test_exports_and_scores_hold_none(served: Served) -> None:
    told = [vouch(served.home, *command) for command in (
        ("export", "--json"),
        ("score-customers", "--history", str(served.home / "export.parquet"), "--json"),
        ("webhooks", "status"),
        ("keys", "list"),
    )]  # fmt: skip
    assert [one.returncode for one in told] == [0] * len(told), told
    assert not any(found((one.stdout + one.stderr).encode()) for one in told)
    rows = dict(everything(served.home))
    assert len(rows["rows of export.parquet"]) > 1000
    assert len(rows["rows of scores/customers.parquet"]) > 10
    assert {name for name, content in rows.items() if found(content)} == set()


def test_no_api_key_lies_there_in_the_clear(served: Served) -> None:
    for name, content in everything(served.home):
        assert b"vouch_" not in content.replace(b"vouch_requests", b""), name
