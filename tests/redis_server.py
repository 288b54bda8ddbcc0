"""Real Redis servers for tests: the one that is given, or started here on free ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import uuid4

import pytest
from redis import Redis, RedisError

GIVEN = "VOUCH_TEST_REDIS_URL"
_SECONDS_TO_START = 20.0


@contextmanager
def one_server(*options: str) -> Iterator[str]:
    """The URL of a server of its own, without a namespace; skips where there is none."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip(f"there is no redis-server: install it, or name a server in {GIVEN}")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="vouch-redis-") as folder:
        command = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        process = subprocess.Popen(
            [*command, "--save", "", "--appendonly", "no", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


@contextmanager
def any_server() -> Iterator[str]:
    """The URL of a server with a namespace of its own: a given one, or one started here."""
    given = os.environ.get(GIVEN)
    if given:
        yield f"{given}#{uuid4().hex}"
        return
    with one_server() as url:
        yield f"{url}#{uuid4().hex}"


@contextmanager
def cluster() -> Iterator[str]:
    """The URL of a Cluster of three masters."""
    with ExitStack() as stack:
        urls = [
            stack.enter_context(
                one_server("--cluster-enabled", "yes", "--cluster-config-file", f"n{n}.conf")
            )
            for n in range(3)
        ]
        nodes = [stack.enter_context(Redis.from_url(url)) for url in urls]
        ports = [int(url.rpartition(":")[2]) for url in urls]
        for number, node in enumerate(nodes):
            first, last = number * 5462, min(16_383, number * 5462 + 5461)
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            for port in ports:
                node.execute_command("CLUSTER", "MEET", "127.0.0.1", port)
        until = time.monotonic() + _SECONDS_TO_START
        while not all(b"cluster_state:ok" in _info(node) for node in nodes):
            if time.monotonic() > until:
                raise RuntimeError("the cluster did not come up")
            time.sleep(0.05)
        yield f"redis+cluster://127.0.0.1:{ports[0]}#{uuid4().hex}"


def _info(node: Redis) -> bytes:
    told: object = node.execute_command("CLUSTER", "INFO")  # type: ignore[no-untyped-call]
    return told.encode() if isinstance(told, str) else str(told).encode()


def _free_port() -> int:
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port < 55_000:  # a Cluster's bus listens 10,000 above
            return port


def _wait(port: int) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    with Redis(port=port) as client:
        while True:
            try:
                client.ping()
            except RedisError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return
