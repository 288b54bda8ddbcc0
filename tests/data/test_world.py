"""The history of a world: the same for everybody, in order, and without identifiers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from data.clock import DAY, as_datetime
from data.world import World, simulate
from features.errors import InvalidInput, SetupError
from features.events import EVENT_KINDS
from features.export import SCHEMA

FILES = ("events.parquet", "truth.parquet")
TINY = World(customers=30, days=20)


def test_the_same_world_gives_the_same_bytes_whatever_the_number_of_processes(
    world: World, folder: Path, tmp_path: Path
) -> None:
    simulate(world, tmp_path, workers=2)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    for seed in (1, 2):
        simulate(World(customers=30, days=20, seed=seed), tmp_path / str(seed))
    customers = [
        set(pq.read_table(tmp_path / seed / "truth.parquet").column("customer").to_pylist())
        for seed in "12"
    ]
    assert customers[0].isdisjoint(customers[1])


def test_every_event_has_a_place_of_its_own_in_the_one_order(history: pa.Table) -> None:
    assert (np.diff(history.column("known_at").to_numpy()) > 0).all()
    assert len(pc.unique(history.column("id"))) == len(history)


def test_events_known_at_one_time_follow_each_other_by_a_microsecond(history: pa.Table) -> None:
    usage = history.filter(pc.equal(history.column("kind"), "usage"))
    behind_the_hour = usage.column("known_at").to_numpy() % 3_600_000_000
    assert (behind_the_hour < 1_000).all()
    assert (behind_the_hour > 0).any()


def test_nothing_happens_after_it_is_known_or_after_the_end(
    world: World, history: pa.Table
) -> None:
    known_at, occurred_at = (history.column(c).to_numpy() for c in ("known_at", "occurred_at"))
    assert (occurred_at <= known_at).all()
    assert as_datetime(int(known_at[0])) >= world.start
    assert known_at[-1] - known_at[0] <= world.days * DAY


def test_usage_arrives_six_hours_to_two_days_late(history: pa.Table) -> None:
    usage = history.filter(pc.equal(history.column("kind"), "usage"))
    late = usage.column("known_at").to_numpy() - usage.column("occurred_at").to_numpy()
    assert late.min() >= 6 * DAY / 24
    assert late.max() <= 2 * DAY + 1_000_000


def test_the_history_is_an_export(history: pa.Table) -> None:
    assert history.schema.equals(SCHEMA)


def test_every_kind_that_others_send_occurs(history: pa.Table) -> None:
    kinds = set(pc.unique(history.column("kind")).to_pylist())
    assert kinds == {*EVENT_KINDS, "label"} - {"decision"}  # decisions are Vouch's own


def test_no_identifier_is_left(history: pa.Table) -> None:
    for name in history.column_names:
        if pa.types.is_string(history.schema.field(name).type):
            column = history.column(name)
            for telling in ("@", ".example", "gmail", "dev_"):
                assert not pc.any(pc.match_substring(column, telling)).as_py(), (name, telling)


def test_the_truth_names_every_customer_once_with_the_place_of_the_signup(
    world: World, history: pa.Table, truth: pa.Table
) -> None:
    signups = history.filter(pc.equal(history.column("kind"), "signup"))
    assert len(truth) == world.customers
    for ours, theirs in (("customer", "customer"), ("signup_known_at", "known_at")):
        assert truth.column(ours).to_pylist() == signups.column(theirs).to_pylist()


def test_no_memory_is_needed_for_more_than_fifty_thousand_rows(folder: Path) -> None:
    file = pq.ParquetFile(folder / "events.parquet").metadata
    assert max(file.row_group(i).num_rows for i in range(file.num_row_groups)) <= 50_000


def test_a_world_that_is_there_is_not_simulated_again(tmp_path: Path) -> None:
    first = simulate(TINY, tmp_path)
    written = (tmp_path / "events.parquet").stat().st_mtime_ns
    assert simulate(TINY, tmp_path) == first
    assert (tmp_path / "events.parquet").stat().st_mtime_ns == written


def test_another_history_is_replaced_only_when_told(tmp_path: Path) -> None:
    simulate(TINY, tmp_path)
    other = World(customers=30, days=20, seed=8)
    with pytest.raises(SetupError, match=r"holds another history.*--out.*--force"):
        simulate(other, tmp_path)
    assert simulate(other, tmp_path, replace=True).world["seed"] == 8


def test_only_what_is_finished_stays_in_the_folder(tmp_path: Path) -> None:
    left_behind = tmp_path / ".unfinished" / "events-000007.parquet"
    left_behind.parent.mkdir()
    left_behind.write_bytes(b"of a run that was killed")
    summary = simulate(TINY, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*FILES, "world.json"])
    assert msgspec.json.decode((tmp_path / "world.json").read_bytes()) == msgspec.to_builtins(
        summary
    )
    assert sum(summary.rows.values()) == len(pq.read_table(tmp_path / "events.parquet"))
    assert sum(summary.customers.values()) == TINY.customers


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "it's [1] * good?"
    assert simulate(TINY, folder).rows["signup"] == TINY.customers


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    simulate(TINY, tmp_path, lambda *step: told.append(step))
    assert told[0] == ("living", 1, 1)
    assert told[-1][0] == "ordering"
    assert told[-1][1] == told[-1][2]


def test_the_start_can_be_set(tmp_path: Path) -> None:
    start = datetime(2024, 5, 1, tzinfo=UTC)
    simulate(World(customers=30, days=20, start=start), tmp_path)
    known_at = pq.read_table(tmp_path / "events.parquet").column("known_at")
    assert start <= as_datetime(known_at[0].as_py()) < datetime(2024, 5, 21, tzinfo=UTC)


def test_a_disk_too_small_is_told_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="not enough disk for 900,000,000,000 customers"):
        simulate(World(customers=900_000_000_000), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SetupError, match="cannot write to"):
        simulate(TINY, tmp_path / "file")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"customers": 0}, "at least one customer"),
        ({"days": 0}, "one day"),
        ({"start": datetime(2026, 1, 1)}, "time zone"),
        ({"mix": {"martian": 1.0}}, "no such typology: martian; there are ordinary"),
        ({"mix": {"ring": 0.0}}, "not all zero"),
        ({"mix": {}}, "not all zero"),
        ({"mix": {"ring": -1.0, "ordinary": 2.0}}, "zero or more"),
    ],
)
def test_impossible_worlds_are_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        World(**wrong)  # type: ignore[arg-type]
