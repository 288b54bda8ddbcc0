"""MLflow's pages, on this machine only."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from features.errors import NotFound, SetupError

LOOPBACK = "127.0.0.1"


def serve(home: Path, port: int, announce: Callable[[str], None]) -> None:
    """Serves the pages of a home's runs until interrupted; ``announce`` is told the address.

    Raises `NotFound` where nothing was recorded yet, `SetupError` where the port is taken.
    """
    database = home / "mlflow.db"
    if not database.is_file():
        raise NotFound(f"no run was recorded in {home} yet: train one with `vouch train`")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            raise SetupError(f"port {port} is in use: choose another with --port") from None
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    command = [sys.executable, "-m", "mlflow", "server", "--host", LOOPBACK, "--port", str(port)]
    command += ["--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{database}"]
    command += ["--artifacts-destination", str(home / "mlartifacts")]
    announce(f"http://{LOOPBACK}:{port}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # A session of its own: Ctrl-C reaches only us, and we ask the servers to end.
    server = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603
    try:
        server.wait()
    except KeyboardInterrupt:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
