"""The real sign-ups, replayed through the running service in the order they happened."""

from __future__ import annotations

import pytest

from benchmarks.replay_signups import run, shared_file

FILE = shared_file()


@pytest.mark.slow
@pytest.mark.skipif(not FILE.is_file(), reason=f"{FILE} is not there")
def test_rings_are_stopped_from_their_second_account_on_and_few_good_customers_with_them() -> None:
    """No label has matured by then: shipped policies and scorecard do this alone."""
    done = run(FILE)
    assert done.rings > 900
    assert done.recall >= 0.95
    assert done.honest > 27_000
    assert done.cost <= 0.01
    assert done.caught_by["SIGNUP_BURST", "ring"] > 0
