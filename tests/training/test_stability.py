"""The stability index: right by hand, silent about chance, loud about a shift."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from training.labels import Floats
from training.spread import bins, spread
from training.stability import psi, stability

Draw = Callable[[np.random.Generator, int], Floats]

DRAWS: dict[str, Draw] = {
    "continuous": lambda draw, n: draw.lognormal(size=n),
    "a truth, at times unknown": lambda draw, n: np.where(
        draw.random(n) < 0.02, np.nan, (draw.random(n) < 0.3).astype(float)
    ),
    "rare counts": lambda draw, n: draw.poisson(0.05, n).astype(float),
    "mostly zero": lambda draw, n: np.where(draw.random(n) < 0.9, 0.0, draw.pareto(1.5, n)),
    "mostly unknown": lambda draw, n: np.where(draw.random(n) < 0.95, np.nan, draw.normal(size=n)),
}


@pytest.mark.parametrize(
    ("then", "now", "index"),
    [
        ([0.5, 0.5], [0.5, 0.5], 0.0),
        ([0.5, 0.5], [0.8, 0.2], 0.3 * np.log(1.6) + 0.3 * np.log(2.5)),
        ([0.1, 0.2, 0.7], [0.2, 0.2, 0.6], 0.1 * np.log(2.0) + 0.1 * np.log(7 / 6)),
        ([0.9, 0.1], [0.1, 0.9], 2 * 0.8 * np.log(9.0)),
    ],
)
def test_the_index_by_hand(then: list[float], now: list[float], index: float) -> None:
    there, here = np.array(then), np.array(now)
    assert psi(there, here) == pytest.approx(index)
    assert psi(here, there) == pytest.approx(index)  # it has no direction
    many = 10**7
    assert stability(there, many, here * many).index == pytest.approx(index, abs=1e-5)


def test_what_was_never_and_is_not_plays_no_part() -> None:
    then, now = np.array([0.6, 0.4]), np.array([65.0, 35.0])
    wider = np.array([0.6, 0.0, 0.4]), np.array([65.0, 0.0, 35.0])
    assert stability(then, 1000, now) == stability(wider[0], 1000, wider[1])


def test_a_bin_that_is_new_is_told_by_its_rows_not_by_an_infinity() -> None:
    """Never unknown among 5,000 rows, and now unknown in 1, 2 and 40 of 200."""
    then = np.array([1.0, 0.0])
    one, two, forty = (stability(then, 5000, np.array([200.0 - n, n])) for n in (1, 2, 40))
    assert one.index < two.index < 0.1
    assert forty.index > 0.25
    assert not forty.by_chance


def test_a_column_that_never_varied_cannot_drift() -> None:
    same = stability(np.array([1.0]), 500, np.array([200.0]))
    assert (same.index, same.by_chance) == (0.0, True)


@pytest.mark.parametrize("name", DRAWS)
@pytest.mark.parametrize("rows", [100, 200, 1000])
def test_honest_rows_raise_no_alarm(name: str, rows: int) -> None:
    """400 windows of the same distribution: none looks drifted, and few reach the index at all.

    The plain index would be at the limit for nothing: with 100 rows and ten bins it is 0.1.
    """
    draw, made = DRAWS[name], np.random.default_rng(rows)
    found = []
    for _ in range(400):
        held = spread("x", draw(made, 1500), np.ones(1500))
        then = np.array([*held.shares, held.missing])
        found.append(stability(then, held.rows, bins(held, draw(made, rows)), tests=140))
    assert not any(one.index >= 0.1 and not one.by_chance for one in found)
    assert np.mean([one.index >= 0.1 for one in found]) < 0.06
    assert np.mean([one.index for one in found]) < 0.3 * 9 * (1 / rows + 1 / 1500)


@pytest.mark.parametrize("rows", [200, 1000])
def test_a_real_shift_is_seen_every_time(rows: int) -> None:
    made = np.random.default_rng(5)
    reference = spread("x", made.normal(size=1500), np.ones(1500))
    then = np.array([*reference.shares, reference.missing])
    for _ in range(100):
        moved = stability(then, 1500, bins(reference, made.normal(1.0, 1.0, rows)), tests=140)
        assert moved.index >= 0.25
        assert not moved.by_chance
