"""The contest: both sides on the same rows, region by region, and against the clock."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from features.booster import Booster
from features.contract import Bundle
from features.offline import Matrix
from features.thresholds import Losses, Thresholds
from tests.training.contenders import SMALL, contender
from training.contest import contest
from training.gate import Check, Difference, Gate, Verdict
from training.labels import Floats, Names, Truths
from training.latency import Timed, latency
from training.metrics import Ranking
from training.window import Window

COLUMNS = ("email_is_free", "form_seconds")
GATE = Gate(resamples=100)


def window(
    values: Floats,
    positive: Truths,
    country: Names | None = None,
    weight: Floats | None = None,
    exposure: float = np.nan,
) -> Window:
    """Rows of as many customers, a minute apart."""
    rows = len(values)
    ids = np.array([f"c{number}" for number in range(rows)], dtype=np.object_)
    return Window(
        table=Matrix("signup", COLUMNS, values, ids, ids, np.arange(rows) * 60_000_000),
        names=(COLUMNS, COLUMNS),
        positive=positive,
        weight=np.ones(rows) if weight is None else weight,
        exposure=np.full(rows, exposure),
        country=np.full(rows, None, dtype=np.object_) if country is None else country,
    )


@pytest.fixture(scope="module")
def rows() -> tuple[Floats, Truths]:
    """A thousand rows; every tenth is bad, and a free address gives away most of them."""
    draw = np.random.default_rng(3)
    positive = np.arange(1000) % 10 == 3
    free = np.where(draw.random(1000) < 0.9, positive, ~positive).astype(np.float64)
    return np.column_stack([free, draw.uniform(0, 97, 1000)]), positive


def check(verdict: Verdict, name: str) -> Check:
    return next(one for one in verdict.checks if one.name == name)


def compared(verdict: Verdict, name: str) -> Difference:
    found = check(verdict, name).difference
    assert found is not None
    return found


GOOD, POOR = contender(cut=1), contender(cut=1, noise=1.0)


def test_a_model_ties_with_itself(rows: tuple[Floats, Truths]) -> None:
    verdict = contest(GOOD, GOOD, window(*rows), SMALL, GATE)
    assert not verdict.passed
    for name in ("average precision", "calibration error"):
        found = compared(verdict, name)
        assert (found.ours, found.low, found.high) == (found.theirs, 0.0, 0.0)
    between = compared(verdict, "latency")
    assert between.low < 1.2
    assert between.high > 0.8


def test_the_figures_are_those_of_the_reports(rows: tuple[Floats, Truths]) -> None:
    found = compared(contest(GOOD, POOR, window(*rows), SMALL, GATE), "average precision")
    plain = np.ones((1, 1000))
    for bundle, figure in ((GOOD, found.ours), (POOR, found.theirs)):
        margins = Booster(bundle.model).margins(rows[0])
        exact = Ranking(margins, rows[1]).metrics(plain)["average_precision"][0]
        assert figure == pytest.approx(exact)
    assert found.low < found.ours - found.theirs < found.high


def test_a_row_that_stands_for_ten_counts_as_ten(rows: tuple[Floats, Truths]) -> None:
    values, positive = rows
    heavy = np.where(np.arange(1000) < 100, 10.0, 1.0)
    weighed = contest(GOOD, POOR, window(values, positive, weight=heavy), SMALL, GATE)
    repeated = np.append(np.repeat(np.arange(100), 10), np.arange(100, 1000))
    spelled = contest(GOOD, POOR, window(values[repeated], positive[repeated]), SMALL, GATE)
    for name in ("average precision", "calibration error"):
        assert compared(weighed, name).ours == pytest.approx(compared(spelled, name).ours, abs=0.01)


def test_the_scorecard_stands_in_where_there_is_no_champion(rows: tuple[Floats, Truths]) -> None:
    verdict = contest(GOOD, None, window(*rows), SMALL, GATE)
    assert verdict.passed
    assert "better than the scorecard" in verdict.sentence
    assert check(verdict, "calibration error").says == (
        "not compared: the scorecard gives no probability"
    )
    assert check(verdict, "latency").says == "not compared: the scorecard is no model"


def test_who_is_reviewed_for_the_money_at_stake_is_bothered_too(
    rows: tuple[Floats, Truths],
) -> None:
    """Of two models that say the same, one sends everybody with a fortune at stake to review."""
    values, positive = rows
    country = np.array(["DE", "FR"] * 500, dtype=np.object_)
    limits = Thresholds(review=0.5, challenge=0.4, losses=Losses(review=1_000))
    greedy = Bundle(structs.replace(GOOD.contract, thresholds=limits), GOOD.model)
    for exposure, is_a_fortune in ((np.nan, False), (10.0, False), (1e9, True)):
        seen = window(values, positive, country, exposure=exposure)
        found = check(contest(greedy, GOOD, seen, SMALL, GATE), "disparity").difference
        assert found is not None
        assert (found.ours != found.theirs) is is_a_fortune


def test_a_country_whose_honest_customers_are_bothered_more_stops_a_model(
    rows: tuple[Floats, Truths],
) -> None:
    """In one country everybody has a free address, which only one of the models minds."""
    values, positive = rows
    country = np.array(["DE", "FR", "IN", "US"] * 250, dtype=np.object_)
    values = values.copy()
    values[country == "IN", 0] = 1.0
    one, other = (window(values, positive, country), window(values, positive))
    verdict = contest(GOOD, POOR, one, SMALL, GATE)
    found = compared(verdict, "disparity")
    honest = ~positive
    flagged = values[:, 0] == 1.0
    overall = flagged[honest].mean()
    assert found.ours == pytest.approx(flagged[honest & (country == "IN")].mean() - overall)
    assert not check(verdict, "disparity").passed
    assert "it bothers honest customers of one region more" in verdict.sentence
    assert check(contest(GOOD, POOR, other, SMALL, GATE), "disparity").says == (
        "not compared: no country has 100 honest rows"
    )


def test_a_model_that_has_to_explain_everything_takes_longer(
    rows: tuple[Floats, Truths],
) -> None:
    values, _ = rows
    quick = Timed(Booster(GOOD.model), values, 0.0)
    slow = Timed(Booster(GOOD.model), values, 1.0)
    found = latency(slow, quick, Gate())
    assert found.ours > found.theirs
    assert found.low > 1.0
    back = latency(quick, slow, Gate())
    assert back.high < 1.0
