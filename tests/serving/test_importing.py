"""Importing foreign files: bad rows are set aside, ties are spread, twice is once."""

from __future__ import annotations

import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.replay_signups import shared_file
from features.errors import SetupError
from features.facts import Entry
from features.reference import load
from features.sources.mapping import Mapping
from serving.importing import Importer, ImportReport, Progress
from serving.ledger.sqlite import SqliteLedger
from serving.opening import open_door
from serving.settings import Settings
from tests.serving.processes import ROOT, vouch

MAPPING = Mapping(
    tomllib.loads(
        """
[[event]]
kind = "signup"
id = "{id}"
customer = "c{id}"
occurred_at = { column = "when", time = "%Y-%m-%d %H:%M", zone = "UTC" }
device.id = "{device}"

[[label]]
id = "{id}"
customer = "c{id}"
label = { column = "bad", values = { "1" = "false_identity", "0" = "legitimate" } }
occurred_at = { column = "when", time = "%Y-%m-%d %H:%M", zone = "UTC" }
"""
    ),
    (),
)
LATER = 1_800_000_000_000_000  # January 2027
SILENT = Progress(lambda rows: None, lambda done, total: None)
ROWS = """id,when,device,bad
3,2026-01-01 10:00,d,1
1,2026-01-01 10:00,d,0
2,2026-01-01 09:00,d,
4,tomorrow,d,0
5,2026-01-01 10:00,d,7
6,2026-01-01 10:00
7,2026-01-01 10:00,4111 1111 1111 1111,0
"""


def imported(
    home: Path, text: str, now: int = LATER, *, late: bool = False
) -> tuple[ImportReport, list[Entry]]:
    source = home / "rows.csv"
    home.mkdir(exist_ok=True)
    source.write_text(text)
    settings = Settings(home=home)
    with closing(SqliteLedger(home)) as ledger:
        door = open_door(settings, load(), ledger)
        importer = Importer(MAPPING, door, ledger, now, late=late)
        report = importer.read(source, home / "rejects.csv", SILENT)
        return report, list(ledger.entries())


def test_bad_rows_are_set_aside_and_stop_nothing(tmp_path: Path) -> None:
    report, entries = imported(tmp_path, ROWS)
    assert (report.rows, report.new, report.known, report.rejected) == (7, 5, 0, 4)
    rejects = (tmp_path / "rejects.csv").read_text().splitlines()
    assert [line.split(",")[0] for line in rejects] == ["line", "5", "6", "7", "8"]
    assert "4111" not in "".join(rejects)
    assert (tmp_path / "rejects.csv").stat().st_mode & 0o077 == 0
    assert len(entries) == 5


def test_order_is_by_time_then_id_and_never_by_rows(tmp_path: Path) -> None:
    _, entries = imported(tmp_path / "a", ROWS)
    header, *rows = ROWS.splitlines()
    shuffled = "\n".join([header, *reversed(rows)]) + "\n"
    _, again = imported(tmp_path / "b", shuffled)
    places = [(entry.id, entry.kind, entry.known_at) for entry in entries]
    assert places == [(entry.id, entry.kind, entry.known_at) for entry in again]
    signups = [entry for entry in entries if entry.kind == "signup"]
    assert [entry.id for entry in signups] == ["2", "1", "3"]
    assert signups[2].known_at - signups[1].known_at == 1


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    _, before = imported(tmp_path, ROWS)
    report, after = imported(tmp_path, ROWS)
    assert (report.new, report.known, report.rejected) == (0, 5, 4)
    assert after == before


HEADER = "id,when,device,bad\n"


