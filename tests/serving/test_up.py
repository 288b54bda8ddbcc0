"""`make run`: checks first, prepares what is missing, serves, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from features.errors import InvalidDeclaration, SetupError
from serving.auth import ApiKeys
from serving.ledger.sqlite import FILE
from serving.lock import HomeLock
from serving.settings import Settings
from serving.start import preflight
from serving.start.up import _Server, quickstart_key
from tests.serving.bundles import bundle
from tests.serving.processes import free_port, start, until_ready, vouch
from tests.serving.test_models import promoted


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """A home where history and model are there already."""
    home = tmp_path / "home"
    (home / "history").mkdir(parents=True)
    (home / "history" / "events.parquet").touch()
    promoted(home, bundle())
    return home


def test_up_serves_what_its_lines_ask_and_ctrl_c_ends_all_of_it(prepared: Path) -> None:
    port = free_port()
    process = start(prepared, port, "up")
    until_ready(process, port)
    assert process.stdout is not None
    told: list[str] = []
    while not told or not told[-1].startswith("The log is"):
        told.append(process.stdout.readline())
    lines = [line for line in told if line.startswith("n=$(date")]
    assert len(lines) == 2
    answers = [
        json.loads(subprocess.run(["sh", "-c", line], capture_output=True, check=True).stdout)
        for line in (*lines, *lines)
    ]
    assert [answer["mode"] for answer in answers] == ["model"] * 4
    assert answers[0]["outcome"] == "decline"
    assert answers[0]["event_id"] != answers[2]["event_id"]

    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert children
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "\nStopping.\n", "")
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(int(child), 0)


def test_the_server_does_not_outlive_a_killed_parent(prepared: Path) -> None:
    port = free_port()
    process = start(prepared, port, "up")
    until_ready(process, port)
    process.kill()
    process.communicate()
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            HomeLock(prepared).close()
        except SetupError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("the server is still there")


def test_a_server_that_cannot_start_says_why_and_where_its_log_is(prepared: Path) -> None:
    (prepared / "keys").mkdir(exist_ok=True)
    (prepared / "keys" / "fingerprint-secret").write_bytes(b"short")
    done = vouch(prepared, "up", port=free_port())
    assert done.returncode == 3
    assert "the server stopped (code 3): the secret" in done.stderr
    assert f"its log is {prepared}/logs/server.log" in done.stderr
    assert "Traceback" not in done.stderr
    assert (prepared / "logs" / "server.log").stat().st_mode & 0o777 == 0o600


def test_an_old_log_is_not_taken_for_the_cause(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("an old complaint\n")
    with subprocess.Popen(["false"]) as process:
        process.wait()
    server = _Server(process, log, log.stat().st_size)
    assert server.died().message == f"the server stopped (code 1)\nits log is {log}"
    with log.open("a") as writing:
        writing.write("a new one\n")
    assert server.died().message == f"the server stopped (code 1): a new one\nits log is {log}"


def test_what_is_damaged_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    broken = tmp_path / "mine.yaml"
    broken.write_text("[{")
    with pytest.raises(InvalidDeclaration, match="not valid YAML"):
        preflight.check(Settings(home=tmp_path, port=free_port(), policies=broken))
    (tmp_path / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(SetupError, match="cannot open the ledger"):
        preflight.check(Settings(home=tmp_path, port=free_port()))


def test_a_webhook_that_may_not_be_sent_is_told_before_anything_is_prepared(
    tmp_path: Path,
) -> None:
    settings = Settings(home=tmp_path, port=free_port(), webhook_url="https://shop.example/hook")
    with pytest.raises(SetupError, match=r"write VOUCH_WEBHOOK_HOSTS=shop\.example"):
        preflight.check(settings)


def test_a_damaged_history_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "events.parquet").write_bytes(b"PAR1 and no more")
    done = vouch(tmp_path, "up", port=free_port())
    assert done.returncode == 3
    assert "is damaged: `vouch simulate --force` makes it anew" in done.stderr


def test_the_quickstart_key_stays_until_it_is_revoked(tmp_path: Path) -> None:
    first = quickstart_key(tmp_path)
    assert quickstart_key(tmp_path) == first
    assert (tmp_path / "keys" / "quickstart").stat().st_mode & 0o777 == 0o600
    ApiKeys(tmp_path).revoke("quickstart")
    second = quickstart_key(tmp_path)
    assert second != first
    (tmp_path / "keys" / "quickstart").unlink()
    assert quickstart_key(tmp_path) not in (first, second)


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match=f"cannot listen on 127.0.0.1:{port} .*VOUCH_PORT"):
            preflight.check(Settings(home=tmp_path, port=port))


def test_a_home_in_use_is_one_sentence(tmp_path: Path) -> None:
    lock = HomeLock(tmp_path)
    with pytest.raises(SetupError, match=f"process {os.getpid()} already uses the home"):
        preflight.check(Settings(home=tmp_path, port=free_port()))
    lock.close()
    lock.close()


def test_a_full_disk_an_old_python_and_a_home_that_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"GiB free, and Vouch needs 1048576: free some space"):
        preflight.check_disk(tmp_path, 2**50)
    with pytest.raises(SetupError, match=r"this is Python 3\.10, and Vouch needs 3\.11 or newer"):
        preflight.check_python((3, 10))
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="choose another folder with VOUCH_HOME"):
        preflight.check_home(tmp_path / "file")
    with pytest.raises(SetupError, match="choose another folder with VOUCH_HOME"):
        HomeLock(tmp_path / "file")


def test_the_lines_hold_the_key_and_nothing_that_a_shell_would_read() -> None:
    from serving.manual.examples import ORDINARY_SIGNUP
    from serving.start.curl import signup_line

    example = {**ORDINARY_SIGNUP, "company": {"name": "O'Neill"}}
    line = signup_line("http://127.0.0.1:1", "vouch_k", example)
    assert "\n" not in line
    echoed = subprocess.run(
        ["sh", "-c", re.sub(r"curl -sS", "printf '%s\\\\n'", line)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert "Authorization: Bearer vouch_k" in echoed
    assert json.loads(echoed[-1])["company"]["name"] == "O'Neill"
