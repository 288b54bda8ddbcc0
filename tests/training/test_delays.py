"""The censoring curve: what is found late cannot be seen yet among what is young."""

from __future__ import annotations

import numpy as np
import pytest

from features.durations import days
from training.delays import delays


def test_without_censoring_it_is_the_plain_distribution() -> None:
    at = np.zeros(4, dtype=np.int64)
    curve = delays(at, np.array([days(1), days(2), days(2), days(8)]), days(1000))
    assert curve.days.tolist() == [1.0, 2.0, 8.0]
    assert curve.known.tolist() == pytest.approx([0.25, 0.75, 1.0])
    assert curve.until(0.5) == 2.0
    assert curve.within(0.5) == 0.0
    assert curve.within(2.0) == pytest.approx(0.75)


def test_young_rows_do_not_make_the_delays_look_short() -> None:
    """Fraud every hour for 100 days, found after 1 to 50 days: what is seen is too quick."""
    random = np.random.default_rng(5)
    at = np.arange(0, days(100), days(1) // 24)
    known = at + random.integers(days(1), days(50), len(at))
    seen = known <= days(100)
    curve = delays(at[seen], known[seen], days(100))
    naive = float(np.median((known - at)[seen]) / days(1))
    assert naive < 24.0
    assert curve.until(0.5) == pytest.approx(25.5, abs=2.0)
