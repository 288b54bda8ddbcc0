"""A ledger that an older Vouch wrote is opened, whole, and goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest

from features.errors import SetupError
from features.facts import Entry
from serving.ledger.protocol import Wanted
from serving.ledger.sqlite import FILE, SqliteLedger
from serving.ledger.tables import FORMAT, LedgerReader
from tests.serving.records import entry, scored

_FORMAT_1 = """
CREATE TABLE entries (
    known_at INTEGER PRIMARY KEY, space INTEGER NOT NULL, id TEXT NOT NULL,
    fingerprint BLOB NOT NULL, entry BLOB NOT NULL);
CREATE UNIQUE INDEX entries_by_id ON entries (space, id);
CREATE TABLE decisions (
    known_at INTEGER PRIMARY KEY, id TEXT NOT NULL, answer BLOB NOT NULL, record BLOB NOT NULL);
CREATE UNIQUE INDEX decisions_by_id ON decisions (id);
PRAGMA user_version = 1;
"""
_ANSWER: dict[str, Any] = {
    "decision_id": "d10", "event_id": "s1", "moment": "signup", "customer": "c1",
    "outcome": "review", "score": 480, "policies": [],
}  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one sign-up, its decision and a label, as format 1 kept them."""
    events = [
        (0, Entry(id="s1", kind="signup", known_at=10, occurred_at=10, customer="c1")),
        (2, Entry(id="d10", kind="decision", known_at=11, occurred_at=11, customer="c1")),
        (1, entry("l1", 12, "label", label="legitimate")),
    ]
    with closing(apsw.Connection(str(tmp_path / FILE))) as connection:
        connection.execute(_FORMAT_1).fetchall()
        for space, one in events:
            row = (one.known_at, space, one.id, b"of the body", msgspec.msgpack.encode(one))
            connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)
        answer = json.dumps(_ANSWER).encode()
        connection.execute("INSERT INTO decisions VALUES (10, 'd10', ?, ?)", (answer, b"{}"))
    return tmp_path


@pytest.fixture
def ledger(home: Path) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(home)) as ledger:
        yield ledger


def test_nothing_is_lost(ledger: SqliteLedger) -> None:
    assert [one.id for one in ledger.entries()] == ["s1", "d10", "l1"]
    found = ledger.find("event", "s1")
    assert found is not None
    assert (found.fingerprint, json.loads(found.answer or b"")) == (b"of the body", _ANSWER)
    assert [one.id for one in ledger.of_customer("c1")] == ["s1", "d10"]


def test_what_it_decided_is_found_and_final(ledger: SqliteLedger) -> None:
    (decision,) = ledger.search(Wanted(customer="c1", outcome="review"), now=13).decisions
    assert (decision.id, decision.event, decision.moment) == ("d10", "s1", "signup")
    assert decision.expires_at is None
    assert list(ledger.pending()) == []


def test_it_goes_on_and_is_upgraded_once(home: Path, ledger: SqliteLedger) -> None:
    ledger.append([scored("s2", 20)])
    asyncio.run(ledger.durable())
    ledger.close()
    with closing(SqliteLedger(home)) as again:
        assert [one.id for one in again.entries()] == ["s1", "d10", "l1", "s2"]


def test_who_only_reads_says_what_upgrades(home: Path) -> None:
    with pytest.raises(SetupError, match="start the service once"):
        LedgerReader(home / FILE)


def test_one_of_a_newer_vouch_is_left_alone(home: Path) -> None:
    with closing(apsw.Connection(str(home / FILE))) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}").fetchall()
    before = (home / FILE).read_bytes()
    with pytest.raises(SetupError, match="newer Vouch"):
        SqliteLedger(home)
    assert (home / FILE).read_bytes() == before


def test_a_damaged_one_stays_as_it_was(home: Path) -> None:
    """What cannot be upgraded whole is not upgraded at all."""
    with closing(apsw.Connection(str(home / FILE))) as connection:
        connection.execute("UPDATE entries SET entry = x'c1' WHERE id = 's1'").fetchall()
    with pytest.raises(SetupError, match="cannot open the ledger"):
        SqliteLedger(home)
    with closing(apsw.Connection(str(home / FILE))) as connection:
        assert connection.pragma("user_version") == 1
        rows = connection.execute("SELECT count(*) FROM entries").fetchall()
    assert rows == [(3,)]
