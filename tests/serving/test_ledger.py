"""The ledger: one order, nothing lost, nothing twice, and never a claim that is not on disk."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import pytest

from features.errors import SetupError, Unavailable
from features.events import CHECKUP, UNCOUNTED_KINDS
from features.export import SCHEMA
from serving.errors import Unconfirmed
from serving.ledger.export import export
from serving.ledger.protocol import ImportCounts, Record, space_of
from serving.ledger.sqlite import FILE, SqliteLedger
from serving.ledger.tables import LedgerReader
from tests.serving.records import entry, learned, scored


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    with contextlib.closing(SqliteLedger(tmp_path)) as ledger:
        yield ledger


def store(ledger: SqliteLedger, *records: object) -> None:
    ledger.append(records)  # type: ignore[arg-type]
    asyncio.run(ledger.durable())


def test_an_event_is_found_at_once_and_still_after_the_disk(ledger: SqliteLedger) -> None:
    ledger.append([scored("s1", 10)])
    before, decided = ledger.find("event", "s1"), ledger.known_decision("d10")
    asyncio.run(ledger.durable())
    assert before is not None
    assert ledger.find("event", "s1") == before._replace(on_disk=True)
    assert before.answer == b'{"outcome":"approve"}'
    assert ledger.decision("d10") == decided
    assert decided is not None
    assert (decided.answer, decided.record) == (b'{"outcome":"approve"}', b'{"vector":[]}')
    assert ledger.last_known_at == 10


def test_events_labels_and_decisions_have_ids_of_their_own(ledger: SqliteLedger) -> None:
    store(
        ledger,
        learned("x", 1),
        learned("x", 2, kind="label"),
        learned("x", 3, kind="decision"),
    )
    event, label = ledger.find("event", "x"), ledger.find("label", "x")
    assert event is not None
    assert label is not None
    assert (event.known_at, label.known_at) == (1, 2)


def test_what_vouch_writes_down_itself_takes_no_id_of_an_event() -> None:
    """But a checkup, which is decided about as an event is."""
    spaces = {kind: space_of(entry("x", 1, kind)) for kind in UNCOUNTED_KINDS}
    assert [kind for kind, space in spaces.items() if space == "event"] == [CHECKUP]


def test_a_place_or_an_id_is_taken_once(ledger: SqliteLedger) -> None:
    ledger.append([learned("a", 5)])
    with pytest.raises(ValueError, match="place after the last one"):
        ledger.append([learned("b", 5)])
    with pytest.raises(ValueError, match="id of its own"):
        ledger.append([learned("a", 6)])


def test_entries_come_back_in_order_after_a_restart(tmp_path: Path) -> None:
    with contextlib.closing(SqliteLedger(tmp_path)) as ledger:
        store(ledger, *(learned(f"e{place}", place) for place in range(1, 12_001)))
    with contextlib.closing(SqliteLedger(tmp_path)) as ledger:
        assert ledger.last_known_at == 12_000
        assert [entry.known_at for entry in ledger.entries()] == list(range(1, 12_001))
        assert [entry.known_at for entry in ledger.entries(after=3, until=5)] == [4, 5]


def test_all_that_wait_share_one_commit(ledger: SqliteLedger) -> None:
    async def story() -> None:
        for place in range(1, 101):
            ledger.append([learned(f"e{place}", place)])
        await asyncio.gather(*(ledger.durable() for _ in range(50)))

    asyncio.run(story())
    assert len(list(ledger.entries())) == 100


def test_all_that_the_loop_has_read_share_one_commit(ledger: SqliteLedger) -> None:
    sizes: list[int] = []
    commit = ledger._groups._commit

    def counted(records: list[Record]) -> None:
        sizes.append(len(records))
        commit(records)

    async def request(place: int) -> None:
        ledger.append([learned(f"e{place}", place)])
        time.sleep(0.005)  # what a decision takes: the writer must not begin meanwhile
        await ledger.durable()

    async def story() -> None:
        await asyncio.gather(*map(request, range(1, 9)))

    ledger._groups._commit = counted
    asyncio.run(story())
    assert sizes == [8]


def test_one_who_gives_up_waiting_does_not_disturb_the_others(ledger: SqliteLedger) -> None:
    async def story() -> None:
        ledger.append([learned("a", 1)])
        impatient = asyncio.ensure_future(ledger.durable())
        patient = asyncio.ensure_future(ledger.durable())
        await asyncio.sleep(0)
        impatient.cancel()
        await patient

    asyncio.run(story())
    assert ledger.find("event", "a") is not None


def test_a_full_disk_is_told_to_all_and_nothing_claims_to_be_stored(
    tmp_path: Path,
) -> None:
    losses: list[int] = []
    ledger = SqliteLedger(tmp_path)
    ledger.on_loss = lambda: losses.append(ledger.last_known_at)
    store(ledger, learned("kept", 1))
    full = ledger._writer.pragma("page_count")
    ledger._writer.pragma("max_page_count", full)

    async def send(*records: Record) -> None:
        ledger.append(records)
        await ledger.durable()

    async def story() -> Sequence[BaseException | None]:
        many = (learned(f"lost{place}", place) for place in range(2, 2000))
        large = learned("lost too" + "o" * 9000, 5000)
        return await asyncio.gather(send(*many), send(large), return_exceptions=True)

    told = asyncio.run(story())
    assert [type(one) for one in told] == [Unavailable, Unavailable]
    assert "the disk is full" in str(told[0])
    assert losses == [1]
    assert ledger.find("event", "lost2") is None
    assert ledger.find("event", "lost too" + "o" * 9000) is None

    ledger._writer.pragma("max_page_count", 1_000_000)
    store(ledger, learned("lost2", 2))
    assert [entry.id for entry in ledger.entries()] == ["kept", "lost2"]
    ledger.close()


def test_a_failed_sync_is_not_called_a_loss_and_ends_all_writing(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger._writer.pragma("max_page_count", ledger._writer.pragma("page_count"))
    monkeypatch.setattr("serving.ledger.sqlite._extended", lambda _: apsw.SQLITE_IOERR_FSYNC)
    with pytest.raises(Unconfirmed, match="the ledger's disk fails"):
        store(ledger, learned("a" * 9000, 1))
    with pytest.raises(Unavailable, match="then restart the server") as told:
        store(ledger, learned("b", 2))
    assert told.value.code == "unavailable"


def test_a_second_writer_from_elsewhere_is_told_and_survived(ledger: SqliteLedger) -> None:
    other = apsw.Connection(str(ledger._path))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="another process holds the ledger"):
        store(ledger, learned("a", 1))
    other.execute("ROLLBACK")
    other.close()
    store(ledger, learned("a", 1))
    assert ledger.last_known_at == 1


def test_an_entry_that_cannot_be_written_fails_its_group_and_no_more(
    ledger: SqliteLedger, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(Unavailable, match="nothing was recorded"):
        store(ledger, learned("a", 1, kind="usage"), learned("too large", 2**70))
    assert "writer failed" in caplog.text
    store(ledger, learned("a", 1))


def test_a_home_has_one_writer_and_readers_beside_it(tmp_path: Path, ledger: SqliteLedger) -> None:
    store(ledger, learned("a", 1))
    with pytest.raises(SetupError, match=r"process \d+ already uses the home"):
        SqliteLedger(tmp_path)
    code = (
        "import sys; from pathlib import Path; from serving.ledger.tables import LedgerReader; "
        "print([e.id for e in LedgerReader(Path(sys.argv[1])).entries()])"
    )
    path = str(tmp_path / FILE)
    beside = subprocess.run([sys.executable, "-c", code, path], capture_output=True, check=True)
    assert beside.stdout == b"['a']\n"


def test_reading_needs_no_server_but_a_ledger(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="there is no ledger to read"):
        LedgerReader(tmp_path / FILE)
    with contextlib.closing(SqliteLedger(tmp_path)) as ledger:
        store(ledger, learned("a", 1))
    with contextlib.closing(LedgerReader(tmp_path / FILE)) as reader:
        assert [entry.id for entry in reader.entries()] == ["a"]


def test_a_ledger_of_a_newer_format_is_refused(tmp_path: Path) -> None:
    SqliteLedger(tmp_path).close()
    with contextlib.closing(apsw.Connection(str(tmp_path / FILE))) as connection:
        connection.pragma("user_version", 99)
    with pytest.raises(SetupError, match="written by a newer Vouch"):
        SqliteLedger(tmp_path)


def test_importing_twice_changes_nothing(ledger: SqliteLedger) -> None:
    records = [learned(f"e{place}", place * 10) for place in range(1, 7001)]
    told: list[ImportCounts] = []
    assert ledger.import_entries(records, told.append) == (7000, 0)
    assert told == [(5000, 0), (7000, 0)]
    assert ledger.import_entries(records) == (0, 7000)
    assert ledger.last_known_at == 70_000


def test_what_is_imported_late_takes_the_place_after_the_last(ledger: SqliteLedger) -> None:
    store(ledger, learned("now", 1000))
    ledger.import_entries([learned("then", 5), learned("then too", 6), learned("later", 2000)])
    assert [(entry.id, entry.known_at) for entry in ledger.entries()] == [
        ("now", 1000),
        ("then", 1001),
        ("then too", 1002),
        ("later", 2000),
    ]


def test_a_long_log_is_moved_into_the_database_while_commits_go_on(tmp_path: Path) -> None:
    with contextlib.closing(SqliteLedger(tmp_path)) as ledger:
        ledger._checkpoints._longest = ledger._checkpoints._limit = 100

        async def story() -> None:
            for place in range(1, 401):
                ledger.append([scored(f"e{place}", place)])
                await ledger.durable()

        asyncio.run(story())
        log = (tmp_path / f"{FILE}-wal").stat().st_size
        assert log < 300 * 4096
        assert len(list(ledger.entries())) == 400


def test_the_export_is_the_table_that_training_reads(tmp_path: Path, ledger: SqliteLedger) -> None:
    import pyarrow.parquet as pq

    store(ledger, scored("s1", 1), learned("l1", 2, kind="label"))
    assert export(ledger, tmp_path / "export.parquet") == 2
    table = pq.read_table(tmp_path / "export.parquet")
    assert table.schema.names == SCHEMA.names
    assert table["id"].to_pylist() == ["s1", "l1"]
