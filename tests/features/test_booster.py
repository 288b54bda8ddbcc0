"""A booster through the C interface: margins to the last bit, and what each column adds."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from features.booster import Booster, BoosterError
from tests.serving.bundles import model_text


def test_one_row_and_many_give_the_golden_margins() -> None:
    text, golden = model_text()
    booster = Booster(text)
    rows = np.array([one.vector for one in golden], dtype=np.float64)
    assert [booster.margin(row) for row in rows] == [one.margin for one in golden]
    assert booster.margins(rows).tolist() == [one.margin for one in golden]
    assert booster.margins(np.empty((0, 3))).tolist() == []
    with pytest.raises(ValueError, match="needs 3 columns"):
        booster.margins(rows[:, :2])
    booster.close()
    booster.close()


def test_contributions_are_lightgbm_s_own_and_sum_to_the_margin() -> None:
    text, golden = model_text()
    booster = Booster(text)
    rows = np.array([one.vector for one in golden], dtype=np.float64)
    explained = np.array([booster.contributions(row) for row in rows])
    theirs = lightgbm.Booster(model_str=text.decode()).predict(rows, pred_contrib=True)
    np.testing.assert_array_equal(explained, theirs)
    np.testing.assert_allclose(explained.sum(axis=1), [one.margin for one in golden])
    booster.close()


def test_text_that_is_no_model_is_refused_by_the_library() -> None:
    with pytest.raises(BoosterError):
        Booster(b"not a model")
