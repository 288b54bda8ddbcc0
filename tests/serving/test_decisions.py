"""The decisions of a ledger as a table: what they really used, and which signal stands where."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.blocks import Card, Device, Order
from features.catalogue import CATALOGUE
from features.contract import BundleStore
from features.decisions import SCHEMA, Layout, beside, layouts
from features.declared import Catalogue
from features.errors import SetupError
from features.events import Payment
from serving.layouts import Layouts
from serving.ledger import decisions as module
from serving.ledger.decisions import export_decisions
from serving.ledger.protocol import StoredDecision
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.bundles import OLDER, bundle
from tests.serving.scoring import NOON, dollars, score, signup


def decided(scorer: OpenScorer, *events: Any) -> list[dict[str, Any]]:
    """The answers to some events, and the disk waited for."""
    answers = [score(scorer, event) for event in events]
    asyncio.run(scorer.ledger.durable())
    return answers


def exported(
    home: Path, path: Path, catalogue: Catalogue = CATALOGUE, until: int | None = None
) -> tuple[pa.Table, tuple[Layout, ...]]:
    """The table of a home's decisions, and its layouts."""
    with closing(LedgerReader(home / FILE)) as ledger:
        rows = export_decisions(ledger, path, Layouts(catalogue, BundleStore(home)), until=until)
    table, known = pq.read_table(path), layouts(path)
    assert known is not None
    assert table.num_rows == rows
    assert table.schema.equals(SCHEMA)
    return table, known


def value(table: pa.Table, row: int, layout: Layout, name: str) -> float | None:
    """What a decision used of a signal."""
    (place,) = (place for column, place in layout.place.items() if column.name == name)
    held: float | None = table["vector"][row].as_py()[place]
    return held


def test_every_decision_is_a_row_with_what_it_used(
    scorer: OpenScorer, afternoon: Settings, tmp_path: Path
) -> None:
    first, second, third = decided(
        scorer,
        signup(1, device=Device(id="d"), card=Card(funding="prepaid"), attributes={"plan": "gold"}),
        signup(2, device=Device(id="d")),
        Payment(id="p1", customer="c1", total=dollars(5), occurred_at=NOON.replace(hour=13)),
    )
    table, known = exported(afternoon.home, tmp_path / "decisions.parquet")
    rows = table.to_pylist()
    answers = (first, second, third)
    for name in ("event_id", "moment", "customer", "outcome", "score", "mode"):
        column = name.removesuffix("_id")
        assert [row[column] for row in rows] == [answer[name] for answer in answers]
    assert [row["id"] for row in rows] == [answer["decision_id"] for answer in answers]
    assert [row["known_at"] for row in rows] == [int(row["id"][1:], 16) for row in rows]
    assert rows[0]["policies"] == ["PREPAID_CARD"]
    assert rows[0]["attributes"] == '{"plan":"gold"}'
    assert rows[1]["attributes"] is None
    assert [known[row["layout"]].moment for row in rows] == ["signup", "signup", "payment"]
    assert value(table, 0, known[rows[0]["layout"]], "card_is_prepaid") == 1.0
    assert value(table, 0, known[rows[0]["layout"]], "accounts_on_device_24h") == 0.0
    assert value(table, 1, known[rows[1]["layout"]], "accounts_on_device_24h") == 1.0
    assert value(table, 1, known[rows[1]["layout"]], "form_seconds") is None


def test_what_a_model_said_is_there_by_risk(afternoon: Settings, tmp_path: Path) -> None:
    store = BundleStore(afternoon.home)
    store.promote("signup", "theft_of_service", store.save(bundle()))
    with closing(open_scorer(replace(afternoon, exploration=0.2))) as scorer:
        answers = decided(scorer, *(signup(n, card=Card(funding="prepaid")) for n in range(3)))
    rows = exported(afternoon.home, tmp_path / "decisions.parquet")[0].to_pylist()
    for row, answer in zip(rows, answers, strict=True):
        risk = answer["risks"][0]
        assert dict(row["risks"]) == {"theft_of_service": risk["probability"]}
        assert row["models"] == [bundle().digest]
        assert row["instead_of"] is None


def test_columns_of_another_version_stand_behind_the_catalogues_own(
    afternoon: Settings, tmp_path: Path
) -> None:
    """Decisions with and without such a model lie in one file, each with its own layout."""
    store, older = BundleStore(afternoon.home), bundle(catalogue=OLDER)
    store.promote("signup", "theft_of_service", store.save(older))
    with closing(open_scorer(afternoon)) as scorer:
        decided(scorer, *(signup(n, device=Device(id="d")) for n in range(2)))
        scorer.folding._slice = (
            0  # state lags behind: no model speaks, but its column has its place
        )
        scorer._start_over()
        assert decided(scorer, signup(3))[0]["mode"] == "fixed"
    table, (both, own) = exported(afternoon.home, tmp_path / "decisions.parquet")
    assert table["layout"].to_pylist() == [0, 0, 1]
    assert both.columns[: len(own.columns)] == own.columns
    (behind,) = both.columns[len(own.columns) :]
    (wanted,) = (one for one in older.contract.columns if one.name == "accounts_on_device_24h")
    assert (behind.name, behind.digest) == (wanted.name, wanted.digest)
    assert table["vector"][1].as_py()[-1] == 1.0


