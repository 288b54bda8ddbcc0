"""The law of reasons: what the codes contribute and the base add up to the model's raw margin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from features.decide.texts.codes import code_of
from tests.laws.random_models import DERIVED, Model, models


@given(models())
@settings(max_examples=40, deadline=None)
def test_factors_and_base_add_up_to_the_margin(model: Model) -> None:
    nowhere = np.full(len(model.columns), np.nan)
    for row in [*model.rows[:20], nowhere]:
        factors = model.explainer(row)
        added = sum(factor.contribution for factor in factors) + model.explainer.base
        assert added == pytest.approx(model.booster.margin(row), abs=1e-9, rel=0)
        sizes = [abs(factor.contribution) for factor in factors]
        assert sizes == sorted(sizes, reverse=True)
        assert len({factor.code for factor in factors}) == len(factors)


@given(models())
@settings(max_examples=10, deadline=None)
def test_no_column_is_lost_or_counted_twice(model: Model) -> None:
    for place, column in enumerate(model.columns):
        for alone in (1.0, -1.0):
            contributions = np.zeros(len(model.columns))
            contributions[place] = alone
            heaviest, *others = model.explainer.factors(contributions, model.rows[0])
            signal = DERIVED[column.name].signal if column.name in DERIVED else column.name
            assert (heaviest.code, heaviest.signal) == (code_of(signal), column.name)
            assert heaviest.contribution == alone
            assert not any(other.contribution for other in others)
