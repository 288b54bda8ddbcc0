"""The model: the same bytes from the same data, calibrated, within its budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.contract import Column
from training.calibrate import calibrate, isotonic, platt
from training.model import Shape, fit, margins, read_booster
from training.sample import Sample

COLUMNS = (Column("a", "1"), Column("b", "2"), Column("c", "3", ("x", "y", "z")))


def rows(count: int, seed: int = 0) -> Sample:
    random = np.random.default_rng(seed)
    values = np.column_stack([random.normal(size=(count, 2)), random.integers(0, 3, count)])
    odds = values[:, 0] + (values[:, 2] == 1) - 2.5
    values[random.random((count, 3)) < 0.1] = np.nan
    positive = random.random(count) < 1 / (1 + np.exp(-odds))
    return Sample(values, positive, np.ones(count))


def fitted(shape: Shape) -> tuple[bytes, int]:
    return fit(COLUMNS, rows(2000), shape, held_out=rows(500, seed=1))


def test_two_runs_give_the_same_bytes() -> None:
    assert fitted(Shape()) == fitted(Shape())


def test_stopping_early_has_a_floor() -> None:
    text, kept = fitted(Shape(fewest_rounds=70, patience=1, learning_rate=0.3))
    assert kept == 70
    assert read_booster(text).num_trees() == 70


def test_the_text_read_back_predicts_to_the_last_bit() -> None:
    text, _ = fitted(Shape())
    values = rows(300, seed=2).values
    once = margins(read_booster(text), values)
    again = margins(read_booster(read_booster(text).model_to_string().encode()), values)
    assert once.tobytes() == again.tobytes()


def test_so_many_rounds_can_be_asked_for() -> None:
    text, kept = fit(COLUMNS, rows(2000), Shape(), rounds=33)
    assert (kept, read_booster(text).num_trees()) == (33, 33)


def test_what_may_only_raise_the_risk_never_lowers_it() -> None:
    """A column that lowers it in the data is held to what its declaration says."""
    turned = rows(3000)
    turned.values[:, 0] *= -1
    held = fit(COLUMNS, turned, Shape(), rounds=60, raises=np.array([True, False, False]))[0]
    free = fit(COLUMNS, turned, Shape(), rounds=60)[0]
    asked = np.column_stack([np.linspace(-3, 3, 50), np.zeros(50), np.ones(50)])
    assert (np.diff(margins(read_booster(held), asked)) >= 0).all()
    assert (np.diff(margins(read_booster(free), asked)) < 0).any()


def test_a_weight_is_a_row_that_is_there_more_than_once() -> None:
    few = rows(1500)
    odd = np.flatnonzero(few.positive)
    twice = few.and_also(Sample(few.values[odd], few.positive[odd], few.weight[odd]))
    heavy = Sample(few.values, few.positive, np.where(few.positive, 2.0, 1.0))
    a, b = (margins(read_booster(fit(COLUMNS, one, Shape(per_leaf=20), rounds=40)[0]), few.values)
            for one in (twice, heavy))  # fmt: skip
    assert np.corrcoef(a, b)[0, 1] > 0.95
    plain = margins(read_booster(fit(COLUMNS, few, Shape(per_leaf=20), rounds=40)[0]), few.values)
    assert b.mean() > plain.mean() + 0.3


def test_calibration_counts_a_weight_as_rows() -> None:
    margin = np.repeat([-1.0, 1.0], 500)
    positive = np.arange(1000) % 10 == 0
    weight = np.where(positive, 9.0, 1.0)
    calibration, _ = calibrate(margin, positive, weight)
    assert calibration(np.array([0.0]))[0] == pytest.approx(0.5, abs=0.01)


def test_only_float64_is_taken() -> None:
    text, _ = fitted(Shape())
    with pytest.raises(TypeError, match="float64"):
        margins(read_booster(text), np.zeros((1, 3), dtype=np.float32))


@pytest.mark.parametrize(("leaves", "depth", "per_leaf"), [(32, 4, 40), (8, 7, 40), (8, 4, 5)])
def test_a_shape_beyond_the_budget_is_refused(leaves: int, depth: int, per_leaf: int) -> None:
    with pytest.raises(ValueError, match="at most 31 leaves and depth 6"):
        Shape(leaves=leaves, depth=depth, per_leaf=per_leaf)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1000), slope=st.floats(-2.0, 2.0))
def test_calibration_never_falls(seed: int, slope: float) -> None:
    random = np.random.default_rng(seed)
    margin = random.normal(size=300)
    positive = random.random(300) < 1 / (1 + np.exp(1.0 - slope * margin))
    ask = np.linspace(-50, 50, 500)
    for way in (platt, isotonic):
        answered = way(margin, positive, np.ones(300))(ask)
        assert (np.diff(answered) >= 0).all()
        assert ((answered > 0) & (answered < 1)).all()


def test_different_margins_keep_different_probabilities() -> None:
    random = np.random.default_rng(5)
    margin = random.normal(size=4000)
    positive = random.random(4000) < 1 / (1 + np.exp(2.0 - margin))
    middle = np.linspace(-1.0, 1.0, 100)
    assert (np.diff(isotonic(margin, positive, np.ones(4000))(middle)) > 0).all()


def test_few_positives_get_the_two_parameters_of_platt() -> None:
    random = np.random.default_rng(6)
    margin = random.normal(size=1000)
    assert calibrate(margin, np.arange(1000) % 50 == 0)[1] == "platt"


def test_a_crooked_curve_gets_the_steps() -> None:
    random = np.random.default_rng(7)
    margin = random.uniform(-3, 3, 20_000)
    positive = random.random(20_000) < np.where(margin > 0, 0.5, 0.02)
    calibration, way = calibrate(margin, positive)
    assert way == "isotonic"
    assert calibration(np.array([-2.0, 2.0])) == pytest.approx([0.02, 0.5], abs=0.02)
