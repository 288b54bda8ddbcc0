"""Small real models that know something of a story, or nothing."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np

from features.catalogue import CATALOGUE
from features.contract import Bundle, Calibration, Contract, Golden
from features.declaration.written import write
from features.declared import Catalogue
from features.thresholds import Thresholds
from training.gate import Gate

#: As much of the shipped catalogue as the stories need.
SMALL = Catalogue(
    {
        name: CATALOGUE.declarations[name]
        for name in ("email_is_free", "form_seconds", "accounts_on_device")
    }
)

#: 3,000 customers are too few to be sure of a gain over the scorecard.
LENIENT = Gate(least_gain=-0.3)


@cache
def _trained(noise: float, seed: int) -> tuple[bytes, tuple[Golden, ...]]:
    """A booster over (truth, number): the larger the noise, the less it makes of the truth."""
    import lightgbm

    draw = np.random.default_rng(seed)
    truth = draw.integers(0, 2, 400).astype(np.float64)
    rows = np.column_stack([truth, draw.uniform(0, 97, 400)])
    label = np.where(draw.random(400) < noise, draw.integers(0, 2, 400), truth)
    fixed = {"objective": "binary", "num_threads": 1, "deterministic": True, "verbosity": -1}
    booster = lightgbm.train(fixed, lightgbm.Dataset(rows, label), num_boost_round=4)
    chosen = np.vstack([rows[:5], [np.nan, 3.0]])
    margins = booster.predict(chosen, raw_score=True, num_threads=1)
    golden = tuple(
        Golden(tuple(None if np.isnan(value) else float(value) for value in row), float(margin))
        for row, margin in zip(chosen, margins, strict=True)
    )
    return booster.model_to_string().encode(), golden


def contender(
    *,
    noise: float = 0.0,
    seed: int = 0,
    cut: int,
    catalogue: Catalogue = SMALL,
    columns: tuple[str, str] = ("email_is_free", "form_seconds"),
    where: tuple[str, str] = ("signup", "theft_of_service"),
) -> Bundle:
    """A bundle over two columns of a catalogue, trained on nothing from ``cut`` on."""
    text, golden = _trained(noise, seed)
    moment, risk = where
    named = {column.name: column for column in catalogue.columns(moment)}
    contract = Contract(
        moment=moment,
        risk=risk,
        columns=tuple(named[name] for name in columns),
        catalogue=catalogue.fingerprint,
        model_sha256=hashlib.sha256(text).hexdigest(),
        calibration=Calibration((-3.0, 3.0), (0.05, 0.95)),
        thresholds=Thresholds(review=0.5, challenge=0.4),
        golden=golden,
        trained_from=1,
        trained_until=cut - 1,
        rows=400,
        positives=200,
        signals=write(catalogue.declarations),
        cut=cut,
    )
    return Bundle(contract, text)
