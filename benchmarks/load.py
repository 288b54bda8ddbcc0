"""A small HTTP client that costs little itself: a fixed number of kept connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple


class Measured(NamedTuple):
    """Requests a second, and latencies in milliseconds."""

    rate: float
    median: float
    p99: float
    failed: int


async def load(
    port: int, path: str, bodies: Sequence[bytes], headers: dict[str, str], connections: int = 8
) -> Measured:
    """Posts every body once, as fast as the connections allow."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "".join(
        f"{name}: {value}\r\n" for name, value in headers.items()
    )
    waiting = iter(bodies)
    latencies: list[float] = []
    failed = 0

    async def worker() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for body in waiting:
            started = time.perf_counter()
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            failed += await _answer(reader) != 200
            latencies.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(connections)))
    seconds = time.perf_counter() - started
    latencies.sort()
    return Measured(
        len(bodies) / seconds,
        1000 * latencies[len(latencies) // 2],
        1000 * latencies[int(len(latencies) * 0.99)],
        failed,
    )


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