def test_decisions_of_another_catalogue_are_never_read_with_this_one(
    afternoon: Settings, tmp_path: Path
) -> None:
    with closing(OpenScorer(afternoon, OLDER)) as scorer:
        decided(scorer, signup(1))
    with closing(OpenScorer(afternoon, CATALOGUE)) as scorer:
        decided(scorer, signup(2))
    path = tmp_path / "decisions.parquet"
    table, known = exported(afternoon.home, path)
    assert table["catalogue"].to_pylist() == [OLDER.fingerprint, CATALOGUE.fingerprint]
    assert table["layout"].to_pylist() == [None, 0]
    table, known = exported(afternoon.home, path, OLDER)
    assert table["layout"].to_pylist() == [0, None]
    assert [layout.catalogue for layout in known] == [OLDER.fingerprint]


def test_many_decisions_are_written_a_bounded_number_at_a_time(
    scorer: OpenScorer, afternoon: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ROWS_PER_GROUP", 4)
    answers = decided(scorer, *(signup(n, order=Order(seats=n)) for n in range(10)))
    path, told = tmp_path / "decisions.parquet", list[int]()
    with closing(LedgerReader(afternoon.home / FILE)) as ledger:
        known = Layouts(CATALOGUE, BundleStore(afternoon.home))
        assert export_decisions(ledger, path, known, told.append) == 10
    assert told == [4, 8]
    assert pq.ParquetFile(path).metadata.num_row_groups == 3
    table = pq.read_table(path)
    assert table["id"].to_pylist() == [answer["decision_id"] for answer in answers]
    assert [value(table, n, known.known[0], "seats") for n in range(10)] == list(range(10))
    until = table["known_at"][6].as_py()
    assert exported(afternoon.home, path, until=until)[0].num_rows == 7


class Broken:
    """A ledger that cannot be read any further."""

    def decisions(self, until: int | None = None) -> Iterator[StoredDecision]:
        raise SetupError("the disk is gone")


def test_what_breaks_halfway_leaves_what_was_there(afternoon: Settings, tmp_path: Path) -> None:
    path = tmp_path / "decisions.parquet"
    path.write_bytes(b"of yesterday")
    with pytest.raises(SetupError, match="the disk is gone"):
        export_decisions(Broken(), path, Layouts(CATALOGUE, BundleStore(afternoon.home)))
    assert [one.name for one in tmp_path.glob("decisions*")] == ["decisions.parquet"]
    assert path.read_bytes() == b"of yesterday"


def test_an_answer_of_an_earlier_vouch_is_read(
    scorer: OpenScorer, afternoon: Settings, tmp_path: Path
) -> None:
    """It knew nothing of exploration, and kept less."""
    decided(scorer, signup(1))
    with closing(LedgerReader(afternoon.home / FILE)) as ledger:
        (stored,) = ledger.decisions()
    answer = stored.answer.replace(b'"exploration":null,', b"")
    kept = json.loads(stored.record)
    record = json.dumps({name: kept[name] for name in ("entry", "vector", "versions")}).encode()
    assert len(answer) < len(stored.answer)

    class Old:
        def decisions(self, until: int | None = None) -> Iterator[StoredDecision]:
            yield stored._replace(answer=answer, record=record)

    path = tmp_path / "decisions.parquet"
    assert export_decisions(Old(), path, Layouts(CATALOGUE, BundleStore(afternoon.home))) == 1


@pytest.mark.parametrize(
    ("export", "decisions"),
    [
        ("events.parquet", "decisions.parquet"),
        ("events-2026.parquet", "decisions-2026.parquet"),
        ("export.parquet", "export.decisions.parquet"),
    ],
)
def test_the_file_beside_is_never_taken_for_history(export: str, decisions: str) -> None:
    assert beside(Path("folder") / export) == Path("folder") / decisions
    assert not Path(decisions).match("events*.parquet")


def test_another_file_has_no_layouts(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": np.arange(3)}), tmp_path / "x.parquet")
    assert layouts(tmp_path / "x.parquet") is None
    (tmp_path / "notes.txt").write_text("no Parquet at all")
    assert layouts(tmp_path / "notes.txt") is None
