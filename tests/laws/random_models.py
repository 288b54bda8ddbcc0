"""Random models: boosters that learned from a few random rows of shipped columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import lightgbm
import numpy as np
from hypothesis import strategies as st

from features.booster import Booster, Floats
from features.catalogue import CATALOGUE
from features.contract import Column
from features.decide.reasons import Explainer
from training.spread import spreads

_ROWS = 200
DERIVED = {column.name: column for column in CATALOGUE.derived("payment")}
_ATTRIBUTE = Column("attribute_colour", "", ("red", "blue"))


class Model(NamedTuple):
    """A booster, its columns, rows with holes, and what explains them."""

    booster: Booster
    columns: tuple[Column, ...]
    rows: Floats
    explainer: Explainer


@st.composite
def models(draw: st.DrawFn) -> Model:
    """Some columns in any order, one that the catalogue does not know among them."""
    names = draw(st.lists(st.sampled_from(sorted(DERIVED)), min_size=1, max_size=40, unique=True))
    columns = [Column(name, "", DERIVED[name].categories) for name in names]
    columns.insert(draw(st.integers(0, len(columns))), _ATTRIBUTE)
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = np.column_stack(
        [
            chance.integers(0, len(column.categories), _ROWS)
            if column.categories
            else chance.normal(size=_ROWS).round(draw(st.integers(0, 3)))
            for column in columns
        ]
    ).astype(np.float64)
    rows[chance.random(rows.shape) < draw(st.sampled_from((0.0, 0.1, 0.6)))] = np.nan
    told = np.nan_to_num(rows) @ chance.normal(size=len(columns)) + chance.normal(size=_ROWS) > 0
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
    trained = lightgbm.train(options, learned, num_boost_round=draw(st.integers(1, 25)))
    booster = Booster(trained.model_to_string().encode())
    spread = spreads(tuple(columns), rows, np.ones(_ROWS))
    explainer = Explainer(columns, DERIVED.values(), booster.contributions, spread)
    return Model(booster, tuple(columns), rows, explainer)
