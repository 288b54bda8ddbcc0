"""Spreads: few bins that tell much, for any kind of column; and what a run's bundle keeps."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from features.contract import Contract
from training.bundling import bundle_of
from training.run import TrainingRun
from training.spread import SCORE, bins, spread, spreads_of

NAN = np.nan


def ones(number: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.ones(number)


def test_many_different_numbers_are_shared_out_evenly() -> None:
    values = np.random.default_rng(1).lognormal(size=10_000)
    found = spread("x", values, ones(10_000))
    assert len(found.edges) == 9
    assert found.shares == pytest.approx([0.1] * 10, abs=0.001)
    assert (found.missing, found.rows) == (0.0, 10_000)


@pytest.mark.parametrize(
    ("values", "edges", "shares", "missing"),
    [
        ([0.0, 0.0, 1.0, NAN], (1.0,), (0.5, 0.25), 0.25),  # a truth, sometimes unknown
        ([0.0] * 3 + [1.0] * 97, (1.0,), (0.03, 0.97), 0.0),  # hardly ever false
        ([5.0] * 4, (), (1.0,), 0.0),  # always the same
        ([NAN] * 4, (), (0.0,), 1.0),  # never known
        ([1.0, 2.0] + [NAN] * 398, (), (0.005,), 0.995),  # hardly ever known
        ([0.0] * 950 + [1.0] * 30 + [2.0] * 12 + [3.0] * 4 + [9.0] * 4,
         (1.0, 2.0), (0.95, 0.03, 0.02), 0.0),  # what is rare joins its neighbour
        ([-3.0, 0.5, 7.0, 8.0], (0.5, 7.0, 8.0), (0.25,) * 4, 0.0),
    ],
)  # fmt: skip
def test_what_is_frequent_has_a_bin_of_its_own(
    values: list[float], edges: tuple[float, ...], shares: tuple[float, ...], missing: float
) -> None:
    found = spread("x", np.array(values), ones(len(values)))
    assert (found.edges, found.shares, found.missing) == (edges, shares, missing)


@pytest.mark.parametrize(
    ("values", "weight", "named", "usual"),
    [
        ([0.0, 0.0, 1.0, NAN], [1.0] * 4, False, 0.0),
        ([9.0, 1.0, 5.0], [1.0] * 3, False, 5.0),
        ([9.0, 1.0, 5.0], [8.0, 1.0, 1.0], False, 9.0),  # the median of the weight
        ([NAN] * 9 + [2.0], [1.0] * 10, False, 2.0),  # of what is known
        ([0.0, 1.0, 1.0, 4.0, 4.0, 4.0, NAN], [1.0] * 7, True, 4.0),  # the most frequent text
        ([NAN, NAN], [1.0] * 2, True, None),
    ],
)
def test_the_usual_value_is_one_that_was_seen(
    values: list[float], weight: list[float], named: bool, usual: float | None
) -> None:
    assert spread("x", np.array(values), np.array(weight), named=named).usual == usual


def test_behind_many_zeros_the_rest_is_still_told_apart() -> None:
    values = np.concatenate([np.zeros(9_500), np.random.default_rng(2).pareto(1.5, 500) + 1e-6])
    found = spread("x", values, ones(10_000))
    assert found.shares[0] == 0.95
    assert len(found.shares) == 6
    assert min(found.shares) >= 0.0099


def test_texts_have_a_bin_each_and_one_for_all_others() -> None:
    codes = np.array([0.0] * 60 + [2.0] * 38 + [7.0] + [NAN])
    found = spread("x", codes, ones(100), named=True)
    assert (found.edges, found.shares) == ((0.0, 2.0, 7.0), (0.6, 0.38, 0.01, 0.0))
    seen = bins(found, np.array([0.0, 1.0, 2.0, 7.0, 9.0, NAN]))
    assert seen.tolist() == [1, 1, 1, 2, 1]
    many = spread("x", np.arange(50.0), ones(50), named=True)
    assert len(many.edges) == 19
    assert many.shares[-1] == pytest.approx(31 / 50)
    assert bins(spread("x", np.full(3, NAN), ones(3), named=True), np.array([1.0])).tolist() == [
        1.0,
        0.0,
    ]


def test_an_edge_belongs_to_the_bin_above_it() -> None:
    found = spread("x", np.array([1.0, 2.0, 3.0]), ones(3))
    assert found.edges == (2.0, 3.0)
    assert bins(found, np.array([-9.0, 1.9, 2.0, 2.9, 3.0, 1e9, NAN])).tolist() == [2, 2, 2, 1]


def test_a_row_of_weight_counts_as_often_but_tells_no_more() -> None:
    """Ten rows of which one stands for 91 others: their spread rests on hardly more than it."""
    found = spread("x", np.array([0.0] * 9 + [1.0]), np.array([1.0] * 9 + [91.0]))
    assert found.shares == (0.09, 0.91)
    assert found.rows == 1


def test_of_many_rows_some_say_enough(
    trained: TrainingRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.spread._MOST_ROWS", 500)
    _, *columns = spreads_of(trained)
    assert {one.rows for one in columns} == {500}


def test_a_bundle_says_how_its_columns_and_its_score_lay(trained: TrainingRun) -> None:
    contract = bundle_of(trained).contract
    assert [one.name for one in contract.spread] == [SCORE, *contract.names]
    score, *columns = contract.spread
    assert (score.rows, {one.rows for one in columns}) == (
        len(trained.split.validation.rows),
        {contract.rows},
    )
    for one in contract.spread:
        assert sum(one.shares) + one.missing == pytest.approx(1.0)
        assert len(one.shares) == len(one.edges) + 1 <= 20
        assert list(one.edges) == sorted(set(one.edges))
    assert msgspec.json.decode(msgspec.json.encode(contract), type=Contract) == contract
