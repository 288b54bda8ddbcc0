"""Requests a second of `POST /v1/score` beside a bare BentoML echo, in one run.

Every request is a new sign-up of a simulated world, its decision on disk before
it is answered (`synchronous=FULL`); one worker, 8 connections, server and client
pinned to a core each where the system allows. Run: python -m benchmarks.requests
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import msgspec

from benchmarks.echo import echo
from benchmarks.load import Measured, load
from benchmarks.running import server
from data import chunks
from data.diary import EventDiary
from data.world import World
from features.events import Signup

REQUESTS = 10_000
WARM_UP = 500


def main() -> None:
    """Prints both, and the ratio."""
    bodies = _signups(REQUESTS + WARM_UP)
    peers: dict[str, Measured] = {}
    with echo() as (port, _, pid):
        _pin(pid)
        wrapped = [b'{"event":' + body + b"}" for body in bodies]
        headers = {"Content-Type": "application/json"}
        peers["bentoml echo"] = _measure(port, "/echo", wrapped, headers)
    with tempfile.TemporaryDirectory() as home, server(Path(home)) as running:
        _pin(running.pid)
        peers["POST /v1/score"] = _measure(running.port, "/v1/score", bodies, running.headers)
    print(f"{'':<16}{'requests/s':>12}{'median ms':>12}{'p99 ms':>10}{'failed':>8}")
    for name, one in peers.items():
        print(f"{name:<16}{one.rate:>12,.0f}{one.median:>12.2f}{one.p99:>10.2f}{one.failed:>8}")
    ratio = peers["POST /v1/score"].rate / peers["bentoml echo"].rate
    print(f"ratio {ratio:.2f} (asked of the finished service: at least 2.5)")


def _signups(count: int) -> list[bytes]:
    """New sign-ups of a simulated world as they would be sent now."""
    world, diary, chunk = World(customers=2 * count), EventDiary(), 0
    found: list[Signup] = []
    while len(found) < count:
        chunks.tell(world, chunk, diary)
        chunk += 1
        found = [event for _, event in diary.events if isinstance(event, Signup)]
    return [
        msgspec.json.encode(msgspec.structs.replace(event, occurred_at=None))
        for event in found[:count]
    ]


def _measure(port: int, path: str, bodies: list[bytes], headers: dict[str, str]) -> Measured:
    asyncio.run(load(port, path, bodies[:WARM_UP], headers))
    return asyncio.run(load(port, path, bodies[WARM_UP:], headers))


def _pin(pid: int) -> None:
    """The server with all its children and threads to one core, this client to the other."""
    if not hasattr(os, "sched_setaffinity") or len(os.sched_getaffinity(0)) < 2:
        return
    theirs, ours, *_ = sorted(os.sched_getaffinity(0))
    for process in _family(pid):
        for thread in Path(f"/proc/{process}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {theirs})
    os.sched_setaffinity(0, {ours})


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


if __name__ == "__main__":
    main()
