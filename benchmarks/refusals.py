"""How long a bad body waits for its 4xx: median and worst of each, by wire, one after another.

python -m benchmarks.refusals
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.running import Server, server
from tests.serving.bad_bodies import BAD_BODIES, Bad

_TIMES = 15
_SHOWN = 8
_TARGET_MS = 20.0


def main() -> None:
    """Prints the slowest refusals."""
    with tempfile.TemporaryDirectory() as folder, server(Path(folder)) as running:
        waits = {name: _milliseconds(running, bad) for name, bad in BAD_BODIES.items()}
    slowest = sorted(waits, key=lambda name: statistics.median(waits[name]), reverse=True)
    print(f"A 4xx for each of {len(waits)} bad bodies, {_TIMES} times each; the slowest:\n")
    for name in slowest[:_SHOWN]:
        median = statistics.median(waits[name])
        print(f"  {name:<38} median {median:6.2f} ms   worst {max(waits[name]):6.2f} ms")
    median = statistics.median(waits[slowest[0]])
    said = "met" if median <= _TARGET_MS else "missed"
    print(f"\nTarget: the slowest median at most {_TARGET_MS:g} ms: {said}.")


def _milliseconds(running: Server, bad: Bad) -> list[float]:
    headers = {**running.headers, "Content-Encoding": bad.encoding or "identity"}
    waits = []
    connection = running.connect()
    for _ in range(_TIMES):
        started = time.perf_counter()
        connection.request("POST", "/v1/score", bad.body, headers)
        answer = connection.getresponse()
        answer.read()
        waits.append((time.perf_counter() - started) * 1000)
        assert answer.status == bad.status
    connection.close()
    return waits


if __name__ == "__main__":
    main()
