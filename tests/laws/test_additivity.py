"""The law of reasons: what the codes contribute and the base add up to the model's raw margin."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.booster import Booster, Floats
from features.catalogue import CATALOGUE
from features.contract import Column
from features.decide.reasons import Explainer
from features.decide.texts.codes import code_of

ROWS = 200
DERIVED = {column.name: column for column in CATALOGUE.derived("payment")}
ATTRIBUTE = Column("attribute_colour", "", ("red", "blue"))


@st.composite
def models(draw: st.DrawFn) -> tuple[tuple[Column, ...], bytes, Floats]:
    """Some columns in any order, a booster that learned from them, and rows with holes."""
    names = draw(st.lists(st.sampled_from(sorted(DERIVED)), min_size=1, max_size=40, unique=True))
    columns = [Column(name, "", DERIVED[name].categories) for name in names]
    columns.insert(draw(st.integers(0, len(columns))), ATTRIBUTE)
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = np.column_stack(
        [
            chance.integers(0, len(column.categories), ROWS)
            if column.categories
            else chance.normal(size=ROWS).round(draw(st.integers(0, 3)))
            for column in columns
        ]
    ).astype(np.float64)
    rows[chance.random(rows.shape) < draw(st.sampled_from((0.0, 0.1, 0.6)))] = np.nan
    told = np.nan_to_num(rows) @ chance.normal(size=len(columns)) + chance.normal(size=ROWS) > 0
    options: dict[str, Any] = {
        "objective": "binary",
        "num_leaves": draw(st.integers(2, 31)),
        "max_depth": draw(st.integers(1, 6)),
        "min_child_samples": 5,
        "num_threads": 1,
        "verbosity": -1,
    }
    named = [place for place, column in enumerate(columns) if column.categories]
    learned = lightgbm.Dataset(rows, told, categorical_feature=named)
    booster = lightgbm.train(options, learned, num_boost_round=draw(st.integers(1, 25)))
    return tuple(columns), booster.model_to_string().encode(), rows[:20]


@given(models())
@settings(max_examples=40, deadline=None)
def test_factors_and_base_add_up_to_the_margin(
    model: tuple[tuple[Column, ...], bytes, Floats],
) -> None:
    columns, text, rows = model
    booster = Booster(text)
    explainer = Explainer(columns, DERIVED.values(), booster.contributions)
    nowhere = np.full(len(columns), np.nan)
    for row in [*rows, nowhere]:
        factors = explainer(row)
        added = sum(factor.contribution for factor in factors) + explainer.base
        assert added == pytest.approx(booster.margin(row), abs=1e-9, rel=0)
        sizes = [abs(factor.contribution) for factor in factors]
        assert sizes == sorted(sizes, reverse=True)
        assert len({factor.code for factor in factors}) == len(factors)
    booster.close()


@given(models())
@settings(max_examples=10, deadline=None)
def test_no_column_is_lost_or_counted_twice(
    model: tuple[tuple[Column, ...], bytes, Floats],
) -> None:
    columns, text, rows = model
    booster = Booster(text)
    explainer = Explainer(columns, DERIVED.values(), booster.contributions)
    for place, column in enumerate(columns):
        for alone in (1.0, -1.0):
            contributions = np.zeros(len(columns))
            contributions[place] = alone
            heaviest, *others = explainer.factors(contributions, rows[0])
            signal = DERIVED[column.name].signal if column.name in DERIVED else column.name
            assert (heaviest.code, heaviest.signal) == (code_of(signal), column.name)
            assert heaviest.contribution == alone
            assert not any(other.contribution for other in others)
    booster.close()
