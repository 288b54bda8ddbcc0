"""kill -9 at any instant: whatever was acknowledged is there, and nothing is there twice."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from serving.ledger.sqlite import SqliteLedger

_CHILD = """
import asyncio, sys
from pathlib import Path
from serving.ledger.sqlite import SqliteLedger
from tests.serving.records import scored

async def one(ledger, number):
    while True:
        place = ledger.last_known_at + 1
        ledger.append([scored(f"e{place}", place)])
        await ledger.durable()
        sys.stdout.write(f"e{place}\\n")
        sys.stdout.flush()

async def main():
    ledger = SqliteLedger(Path(sys.argv[1]))
    ledger._checkpoints._longest = ledger._checkpoints._limit = 50
    await asyncio.gather(*(one(ledger, number) for number in range(8)))

asyncio.run(main())
"""


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(acknowledged=st.integers(1, 600), more=st.floats(0, 0.02))
def test_what_was_acknowledged_survives_a_kill(
    tmp_path_factory: object, acknowledged: int, more: float
) -> None:
    home: Path = tmp_path_factory.mktemp("home")  # type: ignore[attr-defined]
    child = subprocess.Popen([sys.executable, "-c", _CHILD, str(home)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(acknowledged)]
    time.sleep(more)
    child.send_signal(signal.SIGKILL)
    told += child.stdout.readlines()
    child.stdout.close()
    child.wait()
    complete = {line.decode().strip() for line in told if line.endswith(b"\n")}

    with contextlib.closing(SqliteLedger(home)) as ledger:
        stored = [entry.id for entry in ledger.entries()]
        assert complete <= set(stored)
        assert len(stored) == len(set(stored))
        for id in complete:
            kept = ledger.find("event", id)
            assert kept is not None
            assert kept.answer == b'{"outcome":"approve"}'
        assert ledger.last_known_at == int(stored[-1][1:])
