"""What rows of a matrix are exposed to: the same as the service says of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.policies import Policies
from features.declared import Catalogue
from features.domain import CLOUD
from features.offline import checkups, matrix
from features.thresholds import Losses
from training.exposures import exposed
from training.labels import target_of
from training.rows import read
from training.settings import Settings
from training.steps import Steps


def test_orders_payments_and_customers(story: Any, at_day: Callable[[float], int]) -> None:
    story.signup("a", 1, amount=10_00).signup("b", 2).signup("c", 3, amount=10_00, annual_commit=1)
    story.event("payment", "a", 4, amount=99)
    story.event("usage", "a", 38.5, amount=70_00).event("usage", "b", 33.5, amount=70_00)
    story.event("invoice", "b", 34, amount=300_00, due_at=at_day(50), late_after=at_day(57))
    story.event("profile", "a", 5, budget=500_00)
    expected = {
        ("signup", "theft_of_service"): [20_00, None, 120_00],
        ("payment", "theft_of_service"): [99],
        ("checkup", "abuse_of_service"): [500_00, 300_00, 0],
        ("checkup", "nonpayment"): [70_00, 370_00, 0],
    }
    with story.history() as history:
        for (moment, risk), amounts in expected.items():
            asked = None if moment != "checkup" else checkups(["a", "b", "c"], at_day(39))
            of = CLOUD.moments[moment].risks[risk].exposure.of
            table = matrix(history, CATALOGUE.only({"seats", "budget", *of}), moment, asked)
            places = np.arange(len(table))
            target = target_of(CLOUD, moment, risk)
            found = exposed(history, CLOUD, target, table, places)
            assert [None if one != one else one for one in found] == amounts
            last = exposed(history, CLOUD, target, table, places[-1:])
            np.testing.assert_array_equal(last, found[-1:])


def test_limits_of_money_are_learned_from_what_exposures_came_to(
    story: Any, tmp_path: Path
) -> None:
    """Each tenth is bad, ordered for 5 or for 500 a month, and was found out after one of two."""
    for number in range(600):
        bad, day = number % 10 == 3, number / 5
        amount = 500_00 if number % 4 else 5_00
        story.signup(f"c{number}", day, amount=amount)
        if bad:
            story.event("usage", f"c{number}", day + 1, amount=amount)
            story.label(f"c{number}", day + 5, of=day)
    path = story.export(tmp_path / "events.parquet")
    settings = Settings(thresholds="costs", label_time="end")
    few = Catalogue({"seats": CATALOGUE.declarations["seats"]})
    none = Policies([], names(few), "none")
    with read(path, "signup", None, settings, few, none, Steps()) as table:
        parts = table.holdout(settings)
        expected = table.expected(parts, settings.costs)
        limits = table.limits(parts, np.full(len(parts.validation), 0.1), settings)
        rows = parts.learned[np.append(parts.fit.positive, parts.validation.positive)]
        asked = table.exposed(rows)
    assert expected.of_exposure == pytest.approx(0.5)
    assert expected.loss == pytest.approx(asked.mean() / 100 / 2)
    assert limits.losses == Losses(challenge=10_00, review=112_00, decline=None)
    assert limits.review == settings.costs.cheapest_from(expected.loss)["review"]
