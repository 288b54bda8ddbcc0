"""Promotion: a run becomes a bundle, and the bundle is used only if it earned it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.contract import Bundle, Contract, Golden
from features.declaration.written import write
from training.evaluate import Interval
from training.labels import Floats
from training.ladder import MODEL
from training.model import Model
from training.run import TrainingRun
from training.spread import spreads_of

GOLDEN_ROWS = 20


@dataclass(frozen=True)
class Verdict:
    """Whether a model may be used, and why."""

    passed: bool
    sentence: str


def judge_first(lift: Interval, base_rate: float) -> Verdict:
    """The gate of a first model: average precision beats the base rate on the test part.

    ``lift`` is average precision less the base rate of the same rows; its whole 95 %
    interval must lie above zero.
    """
    figures = (
        f"average precision {lift.value + base_rate:.3f} against a base rate of {base_rate:.3f}, "
        f"95 % interval of the difference {lift.low:+.3f} to {lift.high:+.3f}"
    )
    if lift.low > 0.0:
        return Verdict(True, f"better than chance on the test part: {figures}")
    return Verdict(
        False,
        f"not promoted: the model is not surely better than chance on the test part ({figures}); "
        "import more history or more labels and train again",
    )


def verdict(run: TrainingRun) -> Verdict:
    """The gate applied to a run; weak labels prove nothing, so that real ones must speak for it."""
    if run.weak is not None:
        return Verdict(run.weak.is_better, run.weak.promise)
    return judge_first(run.comparison.of(MODEL).lift, run.comparison.base_rate)


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
