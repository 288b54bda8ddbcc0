"""BentoML's own client under `bentoml serve`: the same decisions, the same refusals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from serving.auth import ApiKeys
from serving.manual import examples
from tests.serving.processes import ROOT, environment, free_port, request

SIGNUP = examples.FRAUDULENT_SIGNUP
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # BentoML's import
CANARY = "canary.person@example.org"


class Served(NamedTuple):
    """A running `bentoml serve`, and its log."""

    port: int
    key: str
    log: Path

    @contextmanager
    def client(self, key: str) -> Iterator[Any]:
        """BentoML's own client."""
        import bentoml  # here, for it reads its environment when it is imported

        with bentoml.SyncHTTPClient(f"http://127.0.0.1:{self.port}", token=key) as client:
            yield client
        client._temp_dir.cleanup()  # which BentoML leaves to the collector


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("native"), free_port()
    key, log = ApiKeys(folder / "home").create("tests"), folder / "log"
    bentoml = {"BENTOML_HOME": str(folder / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "bentoml", "serve", "serving.service:Vouch"),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            env=environment(folder / "home", port, **bentoml),
            cwd=ROOT,
            stdout=output,
            stderr=output,
            process_group=0,
        )
    try:
        _until_ready(process, port, log)
        with pytest.MonkeyPatch.context() as ours:
            for name, value in bentoml.items():
                ours.setenv(name, value)
            yield Served(port, key, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 40
    while time.monotonic() < until and process.poll() is None:
        try:
            if request(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(log.read_text())


def test_it_decides_as_the_api_does(served: Served) -> None:
    dry = json.loads(request(served.port, "POST", "/v1/score?dry_run=true", SIGNUP, served.key)[2])
    with served.client(served.key) as client:
        answer = client.score(SIGNUP)
        again = client.score(SIGNUP)
    told = {**answer, "decision_id": None, "decided_at": dry["decided_at"], "dry_run": True}
    assert told == dry
    assert again == answer
    stored = request(served.port, "GET", f"/v1/decisions/{answer['decision_id']}", None, served.key)
    assert json.loads(stored[2])["answer"] == answer


def test_its_refusals_are_problems(served: Served) -> None:
    with served.client(served.key) as client:
        for sent, code, pointer in (
            ({"kind": "signup", "id": "n1", "email": 5}, "invalid_input", "/email"),
            ({**SIGNUP, "email": CANARY}, "id_reused", None),
        ):
            with pytest.raises(Exception) as refused:
                client.score(sent)
            problem = json.loads(str(refused.value))
            assert (problem["code"], problem.get("pointer")) == (code, pointer)


def test_a_wrong_api_key_is_refused(served: Served) -> None:
    with served.client("vouch_wrong") as client, pytest.raises(Exception) as refused:
        client.score({**SIGNUP, "id": "n2"})
    assert json.loads(str(refused.value))["code"] == "unauthorised"
    status, headers, _ = request(served.port, "POST", "/score", SIGNUP)
    assert (status, headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ([CANARY], 422),
        (CANARY, 422),
        ({"kind": "signup", "id": "n3", "email": CANARY, "phone": [CANARY]}, 422),
        ({"kind": "signup", "id": "n3", "note": "4111 1111 1111 1111 " + CANARY}, 422),
        ({"kind": "signup", "id": "n3", "note": CANARY * 11_000}, 413),
    ],
)
def test_what_is_refused_is_repeated_nowhere(served: Served, body: Any, status: int) -> None:
    answer, headers, told = request(served.port, "POST", "/score", body, served.key)
    assert (answer, headers["content-type"]) == (status, "application/problem+json")
    assert CANARY.encode() not in told
    assert CANARY not in served.log.read_text()
    assert request(served.port, "GET", "/metrics")[2].count(b"/v1/score") > 0
