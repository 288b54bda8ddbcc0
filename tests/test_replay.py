"""The real sign-ups, replayed through the running service in the order they happened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.replay_signups import JANUARY_ENDS, Past, replay, run, shared_file, signups
from benchmarks.running import Server, server

FILE = shared_file()
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE} is not there")


@pytest.fixture
def running() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as home, server(Path(home), VOUCH_CLOCK="events") as one:
        yield one


def around_the_rings() -> list[Past]:
    """The busiest days of January: enough rings and honest customers for a verdict."""
    return [past for past in signups(FILE) if past.known_at < JANUARY_ENDS][:3_000]


def test_rings_are_stopped_from_their_second_account_on(running: Server) -> None:
    done = replay(around_the_rings(), running)
    assert done.rings > 500
    assert done.recall >= 0.95
    assert done.cost <= 0.01
    assert done.caught_by["SIGNUP_BURST", "ring"] > 0


@pytest.mark.slow
def test_the_whole_file_costs_few_good_customers() -> None:
    done = run(FILE)
    assert done.recall >= 0.95
    assert done.cost <= 0.01
