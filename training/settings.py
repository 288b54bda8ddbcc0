"""Settings of a training run: what may be chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from features.engines import LOCAL_MASTER, EngineName
from training.costs import Costs
from training.model import Shape
from training.split import Folds, LabelTime
from training.thresholds import Budgets, Way
from training.tune import Search


@dataclass(frozen=True)
class Settings:
    """What may be chosen. ``as_of`` is the training time (µs), by default the end of history.

    ``masked`` is the share of rows that are learned from a second time with a hole
    (`training.sample`). With ``folds`` the same is done again and again through time.
    ``thresholds`` are set from ``budgets``, or from ``costs`` (`training.thresholds`).
    ``search`` looks for a better shape than ``shape`` (`training.tune`). ``weak`` learns from
    policy hits and alerts, where labels do not say otherwise (`training.weak`).
    ``engine`` turns history into the matrix, Spark on ``spark_master``.
    """

    test_share: float = 0.2
    validation_share: float = 0.2
    label_time: LabelTime = "cut"
    as_of: int | None = None
    costs: Costs = field(default_factory=Costs)
    budgets: Budgets = field(default_factory=Budgets)
    thresholds: Way = "shares"
    shape: Shape = field(default_factory=Shape)
    masked: float = 0.2
    folds: Folds | None = None
    search: Search | None = None
    weak: bool = False
    engine: str = EngineName.duckdb
    spark_master: str = LOCAL_MASTER
