"""Batch: every customer at one time, by the same rules as a single request."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.durations import DAY, HOUR
from features.errors import NotEnoughData
from features.export import ExportWriter
from features.facts import Entry
from features.offline import History
from serving.batch import SCHEMA, score_customers
from serving.settings import Settings
from tests.serving.processes import vouch

NIGHT = 1_780_000_000_000_000 // DAY * DAY + 23 * HOUR


def usage(customer: str, days_ago: int, cents: int) -> Entry:
    at = NIGHT - days_ago * DAY
    return Entry(
        id=f"{customer}-{days_ago}",
        kind="usage",
        known_at=at + sum(customer.encode()),
        occurred_at=at,
        customer=customer,
        facts={"amount": cents},
    )


def history(folder: Path) -> Path:
    """One steady customer, and one that consumes a hundredfold since today, with an alert."""
    path = folder / "events.parquet"
    rows = [usage(customer, day, 1_000) for customer in ("a", "b") for day in range(40, 0, -1)]
    rows += [usage("a", 0, 1_000), usage("b", 0, 100_000)]
    alert = Entry(id="x", kind="alert", known_at=NIGHT + 5_000, occurred_at=NIGHT, customer="b")
    with ExportWriter(path) as writer:
        for row in [*rows, alert]:
            writer.write(row)
    return path


def test_the_one_who_jumps_is_reviewed(tmp_path: Path) -> None:
    with History.open(history(tmp_path)) as opened:
        report = score_customers(opened, Settings(home=tmp_path), tmp_path / "out" / "s.parquet")
    assert (report.rows, report.mode) == (2, "scorecard")
    table = pq.read_table(report.path)
    assert table.schema.equals(SCHEMA)
    steady, jumping = table.to_pylist()
    assert (steady["customer"], steady["outcome"], steady["reasons"]) == ("a", "approve", [])
    assert (jumping["customer"], jumping["outcome"]) == ("b", "review")
    assert jumping["policies"] == ["ACTIVE_ALERT_AND_SPIKE"]
    assert "SPENDING" in jumping["reasons"]


def test_the_night_before_nothing_is_known_of_it(tmp_path: Path) -> None:
    with History.open(history(tmp_path)) as opened:
        report = score_customers(
            opened, Settings(home=tmp_path), tmp_path / "s.parquet", t=NIGHT - HOUR
        )
        assert report.outcomes["review"] == 0
        with pytest.raises(NotEnoughData, match="no customer is known"):
            score_customers(opened, Settings(home=tmp_path), tmp_path / "s.parquet", t=1)


def test_the_command_prints_a_summary(tmp_path: Path) -> None:
    done = vouch(tmp_path / "h", "score-customers", "--history", str(history(tmp_path)))
    assert done.returncode == 0, done.stderr
    assert "2 customers" in done.stdout
    assert (tmp_path / "h" / "scores" / "customers.parquet").exists()
    missing = vouch(tmp_path / "h", "score-customers")
    assert missing.returncode == 3
    assert "vouch simulate" in missing.stderr
    wrong = vouch(
        tmp_path / "h", "score-customers", "--history", str(history(tmp_path)), "--at", "noon"
    )
    assert (wrong.returncode, "--at must be a time" in wrong.stderr) == (3, True)
