"""Histories: what is no export is refused, what was not known then is unknown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from features.catalogue import CATALOGUE
from features.errors import NotEnoughData
from features.export import ExportWriter
from features.facts import Entry
from features.offline import History, checkups, matrix


def signup(number: int, **fields: object) -> Entry:
    return Entry(
        id=f"s{number}",
        kind="signup",
        known_at=number,
        occurred_at=number,
        customer=f"c{number}",
        **fields,  # type: ignore[arg-type]
    )


def written(path: Path, *entries: Entry) -> Path:
    with ExportWriter(path) as writer:
        for entry in entries:
            writer.write(entry)
    return path


def test_a_fact_added_later_is_unknown_in_older_exports(tmp_path: Path) -> None:
    path = written(tmp_path / "e.parquet", signup(1, facts={"seats": 3, "mfa_done": 1}))
    older = tmp_path / "older.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["mfa_done", "token_tax_id"]), older)
    with History.open(older) as history:
        answered = matrix(history, CATALOGUE, "signup")
    assert answered.column("seats").tolist() == [3.0]
    assert np.isnan(answered.column("mfa_done")).all()


def test_attributes_are_found_in_the_order_they_became_known(tmp_path: Path) -> None:
    first = [
        signup(1, attributes={"plan": "silver", "age": 3.0}),
        signup(2, attributes={"plan": "gold", "mixed": "x"}),
        signup(3, attributes={"mixed": 1.0}),
    ]
    with History.open(written(tmp_path / "a.parquet", *first)) as history:
        before = history.attributes("signup")
    assert before == {"age": None, "plan": ("silver", "gold")}
    later = signup(4, attributes={"plan": "bronze"})
    with History.open(written(tmp_path / "b.parquet", *first, later)) as history:
        assert history.attributes("signup")["plan"] == ("silver", "gold", "bronze")


def test_texts_become_their_places_among_the_categories(tmp_path: Path) -> None:
    rows = [signup(n, attributes={"plan": plan}) for n, plan in enumerate(("a", "b", "z"), 1)]
    catalogue = CATALOGUE.with_attributes({"plan": ("b", "a")})
    with History.open(written(tmp_path / "a.parquet", *rows)) as history:
        codes = matrix(history, catalogue, "signup").column("attribute_plan")
    assert codes[:2].tolist() == [1.0, 0.0]
    assert np.isnan(codes[2])


def test_some_columns_are_what_they_are_among_all(tmp_path: Path) -> None:
    rows = [
        signup(n, tokens={"device": f"d{n % 3}"}, facts={"seats": n, "mfa_done": n % 2})
        for n in range(1, 20)
    ]
    with History.open(written(tmp_path / "a.parquet", *rows)) as history:
        whole = matrix(history, CATALOGUE, "signup")
        names = whole.columns[::4]
        some = matrix(history, CATALOGUE.only(names), "signup")
        assert some.columns == names
        np.testing.assert_array_equal(some.values, whole.values[:, ::4])
        assert matrix(history, CATALOGUE.only(()), "signup").values.shape == (19, 0)


def test_questions_without_any_history_are_answered(tmp_path: Path) -> None:
    with History.open(written(tmp_path / "a.parquet", signup(1))) as history:
        answered = matrix(history, CATALOGUE, "checkup", checkups(["nobody"], 5))
        assert answered.column("usage_cost_24h").tolist() == [0.0]
        assert np.isnan(answered.column("spend_spike")).all()
        assert len(matrix(history, CATALOGUE, "payment")) == 0


def test_what_is_no_history_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="vouch simulate"):
        History.open(tmp_path / "none.parquet")
    text = tmp_path / "text.parquet"
    text.write_text("no parquet")
    with pytest.raises(NotEnoughData, match="is no export"):
        History.open(text)
    with (
        History.open(written(tmp_path / "empty.parquet")) as history,
        pytest.raises(NotEnoughData, match="empty"),
    ):
        history.span()


def test_the_connection_reaches_nothing_else(tmp_path: Path) -> None:
    import duckdb

    with History.open(written(tmp_path / "a" / "e.parquet", signup(1))) as history:
        (tmp_path / "secret.csv").write_text("a\n1\n")
        for statement in (
            f"SELECT * FROM '{tmp_path / 'secret.csv'}'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                history.connection.execute(statement)
