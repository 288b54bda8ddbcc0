"""The trial: what would end, hang or mislead the process that loads it ends a child."""

from __future__ import annotations

import pytest

from features.trial import TrialFailed, check, stand
from tests.serving.bundles import model_text


def test_a_trial_has_a_time_limit() -> None:
    text, golden = model_text()
    with pytest.raises(TrialFailed, match="did not answer within"):
        stand(text, [golden[0].vector], [golden[0].margin], 0.01)


def test_rows_of_another_width_fail_the_trial() -> None:
    with pytest.raises(TrialFailed, match="has 3 columns and its golden rows do not"):
        stand(model_text()[0], [(1.0,)], [0.0], 20)


def test_a_model_that_cannot_explain_itself_fails_the_trial() -> None:
    """Without the counts of its leaves a tree still predicts, and every contribution is NaN."""
    text, golden = model_text()
    silent = text.replace(b"leaf_count", b"xxxx_count")
    with pytest.raises(TrialFailed, match="cannot explain its golden row 1"):
        check(silent, [golden[0].vector], [golden[0].margin])
