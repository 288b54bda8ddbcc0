"""One equals many: a formula over a million rows gives each what it gives it alone."""

from __future__ import annotations

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.derived import Derived
from features.durations import DAY

_ROWS = 400
_MADE = [
    column
    for moment in CATALOGUE.moments
    for column in CATALOGUE.derived(moment)
    if column.formula is not None
]
COLUMNS = list({column.name: column for column in _MADE}.values())


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_row_alone_is_as_among_others(column: Derived) -> None:
    """Counts, times and truths of all sizes, and what is unknown anywhere among them."""
    assert column.formula is not None
    chance = np.random.default_rng(len(column.inputs))
    shape = (_ROWS, len(column.inputs))
    sizes = chance.choice([1, 2, 5, 40, 1000, DAY], size=(_ROWS, 1))
    inputs = np.floor(chance.random(shape) * (sizes + 1))
    unknown = chance.choice([0.0, 0.1, 0.5, 0.9, 1.0], size=(_ROWS, 1))
    inputs[chance.random(shape) < unknown] = np.nan
    together = column.formula(inputs)
    alone = np.concatenate([column.formula(row[None, :]) for row in inputs])
    np.testing.assert_array_equal(together, alone)
    assert together.shape == (_ROWS,)
