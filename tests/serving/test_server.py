"""The real server: what is ours wins over BentoML's, answers survive it, and it stops cleanly."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from serving.auth import ApiKeys
from serving.manual import examples
from tests.serving.processes import free_port, request, start, until_ready, vouch


class Served(NamedTuple):
    """A running `vouch serve`."""

    home: Path
    port: int
    key: str
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    home, user = folder / "home", folder / "user"
    user.mkdir()
    key = ApiKeys(home).create("tests")
    process = start(home, port, "serve", HOME=str(user), BENTOML_HOME=str(user / "bentoml"))
    until_ready(process, port)
    yield Served(home, port, key, process)
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=20)
    assert (process.returncode, told) == (0, ("", f"Vouch answers on http://127.0.0.1:{port}\n"))


def test_a_decision_over_the_wire_is_the_same_again(served: Served) -> None:
    sent = ("POST", "/v1/score", examples.FRAUDULENT_SIGNUP, served.key)
    status, _, first = request(served.port, *sent)
    _, headers, again = request(served.port, *sent)
    assert status == 200
    assert json.loads(first)["outcome"] == "decline"
    assert (again, headers["idempotent-replayed"]) == (first, "true")


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/livez", 200, "application/json"),
        ("/readyz", 200, "application/json"),
        ("/metrics", 200, "text/plain; version=0.0.4; charset=utf-8"),
        ("/openapi.json", 200, "application/json"),
        ("/docs", 200, "text/html; charset=utf-8"),
        ("/", 307, "text/html; charset=utf-8"),
        ("/docs.json", 404, "application/problem+json"),
        ("/healthz", 404, "application/problem+json"),
        ("/score", 404, "application/problem+json"),
        ("/static_content/index.css", 404, "application/problem+json"),
        ("/v1/score", 405, "application/problem+json"),
    ],
)
def test_every_address_is_ours(served: Served, path: str, status: int, kind: str) -> None:
    answer, headers, body = request(served.port, "GET", path)
    assert (answer, headers["content-type"]) == (status, kind)
    assert "x-request-id" in headers
    assert b"bentoml" not in body.lower()
    assert b"googletagmanager" not in body


def test_it_writes_nowhere_but_at_home(served: Served) -> None:
    names = {path.name for path in served.home.iterdir()}
    assert {"ledger.db", "keys", "serving.lock"} <= names
    assert list((served.home.parent / "user").iterdir()) == []


def test_a_body_may_take_longer_than_an_answer(served: Served) -> None:
    body = json.dumps({**examples.ORDINARY_SIGNUP, "id": "slow"}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    connection.putrequest("POST", "/v1/score")
    for name, value in (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Authorization", f"Bearer {served.key}"),
    ):
        connection.putheader(name, value)
    connection.endheaders(body[:50])
    time.sleep(2.2)
    connection.send(body[50:])
    assert connection.getresponse().status == 200
    connection.close()


def test_the_ledger_is_exported_next_to_it(served: Served, tmp_path: Path) -> None:
    request(served.port, "POST", "/v1/events", examples.USAGE, served.key)
    target = tmp_path / "export.parquet"
    done = vouch(served.home, "export", str(target), "--json")
    assert json.loads(done.stdout)["entries"] >= 1
    assert target.exists()


def test_a_second_server_is_refused_in_a_sentence(served: Served) -> None:
    busy = vouch(served.home, "serve", port=served.port)
    assert (busy.returncode, busy.stdout) == (3, "")
    assert busy.stderr.startswith(f"cannot listen on 127.0.0.1:{served.port}")
    assert "VOUCH_PORT" in busy.stderr
    same_home = vouch(served.home, "serve", port=free_port())
    assert same_home.returncode == 3
    assert "already uses the home" in same_home.stderr
    assert same_home.stderr.count("\n") == 1


def test_ctrl_c_stops_it_cleanly(tmp_path: Path) -> None:
    port = free_port()
    process = start(tmp_path / "home", port, "serve")
    until_ready(process, port)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert told == f"Vouch answers on http://127.0.0.1:{port}\n"
