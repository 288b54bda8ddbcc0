"""Embedded state: a follower of the ledger that a fault cannot fool."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.declaration import Window
from features.declared import Catalogue
from features.durations import DAY, days, hours
from features.facts import Entry
from features.online import vector
from features.series import Series
from features.state.embedded import EmbeddedState
from features.state.protocol import StateUnavailable
from features.state.shapes import SHAPES
from tests.laws import histories

NEVER = 3600.0


def opened(path: Path, catalogue: Catalogue = CATALOGUE) -> EmbeddedState:
    return EmbeddedState(path, catalogue.series, flush_seconds=NEVER, patience_ms=50)


def answers(state: EmbeddedState, t: int) -> list[float]:
    probe = Entry(
        id="?",
        kind="signup",
        known_at=t,
        occurred_at=t,
        customer="c1",
        tokens=dict.fromkeys(histories.TOKENS, "a"),
        facts={"country": "BE"},
    )
    rows = [vector(CATALOGUE.plan(moment), state, probe, t) for moment in ("signup", "checkup")]
    return [float(value) for row in rows for value in row]


def test_what_nothing_was_folded_into_answers_what_is_said_without_making_it() -> None:
    for moment in CATALOGUE.moments:
        for series, arguments in CATALOGUE.plan(moment).blocks:
            shape = SHAPES[series.shape]
            made = shape(series).read(1_772_323_200_000_000, arguments)
            assert made == [shape.EMPTY] * len(arguments), series.shape


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories.entries(), flushed=st.floats(0, 1), crashed=st.floats(0, 1))
def test_after_a_fault_it_catches_up_exactly(
    tmp_path_factory: pytest.TempPathFactory,
    history: Sequence[Entry],
    flushed: float,
    crashed: float,
) -> None:
    """Flushed somewhere, killed somewhere later: what lies behind the position is folded again."""
    folder = tmp_path_factory.mktemp("state")
    first, last = sorted((int(flushed * len(history)), int(crashed * len(history))))
    state = opened(folder / "state.db")
    for entry in history[:first]:
        state.fold(entry)
    state.flush()
    for entry in history[first:last]:
        state.fold(entry)
    shutil.copytree(folder, folder / "after-the-fault")
    again = opened(folder / "after-the-fault" / "state.db")
    for entry in history:
        if entry.known_at > again.position:
            again.fold(entry)
    for entry in history[last:]:
        state.fold(entry)
    t = history[-1].known_at + 1
    np.testing.assert_array_equal(answers(again, t), answers(state, t))
    again.close()
    state.close()


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories.entries(), back=st.floats(0, 1))
def test_folding_again_from_anywhere_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, history: Sequence[Entry], back: float
) -> None:
    """Objects may have been written later than the position: each knows what it has seen."""
    state = opened(tmp_path_factory.mktemp("state") / "state.db")
    for entry in history:
        state.fold(entry)
    t = history[-1].known_at + 1
    before = answers(state, t)
    for entry in history[int(back * len(history)) :]:
        state.fold(entry)
    np.testing.assert_array_equal(answers(state, t), before)
    state.close()


_AT: dict[str, Any] = {
    "count": "events",
    "events": "signup",
    "over": (hours(24),),
    "at": ("signup",),
}
_BY_DEVICE = Window(by="device", why="w", **_AT)
_BY_IP = Window(by="ip", why="w", **_AT)
_OLD, _NEW = Catalogue({"one": _BY_DEVICE}), Catalogue({"one": _BY_DEVICE, "other": _BY_IP})


def _signup(number: int) -> Entry:
    tokens = {"device": "a", "ip": "a"}
    return Entry(id=f"e{number}", kind="signup", known_at=number, occurred_at=number, tokens=tokens)


def _both(state: EmbeddedState, t: int) -> list[float]:
    values: list[float] = vector(_NEW.plan("signup"), state, _signup(t), t).tolist()
    return values


def test_a_new_signal_goes_live_without_a_hole(tmp_path: Path) -> None:
    """Unknown until its past is filled, while what is known goes on being folded."""
    state = opened(tmp_path / "s.db", _OLD)
    ledger = [_signup(number) for number in range(1, 9)]
    for entry in ledger[:5]:
        state.fold(entry)
    state.close()
    state = opened(tmp_path / "s.db", _NEW)
    assert [series.by for series in state.filling] == [("ip",)]
    state.fold(ledger[5])
    np.testing.assert_array_equal(_both(state, 100), [6, np.nan])
    state.fill(ledger[:3])
    assert (state.filled, state.position) == (3, 5)
    reached = state.catch_tail()
    assert reached == 6
    state.fold(ledger[6])
    state.fill(ledger[3:6])
    state.go_live()
    state.fold(ledger[7])
    assert _both(state, 100) == [8, 8]
    state.close()
    again = opened(tmp_path / "s.db", _NEW)
    assert (again.filling, _both(again, 100)) == ((), [8, 8])
    again.close()


def test_another_process_fills_while_the_service_runs(tmp_path: Path) -> None:
    service = opened(tmp_path / "s.db", _OLD)
    ledger = [_signup(number) for number in range(1, 9)]
    for entry in ledger[:5]:
        service.fold(entry)
    service.flush()
    beside = EmbeddedState(tmp_path / "s.db", _NEW.series, fill_only=True)
    beside.fill(ledger[:5])
    beside.close()
    for entry in ledger[5:]:
        service.fold(entry)
    service.close()
    state = opened(tmp_path / "s.db", _NEW)
    assert state.filled == 5
    state.catch_tail()
    state.fill(ledger[5:])
    state.go_live()
    assert _both(state, 100) == [8, 8]
    state.close()


def test_a_signal_left_and_taken_up_again_is_filled_from_where_it_was(tmp_path: Path) -> None:
    ledger = [_signup(number) for number in range(1, 9)]
    for catalogue, entries in ((_NEW, ledger[:3]), (_OLD, ledger[3:])):
        state = opened(tmp_path / "s.db", catalogue)
        for entry in entries:
            state.fold(entry)
        state.close()
    state = opened(tmp_path / "s.db", _NEW)
    assert (len(state.filling), state.filled) == (1, 3)
    state.close()


def test_a_hot_token_stays_bounded(tmp_path: Path) -> None:
    window = Window(
        count="customer",
        distinct=True,
        by="device",
        events="signup",
        over=(days(30),),
        cap=100,
        why="w",
    )
    catalogue = Catalogue({"accounts": window})
    state = opened(tmp_path / "s.db", catalogue)
    for number in range(1, 2_001):
        state.fold(
            Entry(
                id=f"e{number}",
                kind="signup",
                known_at=number,
                occurred_at=number,
                customer=f"c{number}",
                tokens={"device": "hot"},
            )
        )
    state.flush()
    (size,) = next(
        apsw.Connection(str(tmp_path / "s.db")).execute("SELECT MAX(LENGTH(body)) FROM stored")
    )
    assert size < 100 * 20
    probe = Entry(id="?", kind="signup", known_at=0, occurred_at=0, tokens={"device": "hot"})
    assert vector(catalogue.plan("signup"), state, probe, 3_000).tolist() == [100]
    state.close()


@settings(max_examples=60, deadline=None)
@given(
    seen=st.lists(st.tuples(st.integers(0, 25), st.integers(0, 90)), max_size=60),
    cap=st.sampled_from((1, 5, 12, 1024)),
)
def test_members_few_and_many_are_counted_alike(seen: list[tuple[int, int]], cap: int) -> None:
    """Against the last time of each member: the newest ``cap`` within the span."""
    series = Series("members", ("device",), ("signup",), span=50, cap=cap, value="customer")
    members, kept = SHAPES["members"](series), dict[str, int]()
    for known_at, (number, late) in enumerate(seen, start=100):
        occurred_at = known_at - late
        members.fold(known_at, occurred_at, f"c{number}")
        kept[f"c{number}"] = max(occurred_at, kept.get(f"c{number}", 0))
        order = sorted((time, one) for one, time in kept.items() if time >= known_at - 50)[-cap:]
        kept = {one: time for time, one in order}
        again = SHAPES["members"](series, members.pack())
        assert members.read(known_at, (50, 10)) == again.read(known_at, (50, 10))
        assert members.pack() == (known_at, order)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=histories.entries(most=40))
def test_what_leaves_memory_is_found_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, history: Sequence[Entry]
) -> None:
    folder = tmp_path_factory.mktemp("state")
    whole, small = opened(folder / "whole.db"), opened(folder / "small.db")
    small._shelves._most = 20
    for number, entry in enumerate(history):
        whole.fold(entry)
        small.fold(entry)
        if number % 4 == 0:
            small.flush()
            assert small._shelves._objects == sum(
                len(drawer)
                for drawers in small._shelves._cabinets.values()
                for drawer in drawers.values()
            )
            assert small._shelves._objects <= 20
    t = history[-1].known_at + 1
    assert answers(small, t) == pytest.approx(answers(whole, t), nan_ok=True, abs=0, rel=0)
    whole.close()
    small.close()


def test_what_changes_often_is_noted_once_where_nothing_is_written(tmp_path: Path) -> None:
    """As when a whole ledger is folded between two flushes, or the disk is full for long."""
    state, crowded = opened(tmp_path / "s.db"), opened(tmp_path / "c.db")
    crowded._shelves._crowded = 100
    for number in range(1, 300):
        entry = Entry(
            id=f"e{number}",
            kind="signup",
            known_at=number,
            occurred_at=number,
            customer=f"c{number % 7}",
            tokens={"device": "a"},
        )
        state.fold(entry)
        crowded.fold(entry)
        crowded._shelves._crowded = 100
    noted = {(name, token) for name, token, _ in state._shelves._changed}
    assert len(crowded._shelves._changed) <= 100 + len(noted)
    assert sorted(crowded.held()) == sorted(state.held())
    state.close()
    crowded.close()


def test_what_no_read_can_see_is_deleted(tmp_path: Path) -> None:
    window = Window(count="events", by="device", events="signup", over=(days(1),), why="w")
    state = opened(tmp_path / "s.db", Catalogue({"w": window}))
    state.fold(Entry(id="e", kind="signup", known_at=1, occurred_at=1, tokens={"device": "a"}))
    state.flush()
    state.forget_expired(3 * DAY)
    count = apsw.Connection(str(tmp_path / "s.db")).execute("SELECT COUNT(*) FROM stored")
    assert next(count) == (0,)
    state.close()


def test_a_write_that_fails_forgets_nothing(tmp_path: Path) -> None:
    window = Window(count="events", by="device", events="signup", over=(days(1),), why="w")
    catalogue = Catalogue({"w": window})
    state = opened(tmp_path / "s.db", catalogue)
    blocker = apsw.Connection(str(tmp_path / "s.db"))
    state.fold(Entry(id="e", kind="signup", known_at=1, occurred_at=1, tokens={"device": "a"}))
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateUnavailable):
        state.flush()
    assert state.position == 0
    blocker.execute("ROLLBACK")
    state.flush()
    assert state.position == 1
    state.close()
    again = opened(tmp_path / "s.db", catalogue)
    probe = Entry(id="?", kind="signup", known_at=2, occurred_at=2, tokens={"device": "a"})
    assert vector(catalogue.plan("signup"), again, probe, 2).tolist() == [1]
    again.close()
