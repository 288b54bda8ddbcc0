"""Seconds from the second `make run` to its first answer, beside a bare `bentoml serve` of an echo.

The home is prepared once beforehand (small, and not measured). Run: python -m benchmarks.starts
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.echo import echo
from benchmarks.running import ROOT, wait

ROUNDS = 3


def main() -> None:
    """Prints the best of three of each, and the ratio."""
    peers, ours = [], []
    with tempfile.TemporaryDirectory() as home:
        _prepare(Path(home))
        for _ in range(ROUNDS):
            with echo() as (_, seconds, _):
                peers.append(seconds)
            ours.append(_second_start(Path(home)))
    print(f"bare bentoml serve of an echo  {min(peers):.1f} s")
    print(f"second make run                {min(ours):.1f} s")
    print(f"ratio {min(ours) / min(peers):.2f} (asked: at most 1.6, and at most 8 s)")


def _environment(home: Path, port: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    return {**inherited, "VOUCH_HOME": str(home), "VOUCH_PORT": str(port)}


def _prepare(home: Path) -> None:
    for command in (["simulate", "--customers", "4000"], ["train", "--moment", "signup"]):
        subprocess.run(
            [sys.executable, "-m", "vouch", *command],
            cwd=ROOT,
            env=_environment(home, 3000),
            check=True,
            capture_output=True,
        )


def _second_start(home: Path) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        ["make", "run"], cwd=ROOT, env=_environment(home, port), stdout=subprocess.DEVNULL
    )
    try:
        wait(port, process)
        return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
