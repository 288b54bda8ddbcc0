"""Nearest: what a reviewer would have to be wrong about."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.booster import Floats
from features.contract import Column, Spread
from features.decide.nearest import (
    MOST_CODES,
    MOST_PREDICTIONS,
    Change,
    Moved,
    Nearest,
    nearest,
)
from features.decide.policies import Hit, Policy
from features.decide.reasons import Explainer
from tests.laws.random_models import DERIVED, Model, models

NAMES = ("form_seconds", "card_funding", "card_is_prepaid", "accounts_on_device_24h", "seats")
USUAL = (40.0, 0.0, 0.0, 1.0, None)
#: Seconds, prepaid, prepaid, six accounts, seats of which nobody knows what is usual.
ROW = (2.0, 2.0, 1.0, 6.0, 900.0)


def hit(id: str, *, shadow: bool = False) -> Hit:
    policy = Policy(
        id=id,
        moments=("payment",),
        when="seats >= 1",
        outcome="review",
        analyst="a",
        customer="c",
        owner="o",
        shadow=shadow,
    )
    return Hit(policy, unknown=False)


def added(row: Floats) -> Floats:
    """What a model that can only add would say: a column counts as it differs from usual."""
    usual = np.array([0.0 if one is None else one for one in USUAL])
    return np.append((row != usual) * np.array([1.0, 0.5, 0.5, 3.0, 2.0]), -4.0)


def margin(row: Floats) -> float:
    return float(added(row).sum())


EXPLAINER = Explainer(
    [Column(name, "", DERIVED[name].categories) for name in NAMES],
    DERIVED.values(),
    added,
    [Spread(name, (), (1.0,), 0.0, 9, usual=one) for name, one in zip(NAMES, USUAL, strict=True)],
)
BEHAVIOUR = Change("BEHAVIOUR", (Moved("form_seconds", 2.0, 40.0),))
CARD_TYPE = Change(
    "CARD_TYPE", (Moved("card_funding", "prepaid", "credit"), Moved("card_is_prepaid", 1.0, 0.0))
)
DEVICE = Change("DEVICE_VELOCITY", (Moved("accounts_on_device_24h", 6.0, 1.0),))


@pytest.mark.parametrize(
    ("below", "changes"),
    [
        (3.5, ()),  # the margin is 3: the policies alone stood in the way
        (2.5, (DEVICE,)),  # one is enough, and the heaviest is it
        (0.0001, (DEVICE,)),
        (-0.5, (DEVICE, BEHAVIOUR)),
        (-1.5, (DEVICE, BEHAVIOUR, CARD_TYPE)),
        (-2.5, None),  # seats alone are too many, and nobody knows how many are usual
    ],
)
def test_the_fewest_codes(below: float, changes: tuple[Change, ...] | None) -> None:
    hits = [hit("ONE"), hit("SEEN_ONLY", shadow=True), hit("TWO")]
    found = nearest(EXPLAINER, np.array(ROW), hits, margin, lambda margin: margin < below)
    assert found == Nearest(("ONE", "TWO"), changes)


def test_a_row_as_usual_has_nothing_to_change() -> None:
    usual = np.array([40.0, 0.0, 0.0, 1.0, np.nan])
    assert nearest(EXPLAINER, usual, (), margin, lambda _: False) == Nearest((), None)


@given(models(), st.floats(0.0, 1.0), st.floats(-0.1, 1.0))
@settings(max_examples=60, deadline=None)
def test_it_approves_and_nothing_of_it_can_be_left_out(
    model: Model, risky: float, way: float
) -> None:
    margins = [model.booster.margin(row) for row in model.rows]
    place = int(np.argsort(margins)[int(risky * (len(margins) - 1))])
    row, usually = model.rows[place], model.booster.margin(model.explainer.usual)
    below = margins[place] - way * (margins[place] - usually)
    asked = 0

    def counted(row: Floats) -> float:
        nonlocal asked
        asked += 1
        return model.booster.margin(row)

    found = nearest(model.explainer, row, (), counted, lambda margin: margin < below)
    assert asked <= MOST_PREDICTIONS
    if found.changes is None:
        return
    assert len(found.changes) <= MOST_CODES
    assert model.booster.margin(usual(model, row, found.changes)) < below
    for left_out in found.changes:
        kept = [one for one in found.changes if one != left_out]
        assert model.booster.margin(usual(model, row, kept)) >= below


def usual(model: Model, row: Floats, changes: Iterable[Change]) -> Floats:
    """The row with all signals of some codes as usual."""
    codes, known = {one.code for one in changes}, ~np.isnan(model.explainer.usual)
    there = known & [code in codes for code in model.explainer.code]
    return np.where(there, model.explainer.usual, row)
