"""State in Redis: equal to the embedded one, on a server and on a Cluster, through faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from redis import Redis, RedisError

from features.catalogue import CATALOGUE
from features.declaration import Window
from features.declared import Catalogue
from features.durations import days, hours
from features.errors import SetupError
from features.facts import Entry
from features.online import vector
from features.state.embedded import EmbeddedState
from features.state.protocol import StateDamaged, StateUnavailable
from features.state.redis import RedisState
from features.state.verify import differences
from tests.laws import histories
from tests.laws.random_catalogues import catalogues
from tests.laws.test_parity import questions
from tests.redis_server import any_server, cluster, one_server

QUICK = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),
)
BY_DEVICE = Window(
    count="customer",
    distinct=True,
    by="device",
    events="signup",
    over=(hours(24), days(30)),
    at=("signup",),
    why="w",
)
ONE = Catalogue({"accounts": BY_DEVICE})
TWO = Catalogue(
    {
        "accounts": BY_DEVICE,
        "last": Window(
            last=True, by="ip", events="signup", over=(days(9),), at=("signup",), why="w"
        ),
    }
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with any_server() as url:
        yield url.partition("#")[0]


@pytest.fixture
def url(server: str) -> str:
    return f"{server}#{uuid4().hex}"


def signup(number: int, device: str = "d") -> Entry:
    return Entry(
        id=f"e{number}",
        kind="signup",
        known_at=number,
        occurred_at=number,
        customer=f"c{number}",
        tokens={"device": device, "ip": "i"},
    )


def asked(catalogue: Catalogue, state: RedisState, t: int) -> list[float]:
    values: list[float] = vector(catalogue.plan("signup"), state, signup(t), t).tolist()
    return values


def assert_equal(url: str, folder: Path, catalogue: Catalogue, history: Sequence[Entry]) -> None:
    """Both stores are asked while folding; Redis folds twice and is opened anew half way."""
    embedded = EmbeddedState(folder / f"{uuid4()}.db", catalogue.series, flush_seconds=3600)
    redis = RedisState(url, catalogue.series)
    waiting = questions(history)
    for number, entry in enumerate(history):
        while waiting and waiting[0][2] <= entry.known_at:
            moment, question, t = waiting.pop(0)
            plan = catalogue.plan(moment)
            np.testing.assert_array_equal(
                vector(plan, redis, question, t), vector(plan, embedded, question, t)
            )
        embedded.fold(entry)
        redis.fold(entry)
        redis.fold(entry)
        if number == len(history) // 2:
            redis.close()
            redis = RedisState(url, catalogue.series)
            assert (redis.position, redis.filling) == (entry.known_at, ())
    assert list(differences(redis, catalogue.series, history)) == []
    redis.reset()
    redis.close()
    embedded.close()


@QUICK
@given(catalogue=catalogues(), history=histories.entries(most=40))
def test_random_catalogues_agree(
    server: str, tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue,
    history: list[Entry],
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("state")
    assert_equal(f"{server}#{uuid4().hex}", folder, catalogue, history)


@settings(QUICK, max_examples=4)
@given(history=histories.entries(most=40, catalogue=CATALOGUE))
def test_shipped_catalogue_agrees(
    server: str, tmp_path_factory: pytest.TempPathFactory, history: list[Entry]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    assert_equal(f"{server}#{uuid4().hex}", folder, CATALOGUE, history)


def test_a_cluster_agrees(tmp_path: Path) -> None:
    """The tokens of one event live on different nodes."""
    history = [signup(number, f"d{number % 5}") for number in range(1, 60)]
    with cluster() as url:
        assert_equal(url, tmp_path, CATALOGUE, history)


def test_what_broke_off_is_repeated_and_changes_nothing(url: str) -> None:
    """The writing of one fold fails half way; the fold comes again from the position."""
    state = RedisState(url, TWO.series)
    for number in range(1, 6):
        state.fold(signup(number))
    state.flush()
    state._client.connection_pool.disconnect()
    written = state._fold
    state._halves._fold = lambda folder, entry: (_ for _ in ()).throw(StateUnavailable("gone"))
    with pytest.raises(StateUnavailable):
        state.fold(signup(6))
    assert state.position == 5
    state._halves._fold = written
    state.close()
    again = RedisState(url, TWO.series)
    for number in range(3, 8):  # from before the position, as a careful caller might
        again.fold(signup(number))
    assert asked(TWO, again, 10) == [7, 7, 3 / hours(1)]
    again.reset()
    again.close()


def test_a_new_signal_goes_live_without_a_hole(url: str) -> None:
    state = RedisState(url, ONE.series)
    for number in range(1, 6):
        state.fold(signup(number))
    state.close()
    beside = RedisState(url, TWO.series, fill_only=True)
    beside.fill([signup(number) for number in range(1, 4)])
    beside.close()
    state = RedisState(url, TWO.series)
    assert ([one.shape for one in state.filling], state.filled) == (["last"], 3)
    np.testing.assert_array_equal(asked(TWO, state, 10), [5, 5, np.nan])
    assert state.catch_tail() == 5
    state.fold(signup(6))
    state.fill([signup(4), signup(5)])
    state.go_live()
    assert asked(TWO, state, 10) == [6, 6, 4 / hours(1)]
    state.reset()
    state.close()


def test_a_vector_is_one_round_trip_and_every_key_expires() -> None:
    with one_server() as server:
        state = RedisState(f"{server}#x", CATALOGUE.series)
        for number in range(1, 30):
            state.fold(signup(number))
        client = Redis.from_url(server)
        before = client.info("stats")["total_reads_processed"]
        asked(CATALOGUE, state, 100)
        after = client.info("stats")["total_reads_processed"]
        assert after - before <= 3  # the pipeline in one or two packets, and the second INFO
        lasting = [
            key
            for key in client.scan_iter(match="x:o:*")
            if client.pttl(key) < 0 and b"-anchors" not in key
        ]
        assert lasting == []
        client.close()
        state.close()


def test_a_server_that_throws_keys_away_is_refused() -> None:
    with (
        one_server("--maxmemory-policy", "allkeys-lru") as url,
        pytest.raises(SetupError, match="noeviction"),
    ):
        RedisState(url, ONE.series)


def test_a_wrong_address_says_what_to_do() -> None:
    with pytest.raises(SetupError, match="write one of redis"):
        RedisState("memcached://localhost", ONE.series)
    with pytest.raises(SetupError, match="start it, or mend VOUCH_STATE"):
        RedisState("redis://127.0.0.1:1", ONE.series)


def test_another_ledgers_state_is_left_alone(url: str) -> None:
    RedisState(url, ONE.series, follows="1 a").close()
    with pytest.raises(SetupError, match="another ledger"):
        RedisState(url, ONE.series, follows="2 b")
    RedisState(url, ONE.series, follows="1 a").close()


def test_what_cannot_be_read_is_damaged_and_what_does_not_answer_is_unavailable() -> None:
    with one_server() as server:
        state = RedisState(f"{server}#x", TWO.series)
        state.fold(signup(1))
        with Redis.from_url(server) as client:
            for key in client.scan_iter(match="x:o:*"):
                client.set(key, b"\xc1")
        with pytest.raises(StateDamaged):
            asked(TWO, state, 10)
        state.reset()
        assert asked(TWO, state, 10)[:2] == [0, 0]
    with pytest.raises(StateUnavailable):
        asked(TWO, state, 10)
    with pytest.raises((StateUnavailable, RedisError)):
        state.fold(signup(2))
