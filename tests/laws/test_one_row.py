"""A formula's twin in plain Python gives one row what NumPy gives it, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.durations import DAY, HOUR
from features.formulas import Formula, counts, daily, recent
from features.formulas.composed import Composed, Part
from features.formulas.one_row import bound

_NOW = 1_772_323_200_000_000
_NUMBERS = st.one_of(
    st.just(float("nan")),
    st.integers(0, 3).map(float),
    st.integers(-1200, 1200).map(float),
    st.integers(_NOW - 400 * DAY, _NOW).map(float),
    st.integers(_NOW - HOUR // 2, _NOW).map(float),
    st.floats(),
)
#: Every twin, with the parameters that the shipped catalogue gives it and with edges.
_FORMULAS = {
    "share": (Formula(counts.share), 2),
    "difference": (Formula(counts.difference), 2),
    "largest": (Formula(counts.largest), 5),
    "largest of one": (Formula(counts.largest), 1),
    "smallest": (Formula(counts.smallest), 4),
    "is unknown": (Formula(counts.is_unknown), 1),
    "others": (Formula(counts.others, (("cap", 3), ("width", 1000))), 2),
    "rate in three groups": (Formula(counts.smoothed_rate, (("weight", 50.0),)), 6),
    "rate in two groups": (Formula(counts.smoothed_rate, (("weight", 50.0),)), 4),
    "rate without weight": (Formula(counts.smoothed_rate, (("weight", 0.0),)), 4),
    "units": (Formula(counts.in_units, (("unit", DAY),)), 1),
    "age": (Formula(counts.age, (("unit", DAY),)), 2),
    "recent over before": (
        Formula(daily.recent_over_before, (("before", 28), ("recent", 7))), 2,
    ),
    "woken up": (Formula(daily.woken_up, (("floor", 1000.0),)), 3),
    "projected month": (Formula(daily.projected_month), 2),
    "while young": (Formula(daily.while_young, (("days", 3),)), 2),
    "share of parts": (
        Composed(
            counts.share, parts=(Part(0, 2, Formula(counts.difference), 0), Part(2, 3, None, 3))
        ),
        3,
    ),
    "largest of parts that stop": (
        Composed(counts.largest, parts=(Part(0, 1, None, 0), Part(1, 3, Formula(counts.share), 2))),
        3,
    ),
    "streak": (Formula(recent.streak, (("value", 1),), (8, 1)), 9),
    "streak in rows of two": (Formula(recent.streak, (("value", 1),), (4, 2)), 9),
    "gaps": (Formula(recent.gap_variation, (("fewest", 4),), (16, 1)), 17),
    "burst": (
        Formula(recent.burst, (("over", HOUR), ("width", HOUR // 6)), (16, 1)), 17,
    ),
    "largest recent": (Formula(recent.largest_recent, (), (6, 1)), 7),
    "largest recent of some": (Formula(recent.largest_recent, (), (6, 2)), 13),
    "robust z": (Formula(recent.robust_z, (("fewest", 5), ("floor", 2.0)), (9, 1)), 11),
    "robust z of even many": (
        Formula(recent.robust_z, (("fewest", 0), ("floor", 0.0)), (4, 1)), 6,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", _FORMULAS)
@settings(max_examples=50)
@given(data=st.data())
def test_a_twin_is_its_formula(name: str, data: st.DataObject) -> None:
    formula, width = _FORMULAS[name]
    row = data.draw(st.lists(_NUMBERS, min_size=width, max_size=width))
    twin = bound(formula, range(width))
    assert twin is not None
    with np.errstate(all="ignore"):
        (wanted,) = formula(np.array([row])).tolist()
        np.testing.assert_equal(twin(row), wanted)


@pytest.mark.parametrize("name", _FORMULAS)
def test_a_twin_finds_its_inputs_wherever_they_stand(name: str) -> None:
    formula, width = _FORMULAS[name]
    row = [float(one) for one in range(3, 3 + width)]
    places = list(range(width))[::-1]
    twin, backwards = bound(formula, range(width)), bound(formula, places)
    assert twin is not None
    assert backwards is not None
    np.testing.assert_equal(backwards(row), twin(row[::-1]))


def test_all_that_a_score_works_out_has_a_twin() -> None:
    """Else every score would pay for a call of NumPy's."""
    scored = [one.event for one in CATALOGUE.domain.moments.values() if one.event]
    for moment in scored:
        for _, formula, sources in CATALOGUE.plan(moment).formulas:
            assert bound(formula, sources.tolist()) is not None, formula.function.__name__
