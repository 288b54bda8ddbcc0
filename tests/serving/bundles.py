"""A real bundle with a real model of twenty rows."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cache

import numpy as np

from features.catalogue import CATALOGUE
from features.contract import Bundle, Calibration, Column, Contract, Golden
from features.declaration import Window
from features.declaration.written import write
from features.declared import Catalogue
from features.thresholds import Thresholds

NAMES = ("card_is_prepaid", "form_seconds", "accounts_on_device_24h")


def _counted_by_payments() -> Catalogue:
    """The shipped catalogue as it might have been: a window that counted something else."""
    window = CATALOGUE.declarations["accounts_on_device"]
    assert isinstance(window, Window)
    older = replace(window, events=("signup", "payment"))
    return Catalogue({**CATALOGUE.declarations, "accounts_on_device": older})


OLDER = _counted_by_payments()


@cache
def model_text(seed: int = 0) -> tuple[bytes, tuple[Golden, ...]]:
    """A booster's text and the margins it gives."""
    import lightgbm

    draw = np.random.default_rng(seed)
    matrix = np.column_stack([draw.integers(0, 2, 20), draw.uniform(1, 90, 20), np.arange(20)])
    matrix = matrix.astype(np.float64)
    labels = matrix[:, 0]
    options = {
        "objective": "binary",
        "min_child_samples": 2,
        "min_data_in_bin": 1,
        "num_threads": 1,
        "deterministic": True,
        "verbosity": -1,
    }
    names = [f"Column_{place}" for place in range(3)]
    trained = lightgbm.train(
        options, lightgbm.Dataset(matrix, labels, feature_name=names), num_boost_round=5
    )
    rows = np.vstack([matrix[:3], [np.nan, 3.0, 2.0]])
    margins = trained.predict(rows, raw_score=True, num_threads=1)
    golden = tuple(
        Golden(tuple(None if np.isnan(value) else float(value) for value in row), float(margin))
        for row, margin in zip(rows, margins, strict=True)
    )
    return trained.model_to_string().encode(), golden


def bundle(
    *,
    seed: int = 0,
    model: bytes | None = None,
    golden: tuple[Golden, ...] | None = None,
    columns: tuple[Column, ...] | None = None,
    catalogue: Catalogue = CATALOGUE,
) -> Bundle:
    """A sign-up bundle that fits its catalogue, unless something else is asked for."""
    text, margins = model_text(seed)
    text = text if model is None else model
    shipped = {column.name: column for column in catalogue.columns("signup")}
    contract = Contract(
        moment="signup",
        risk="theft_of_service",
        columns=columns or tuple(shipped[name] for name in NAMES),
        catalogue=catalogue.fingerprint,
        model_sha256=hashlib.sha256(text).hexdigest(),
        calibration=Calibration((-2.0, 0.0, 2.0), (0.01, 0.2, 0.9)),
        thresholds=Thresholds(review=0.6),
        golden=margins if golden is None else golden,
        trained_from=1,
        trained_until=2,
        rows=20,
        positives=10,
        signals=write(catalogue.declarations),
    )
    return Bundle(contract, text)
