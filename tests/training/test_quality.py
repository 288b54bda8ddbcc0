"""The gate: data that is not fit stops training, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from features.catalogue import CATALOGUE
from features.declaration import Fact
from features.declared import Catalogue
from features.events import UNCOUNTED_KINDS
from features.export import table
from features.offline import History, Matrix, matrix
from training import quality_page
from training.quality import SuiteFailed, SuiteResult, check_history, check_matrix, demand
from training.run import train


def failed(result: SuiteResult) -> list[str]:
    return [finding.sentence for finding in result.failures]


def test_a_sound_history_passes(story: Any) -> None:
    story.signup("c1", 0, amount=-100, card_is_prepaid=1).label("c1", 3)
    result = check_history(story.history())
    assert failed(result) == []
    assert result.rows == 2
    demand(result)


@pytest.mark.parametrize("kind", UNCOUNTED_KINDS)
def test_what_vouch_writes_down_itself_is_sound(story: Any, kind: str) -> None:
    story.signup("c1", 0).label("c1", 3)
    mine = msgspec.structs.replace(story.entries[1], id="own", kind=kind, facts={})
    story.entries.append(replace_known_at(mine, mine.known_at + 1))
    assert failed(check_history(story.history())) == []


def broken(story: Any, **columns: Any) -> SuiteResult:
    story.signup("c1", 0, seats=1).label("c1", 3)
    rows = table(story.entries)
    for name, value in columns.items():
        place = rows.schema.get_field_index(name)
        values = pa.array([value, *rows[name].to_pylist()[1:]], rows.schema.field(place).type)
        rows = rows.set_column(place, rows.schema.field(place).with_nullable(True), values)
    return check_history(History.of(rows))


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"kind": "party"}, "every kind of entry is known (1 entries do not)"),
        ({"id": None}, "every entry has id (1 entries do not)"),
        ({"occurred_at": 2**60}, "nothing is known before it happened"),
        ({"known_at": -5, "occurred_at": -5}, "times lie after 1970"),
        ({"card_is_prepaid": 7}, "card_is_prepaid is 0 or 1"),
        ({"email_local_digit_share": 1.5}, "email_local_digit_share is a share"),
        ({"seats": -1}, "seats is not negative"),
        ({"amount": 10**15}, "amount is of a possible size"),
    ],
)
def test_each_break_is_named(story: Any, columns: dict[str, Any], sentence: str) -> None:
    assert [told for told in failed(broken(story, **columns)) if sentence in told]


def test_ties_in_the_order_are_found(story: Any) -> None:
    story.signup("c1", 0).signup("c2", 0)
    twice = [story.entries[0], replace_known_at(story.entries[1], story.entries[0].known_at)]
    assert (
        "no two entries have the same place" in failed(check_history(History.of(table(twice))))[0]
    )


def replace_known_at(entry: Any, known_at: int) -> Any:
    return msgspec.structs.replace(entry, known_at=known_at, occurred_at=known_at)


def test_an_unknown_label_is_found(story: Any) -> None:
    result = check_history(story.label("c1", 3, "nice").label("c1", 4, status="rumoured").history())
    assert len(failed(result)) == 2


def some_matrix(story: Any) -> Matrix:
    for number in range(30):
        story.signup(f"c{number}", number / 10, ip_is_tor=number % 2, seats=number)
    return matrix(story.history(), CATALOGUE, "signup")


def test_the_matrix_is_checked_against_the_catalogue(story: Any) -> None:
    good = some_matrix(story)
    columns = CATALOGUE.derived("signup")
    assert failed(check_matrix(good, columns)) == []
    values = good.values.copy()
    values[3, good.columns.index("ip_is_tor")] = 0.5
    values[4, good.columns.index("accounts_on_device_24h")] = -1
    values[5, good.columns.index("seats")] = np.inf
    sentences = failed(check_matrix(replace(good, values=values), columns))
    assert sentences == [
        "expected that ip_is_tor is 0, 1 or unknown",
        "expected that seats is not negative",
        "expected that accounts_on_device_24h is a count",
    ]


def test_columns_out_of_order_stop_training(story: Any) -> None:
    good = some_matrix(story)
    swapped = replace(good, columns=good.columns[::-1], values=good.values[:, ::-1])
    sentences = failed(check_matrix(swapped, CATALOGUE.derived("signup")))
    assert "expected that the columns are those of the catalogue, in its order" in sentences


def test_a_column_that_is_never_known_only_warns(story: Any) -> None:
    result = check_matrix(some_matrix(story), CATALOGUE.derived("signup"))
    assert "expected that form_seconds is known for some rows" in {
        finding.sentence for finding in result.warnings
    }
    demand(result)


def test_texts_are_positions(story: Any) -> None:
    where = Fact(of="country", categories=("BE", "NL"), at=("signup",), why="Where.")
    catalogue = Catalogue({"country": where})
    story.signup("c1", 0, country="NL").signup("c2", 1, country="XX")
    table_of_two = matrix(story.history(), catalogue, "signup")
    columns = catalogue.derived("signup")
    assert failed(check_matrix(table_of_two, columns)) == []
    beyond = replace(table_of_two, values=np.array([[2.0], [np.nan]]))
    assert failed(check_matrix(beyond, columns)) == [
        "expected that country is the position of one of 2 texts"
    ]


def test_a_failed_suite_stops_training_with_words_and_a_page(story: Any, tmp_path: Path) -> None:
    path = story.signup("c1", 0, seats=-4).export(tmp_path / "events.parquet")
    with pytest.raises(
        SuiteFailed, match=r"history: expected that seats is not negative"
    ) as stopped:
        train(path)
    page = quality_page.write(stopped.value.results, tmp_path, "signup")
    text = page.read_text("utf-8")
    assert "seats is not negative" in text
    assert "No: 1 expectations failed" in text
    assert "-4" not in text
    assert page.with_suffix(".json").exists()