def test_what_is_not_known_yet_waits(tmp_path: Path) -> None:
    """A label matures in 60 days; a row from the future is a mistake."""
    now = 1_767_268_800_000_000  # 2026-01-01T12:00Z
    rows = HEADER + "1,2026-01-01 10:00,d,1\n2,2100-12-31 10:00,d,\n"
    report, entries = imported(tmp_path, rows, now)
    assert (report.new, report.waiting, report.rejected) == (1, 1, 1)
    assert report.reasons == {"the row lies in the future (/occurred_at)": 1}
    assert [entry.kind for entry in entries] == ["signup"]
    report, entries = imported(tmp_path, rows, now + 61 * 86_400_000_000)
    assert (report.new, report.known, report.waiting) == (1, 1, 0)


def test_a_file_that_comes_too_late_is_refused_unless_told(tmp_path: Path) -> None:
    imported(tmp_path, HEADER + "1,2026-01-02 10:00,d,\n")
    older = HEADER + "2,2026-01-01 10:00,d,\n"
    with pytest.raises(SetupError, match="home of its own"):
        imported(tmp_path, older)
    report, entries = imported(tmp_path, older, late=True)
    assert report.new == 1
    assert entries[1].known_at == entries[0].known_at + 1
    assert entries[1].occurred_at < entries[0].occurred_at


def test_what_a_killed_import_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "sorting-old").mkdir()
    (tmp_path / "sorting-old" / "sorted.db").write_text("raw events")
    imported(tmp_path, ROWS)
    assert list(tmp_path.glob("sorting-*")) == []


def test_a_card_number_in_a_broken_line_is_withheld(tmp_path: Path) -> None:
    imported(tmp_path, HEADER + "1,2026-01-01 10:00,4111111111111111\n")
    assert "4111" not in (tmp_path / "rejects.csv").read_text()


def test_the_command_reports_and_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(
        "user_id,signup_time,purchase_time,purchase_value,device_id,source,browser,sex,age,"
        "ip_address,class\n7,1/1/2015 0:42,1/1/2015 0:42,15,D,SEO,Opera,M,53,2621473820.1,1\n"
    )
    mapping = str(ROOT / "data" / "mappings" / "ecommerce.toml")
    done = vouch(tmp_path / "h", "import", "--mapping", mapping, str(tmp_path / "rows.csv"))
    assert done.returncode == 0
    assert "1 rows read: 3 entries are new" in done.stdout
    missing = vouch(tmp_path / "h", "import", "--mapping", mapping, str(tmp_path / "none.csv"))
    assert (missing.returncode, "there is no file" in missing.stderr) == (3, True)
    wrong = vouch(tmp_path / "h", "import", "--mapping", "none.toml", str(tmp_path / "rows.csv"))
    assert (wrong.returncode, "cannot read the mapping" in wrong.stderr) == (3, True)


@pytest.mark.skipif(not shared_file().is_file(), reason=f"{shared_file()} is not there")
def test_the_real_sign_ups_have_exactly_one_reject(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    mapping = Mapping.load(ROOT / "data" / "mappings" / "ecommerce.toml")
    with closing(SqliteLedger(tmp_path)) as ledger:
        importer = Importer(mapping, open_door(settings, load(), ledger), ledger, LATER)
        report = importer.read(shared_file(), tmp_path / "r.csv", SILENT)
    assert (report.rows, report.rejected, report.new) == (30_190, 1, 3 * 30_189)


def test_what_is_being_sorted_has_no_name_in_the_home(tmp_path: Path) -> None:
    home, source = tmp_path / "home", tmp_path / "rows.csv"
    rows = "".join(f"{id},2026-01-01 10:00,canary-device,0\n" for id in range(9000))
    source.write_text("id,when,device,bad\n" + rows)
    seen: list[bytes] = []

    def look(_done: int, _total: int | None = None) -> None:
        seen.append(b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file()))

    with closing(SqliteLedger(home)) as ledger:
        door = open_door(Settings(home=home), load(), ledger)
        Importer(MAPPING, door, ledger, LATER).read(source, home / "r.csv", Progress(look, look))
    assert len(seen) > 2
    assert not any(b"canary" in content for content in seen)
