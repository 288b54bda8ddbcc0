"""Bundling: a run becomes the deployable form of its model, with rows that prove it whole."""

from __future__ import annotations

import numpy as np

from features.contract import Bundle, Contract, Golden
from features.declaration.written import write
from training.labels import Floats
from training.model import Model
from training.run import TrainingRun
from training.spread import spreads_of

GOLDEN_ROWS = 20


def bundle_of(run: TrainingRun, run_id: str = "") -> Bundle:
    """The deployable form of a run's model."""
    learned = np.append(run.split.fit.rows, run.split.validation.rows)
    model = run.model
    contract = Contract(
        moment=run.target.moment,
        risk=run.target.risk,
        columns=model.columns,
        catalogue=run.catalogue.fingerprint,
        model_sha256=model.sha256,
        calibration=model.calibration,
        thresholds=run.limits,
        golden=golden_rows(model, run.values),
        trained_from=int(run.matrix.at[learned[0]]),
        trained_until=int(run.matrix.at[learned[-1]]),
        rows=len(learned),
        positives=run.split.fit.positives + run.split.validation.positives,
        signals=write(run.catalogue.declarations),
        run_id=run_id,
        spread=spreads_of(run),
        cut=run.split.cut,
    )
    return Bundle(contract, model.text)


def golden_rows(model: Model, values: Floats) -> tuple[Golden, ...]:
    """Twenty vectors from the lowest to the highest margin, with their exact margins.

    At least one has an unknown value: where none of the chosen rows does, the last
    one's first value is taken away.
    """
    margin = model.margin(values)
    order = np.argsort(margin, kind="stable")
    chosen = values[order[np.linspace(0, len(order) - 1, GOLDEN_ROWS).round().astype(int)]].copy()
    if not np.isnan(chosen).any():
        chosen[-1, 0] = np.nan
    return tuple(
        Golden(tuple(None if np.isnan(value) else float(value) for value in row), float(exact))
        for row, exact in zip(chosen, model.margin(chosen), strict=True)
    )
