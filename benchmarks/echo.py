"""Runs the peer: `bentoml serve` of an echo, as its documentation shows it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.running import ROOT, wait


@contextmanager
def echo() -> Iterator[tuple[int, float, int]]:
    """Port, seconds to the first answer, and process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bentoml = str(Path(sys.executable).with_name("bentoml"))
    started = time.perf_counter()
    home = tempfile.TemporaryDirectory()
    process = subprocess.Popen(
        [bentoml, "serve", "benchmarks.echo_service:Echo", "--host", "127.0.0.1", "-p", str(port)],
        cwd=ROOT,
        env={**os.environ, "BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": home.name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait(port, process)
        yield port, time.perf_counter() - started, process.pid
    finally:
        process.terminate()
        process.wait(30)
        home.cleanup()
