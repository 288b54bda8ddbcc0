"""Money at stake: what flows between the question and the day somebody finds out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from training.labels import Asked
from training.stakes import at_stake


def test_it_is_what_was_used_or_paid_until_found_out(
    story: Any, at_day: Callable[[float], int]
) -> None:
    story.event("usage", "user", 1, amount=500).event("usage", "user", 5, amount=700)
    story.event("payment", "user", 2, amount=300)
    story.event("usage", "user", 20, amount=9999).event("usage", "other", 2, amount=9999)
    story.event("payment", "payer", 3, amount=800).event("settlement", "payer", 4, amount=800)
    names = np.array(["user", "user", "payer", "nobody", None], dtype=object)
    asked = Asked(names, names, np.array([at_day(day) for day in (0, 4, 0, 0, 0)]))
    until = np.full(5, at_day(10))
    with story.history() as history:
        assert at_stake(history, asked, until).tolist() == [1200, 700, 800, 0, 0]


def test_the_payment_that_asks_is_at_stake_itself(
    story: Any, at_day: Callable[[float], int]
) -> None:
    story.event("payment", "thief", 1, amount=4200)
    at = np.array([story.entries[0].known_at])
    names = np.array(["thief"], dtype=object)
    with story.history() as history:
        money = at_stake(history, Asked(names, names, at), np.array([at_day(9)]))
    assert money.tolist() == [4200]
