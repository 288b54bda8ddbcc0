"""The model: a LightGBM booster of bounded depth whose bytes depend on the data alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from features.contract import Calibration, Column
from training.labels import Floats, Truths
from training.sample import Sample

if TYPE_CHECKING:
    from lightgbm import Booster


MOST_LEAVES = 31
MOST_DEPTH = 6
FEWEST_PER_LEAF = 20


@dataclass(frozen=True)
class Shape:
    """How large a booster may grow. Depth and leaves bound what explaining a row costs.

    ``fewest_rounds`` is the floor of early stopping: frauds come in clusters, and a validation
    window with few of them says stop too soon. Stopping on log loss gave a higher average
    precision on later rows than stopping on average precision itself, which jumps where there
    are few positives. These values were chosen on simulated worlds with seeds that nothing
    else uses (seven matrices of sign-ups, payments and checkups, four folds each).
    """

    leaves: int = 15
    depth: int = 5
    per_leaf: int = 40
    learning_rate: float = 0.05
    columns_per_tree: float = 0.3
    l2: float = 5.0
    most_rounds: int = 400
    fewest_rounds: int = 150
    patience: int = 50
    metric: str = "binary_logloss"

    def __post_init__(self) -> None:
        if self.leaves > MOST_LEAVES or self.depth > MOST_DEPTH or self.per_leaf < FEWEST_PER_LEAF:
            raise ValueError(
                f"at most {MOST_LEAVES} leaves and depth {MOST_DEPTH}, at least "
                f"{FEWEST_PER_LEAF} rows in a leaf: deeper trees cannot be explained in time, and "
                "smaller leaves halve average precision"
            )


#: Everything that decides the bytes and is no matter of choice.
FIXED: dict[str, Any] = {
    "objective": "binary",
    "deterministic": True,
    "force_row_wise": True,
    "seed": 20150113,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "cat_smooth": 20.0,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Model:
    """A booster as text, its columns in order, and its calibration as numbers."""

    columns: tuple[Column, ...]
    text: bytes
    rounds: int
    calibration: Calibration
    calibrated_by: str
    shape: Shape

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def sha256(self) -> str:
        """Digest of the text."""
        return hashlib.sha256(self.text).hexdigest()

    @cached_property
    def booster(self) -> Booster:
        """The booster, read back from its text."""
        return read_booster(self.text)

    def margin(self, values: Floats) -> Floats:
        """Raw log-odds of float64 rows in the order of `columns`."""
        return margins(self.booster, values)

    def probability(self, values: Floats) -> Floats:
        """Calibrated probability of the same rows."""
        return self.calibration(self.margin(values))

    def gains(self) -> dict[str, float]:
        """Share of all loss reduction per column, largest first."""
        gain = np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)
        shares = gain / max(float(gain.sum()), 1e-12)
        order = np.argsort(-shares, kind="stable")
        return {self.names[index]: float(shares[index]) for index in order}


def read_booster(text: bytes) -> Booster:
    """The booster of a model text of our own making."""
    import lightgbm

    return lightgbm.Booster(model_str=text.decode())


def margins(booster: Booster, values: Floats) -> Floats:
    """Raw log-odds, one thread, float64 in and out."""
    if values.dtype != np.float64:
        raise TypeError("a booster takes float64 rows only")
    return np.asarray(booster.predict(values, raw_score=True, num_threads=1), dtype=np.float64)


def threads(rows: int) -> int:
    """Threads to fit so many rows with: sums in another order are other bytes, so the rows decide.

    Below 100,000 rows a second thread waits more than it works, many times so on a busy machine.
    """
    return 1 if rows < 100_000 else 2


def fit(
    columns: Sequence[Column],
    learned: Sample,
    shape: Shape,
    *,
    held_out: Sample | None = None,
    rounds: int = 0,
    raises: Truths | None = None,
) -> tuple[bytes, int]:
    """Text of a booster fitted on a sample, and its number of rounds.

    With a ``held_out`` sample it stops when that has not gained for ``shape.patience`` rounds,
    without one it takes so many ``rounds``. ``raises`` are the columns that may only raise
    the risk.
    """
    import lightgbm

    names = [column.name for column in columns]
    coded = [column.name for column in columns if column.categories is not None]
    parameters = {
        **FIXED,
        "num_threads": threads(len(learned)),
        "num_leaves": shape.leaves,
        "max_depth": shape.depth,
        "min_child_samples": shape.per_leaf,
        "learning_rate": shape.learning_rate,
        "feature_fraction": shape.columns_per_tree,
        "lambda_l2": shape.l2,
        "metric": shape.metric,
    }
    if raises is not None and raises.any():
        parameters["monotone_constraints"] = raises.astype(int).tolist()
    data = lightgbm.Dataset(
        learned.values,
        learned.positive.astype(np.float64),
        weight=learned.weight,
        feature_name=names,
        categorical_feature=coded,
    )
    if held_out is None:
        booster = lightgbm.train(
            parameters, data, num_boost_round=rounds, keep_training_booster=True
        )
        return booster.model_to_string().encode(), booster.current_iteration()
    patience = max(shape.patience, shape.fewest_rounds)
    booster = lightgbm.train(
        parameters,
        data,
        num_boost_round=shape.most_rounds,
        valid_sets=[
            data.create_valid(
                held_out.values, held_out.positive.astype(np.float64), weight=held_out.weight
            )
        ],
        callbacks=[lightgbm.early_stopping(patience, verbose=False)],
        keep_training_booster=True,  # the other way cuts the rounds above the best one off
    )
    rounds = min(max(booster.best_iteration, shape.fewest_rounds), booster.current_iteration())
    return booster.model_to_string(num_iteration=rounds).encode(), rounds
