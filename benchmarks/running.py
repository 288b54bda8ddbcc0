"""A real server of ours for a benchmark: its own home, its own port, gone afterwards."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
_SECONDS_TO_START = 60.0


class Server(NamedTuple):
    """Where it answers, and the API key it takes."""

    port: int
    key: str
    pid: int

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.connect()
        if connection.sock is not None:
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


@contextmanager
def server(home: Path, **settings: str) -> Iterator[Server]:
    """Starts `vouch serve` and ends it. Raises `RuntimeError` if it does not answer in a minute."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    environment = {**inherited, "VOUCH_HOME": str(home), "VOUCH_PORT": str(port), **settings}
    vouch = [sys.executable, "-m", "vouch"]
    key = subprocess.run(
        [*vouch, "keys", "create", "benchmark"],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    process = subprocess.Popen(
        [*vouch, "serve"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        wait(port, process)
        yield Server(port, key, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Waits for the first answer."""
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with (
            suppress(OSError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", port, timeout=1)) as connection,
        ):
            connection.request("GET", "/readyz")
            with connection.getresponse() as response:
                if response.status == 200:
                    return
        time.sleep(0.05)
    raise RuntimeError("the server did not answer")
