"""Real processes of ours on a free port, with a home of their own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def free_port() -> int:
    """A port that nobody listens on, from those kept for tests."""
    for port in range(39_000, 40_000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def environment(home: Path, port: int = 39_999, **more: str) -> dict[str, str]:
    """What our commands are started with."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    return {**ours, "VOUCH_HOME": str(home), "VOUCH_PORT": str(port), **more}


def vouch(
    home: Path, *arguments: str, port: int = 39_999, **more: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "vouch", *arguments],
        env=environment(home, port, **more),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


_TIED = """
import os, signal, sys, threading, vouch

def follow(line):
    os.read(line, 1)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=follow, args=(int(sys.argv.pop(1)),), daemon=True).start()
vouch.main()
"""


def start(home: Path, port: int, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Starts a command that stays, until it is told to stop or these tests die."""
    theirs, ours = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _TIED, str(theirs), *arguments],
        env=environment(home, port, **more),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        pass_fds=(theirs,),
    )
    os.close(theirs)
    weakref.finalize(process, os.close, ours)
    return process


def request(
    port: int, method: str, path: str, body: Any = None, key: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """One request: status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, content


def until_ready(process: subprocess.Popen[str], port: int) -> None:
    """Waits for the first answer."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if request(port, "GET", "/readyz")[0] == 200:
                return
        except OSError:
            if process.poll() is not None:
                break
        time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"no answer: {process.communicate()}")
