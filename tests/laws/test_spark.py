"""The law on Spark: the same text gives the same matrices as DuckDB, to the last bit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from hypothesis import HealthCheck, Phase, given, settings
from typer.testing import CliRunner

from features.catalogue import CATALOGUE
from features.declaration import Window
from features.declared import Catalogue
from features.durations import days
from features.errors import SetupError
from features.export import ExportWriter, table
from features.facts import Entry
from features.offline import History, Matrix, checkups, matrices
from features.offline.duck import DuckEngine
from features.offline.jvm import check_java, connect
from features.offline.spark import SparkEngine
from serving.commands import register
from tests.laws import histories
from tests.laws.random_catalogues import catalogues

MASTER = "local[2]"
SMALL = {"spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false"}
SPENT = Window(sum="amount", by="device", events="payment", over=(days(1),), why="w")
MOMENTS = ("signup", "payment", "checkup")

#: The same stories every time, and no shrinking: a statement takes Spark a third of a second.
TOLD = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="session", autouse=True)
def spark() -> Iterator[None]:
    """One Spark for all that is told here; the engines inside share it."""
    pytest.importorskip("pyspark", reason="the spark extra is not installed")
    try:
        check_java()
    except SetupError as missing:
        pytest.skip(missing.message)
    _, close = connect(MASTER, SMALL)
    yield
    close()


class Listening:
    """An engine, and every text it was asked."""

    def __init__(self, engine: DuckEngine | SparkEngine) -> None:
        self._engine = engine
        self.asked: list[str] = []
        self.put, self.drop, self.close = engine.put, engine.drop, engine.close

    def keep(self, name: str, query: str) -> None:
        self.asked.append(query)
        self._engine.keep(name, query)

    def answer(self, query: str) -> Iterator[pa.RecordBatch]:
        self.asked.append(query)
        return self._engine.answer(query)


def answered(opened: History, catalogue: Catalogue, asked: pa.Table) -> dict[str, Matrix]:
    """Every moment's matrix: of the events that ask, and of checkups."""
    told = matrices(opened, catalogue, MOMENTS[:2])
    return {**told, **matrices(opened, catalogue, MOMENTS[2:], asked)}


def checked(history: Sequence[Entry]) -> pa.Table:
    """A checkup of the customer at each usage."""
    used = [one for one in history if one.kind == "usage" and one.customer is not None]
    return checkups([str(one.customer) for one in used], [one.known_at for one in used])


def assert_equal(one: dict[str, Matrix], other: dict[str, Matrix]) -> None:
    for moment in MOMENTS:
        mine, theirs = one[moment], other[moment]
        assert mine.ids.tolist() == theirs.ids.tolist()
        assert mine.at.tolist() == theirs.at.tolist()
        for name in mine.columns:
            np.testing.assert_array_equal(mine.column(name), theirs.column(name), f"{name}")


def assert_law(catalogue: Catalogue, history: Sequence[Entry], rows_at_once: int = 1000) -> None:
    """DuckDB and Spark are asked the same texts and give the same matrices."""
    entries, asked = table(history), checked(history)
    with History.of(entries) as duck:
        duck.engine = one = Listening(DuckEngine(duck.connection))
        expected = answered(duck, catalogue, asked)
    other = Listening(SparkEngine.of(entries, MASTER, rows_at_once))
    with History.of(entries, other) as opened:
        assert_equal(expected, answered(opened, catalogue, asked))
    assert one.asked == other.asked


@settings(TOLD, max_examples=4)
@given(catalogue=catalogues(), history=histories.entries(most=40))
def test_random_catalogues_agree(catalogue: Catalogue, history: list[Entry]) -> None:
    assert_law(catalogue, history)


@pytest.mark.slow
@settings(TOLD, max_examples=60)
@given(catalogue=catalogues(), history=histories.entries(most=60))
def test_many_random_catalogues_agree(catalogue: Catalogue, history: list[Entry]) -> None:
    assert_law(catalogue, history)


@pytest.mark.slow
@settings(TOLD, max_examples=2)
@given(history=histories.entries(catalogue=CATALOGUE))
def test_shipped_catalogue_agrees(history: list[Entry]) -> None:
    """Answers come in parts here, as they do to more questions than the driver should hold."""
    assert_law(CATALOGUE, history, rows_at_once=20)


def payments(*amounts: int) -> list[Entry]:
    return [
        Entry(
            id=f"p{number}",
            kind="payment",
            known_at=histories.START + number,
            occurred_at=histories.START + number,
            customer="c1",
            tokens={"device": "d"},
            facts={"amount": amount},
        )
        for number, amount in enumerate(amounts)
    ]


def test_a_sum_that_does_not_fit_is_an_error_and_no_number() -> None:
    catalogue = Catalogue({"spent": SPENT})
    entries = table(payments(2**62, 2**62, 1))
    with (
        History.of(entries) as duck,
        pytest.raises(Exception, match=r"out of range|Overflow"),
    ):
        matrices(duck, catalogue, ("payment",))
    with (
        History.of(entries, SparkEngine.of(entries, MASTER)) as opened,
        pytest.raises(Exception, match="ARITHMETIC_OVERFLOW"),
    ):
        matrices(opened, catalogue, ("payment",))


def written(path: Path, history: Sequence[Entry]) -> Path:
    with ExportWriter(path) as writer:
        for entry in history:
            writer.write(entry)
    return path


def test_files_are_united_by_name_wherever_they_lie(tmp_path: Path) -> None:
    """An older file lacks a column; the folder's name would be a pattern to Spark."""
    folder = tmp_path / "a [b]{c}* d"
    new = written(folder / "new.parquet", payments(1, 2, 3))
    old = written(folder / "old.parquet", payments(4, 5))
    older = pq.read_table(old).drop_columns(["mfa_done"])
    moved = [{**row, "known_at": row["known_at"] - 10} for row in older.to_pylist()]
    pq.write_table(pa.Table.from_pylist(moved, older.schema), old)
    catalogue = Catalogue({"spent": SPENT})
    with (
        History.open([old, new]) as duck,
        History.open([old, new], engine="spark", master=MASTER) as opened,
    ):
        both = [answered(one, catalogue, checkups(["c1"], 2**60)) for one in (duck, opened)]
    assert both[0]["payment"].column("spent_24h").tolist() == [0, 4, 9, 10, 12]
    assert_equal(both[0], both[1])


@pytest.mark.slow
def test_the_command_writes_the_same_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    app = typer.Typer()
    register(app)
    written(tmp_path / "history" / "events.parquet", payments(100, 200, 300))
    scores = []
    for engine in ("duckdb", "spark"):
        out = tmp_path / f"{engine}.parquet"
        result = CliRunner().invoke(
            app,
            ["score-customers", "--out", str(out), "--engine", engine, "--spark-master", MASTER],
        )
        assert result.exit_code == 0, result.output
        scores.append(pq.read_table(out))
    assert scores[0].num_rows == 1
    assert scores[0].equals(scores[1])


def test_another_master_is_refused_while_spark_runs(tmp_path: Path) -> None:
    path = written(tmp_path / "e.parquet", payments(1))
    with pytest.raises(SetupError, match=r"runs on local\[2\] in this process already"):
        History.open(path, engine="spark", master="local[1]")
