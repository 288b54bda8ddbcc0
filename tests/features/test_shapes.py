"""Shapes by themselves: what is read in one go is what is read bit by bit."""

from __future__ import annotations

from typing import Any

from features.durations import DAY
from features.series import Series
from features.state.shapes import SHAPES
from features.state.shapes.seen import runs


def test_rows_are_read_in_runs_as_one_by_one() -> None:
    """Two fields of some rows, a text of others, a row that is too old, and one never held."""
    fields = ("amount", "result")
    series = Series("recent", ("card",), ("signup",), span=100, cap=4, fields=fields)
    recent = SHAPES["recent"](series)
    for known_at, row in ((1, (5, "declined")), (150, (7, "approved")), (151, (None, "odd"))):
        recent.fold(known_at, known_at, row)
    amounts: list[tuple[Any, ...]] = [
        (100, row, field) for row in range(4) for field in ("amount", "result")
    ]
    texts: list[tuple[Any, ...]] = [
        (100, row, "result", "approved", "declined") for row in (1, 2, 0)
    ]
    arguments = (*amounts, *texts, (200, 2, "result", "approved", "declined"))
    prepared = runs(series.place_in_row, arguments)
    assert len(prepared) == 4
    expected = [None, None, 7, None, None, None, None, None, 0, None, None, 1]
    assert recent.read(200, prepared) == recent.read(200, arguments) == expected


def test_labelled_cohorts_are_let_go_and_counted_alike() -> None:
    """Cohorts a day apart; one is bad, late; after the span all are gone, packed or not."""
    series = Series("matured", ("device",), ("signup",), span=10 * DAY, delay=0, bad=("fraud",))
    matured, counts = SHAPES["matured"](series), []
    for day in range(1, 30):
        cohort = day + 1
        bad = int(day % 5 == 0)
        matured.apply(day * DAY, "c", (cohort, 1, cohort + bad, bad))
        matured.apply(day * DAY + 1, "d", (cohort, 1, cohort, 0))
        again = SHAPES["matured"](series, matured.pack())
        t = day * DAY + 2
        arguments = ((10, 0), (10, 1), (3, 0), (3, 1))
        assert matured.read(t, arguments) == again.read(t, arguments)
        counts.append(matured.read(t, arguments))
    assert counts[0] == [0, 0, 0, 0]  # the cohort of the day after
    assert counts[4] == [8, 0, 6, 0]
    assert counts[6] == [12, 1, 6, 1]
    assert counts[28] == [20, 2, 6, 0]
    assert len(matured.pack()[1]) == 11
