"""One training run, from an export to a model that has been looked at.

export ──► matrix ──► suites ──► split ──► fit ──► calibrate ──► thresholds ──► compare
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import CATALOGUE
from features.contract import Thresholds
from features.declared import Catalogue
from features.engines import LOCAL_MASTER, EngineName
from features.errors import NotEnoughData
from features.offline import Matrix, matrix
from training import history as histories
from training import tables
from training.calibrate import calibrate
from training.evaluate import Candidate, Comparison, compare
from training.labels import Asked, Floats, Target, target_of
from training.model import Model, Shape, fit, margins, read_booster
from training.quality import SuiteResult, check_history, check_matrix, demand
from training.questions import named, questions
from training.split import LabelTime, Part, Rows, Split, split
from training.steps import Steps
from training.thresholds import Budgets, Catch, catches, thresholds

if TYPE_CHECKING:
    import pandas as pd

BASE_RATE, RAW, VELOCITY = "base rate", "raw columns", "with velocity"


@dataclass(frozen=True)
class Settings:
    """What may be chosen. ``as_of`` is the training time (µs), by default the end of history.

    ``engine`` turns history into the matrix, Spark on ``spark_master``.
    """

    test_share: float = 0.2
    validation_share: float = 0.2
    label_time: LabelTime = "cut"
    as_of: int | None = None
    reviews_a_day: int = 100
    budgets: Budgets = field(default_factory=Budgets)
    shape: Shape = field(default_factory=Shape)
    engine: str = EngineName.duckdb
    spark_master: str = LOCAL_MASTER


@dataclass(frozen=True)
class TrainingRun:
    """Everything a run found out. ``models`` holds one for the raw columns and one for all."""

    target: Target
    settings: Settings
    catalogue: Catalogue
    source: Path
    source_sha256: str
    matrix: Matrix
    split: Split
    suites: tuple[SuiteResult, ...]
    models: dict[str, Model]
    limits: Thresholds
    comparison: Comparison
    seconds: dict[str, float]

    @property
    def model(self) -> Model:
        """The model that is meant to be used: all columns."""
        return self.models[VELOCITY]

    @property
    def never_known(self) -> tuple[str, ...]:
        """Columns that no row of this history knows; they cost nothing and say nothing."""
        return tuple(finding.column for suite in self.suites for finding in suite.warnings)

    @property
    def catches(self) -> tuple[Catch, ...]:
        """What the thresholds do on the test part."""
        scored = self.comparison.of(VELOCITY).candidate
        return catches(self.limits, scored.probability, self.split.test.positive)

    def metrics_frame(self) -> pd.DataFrame:
        """The comparison: a row per candidate, columns (metric, value / low / high)."""
        return tables.metrics_frame(self.comparison)

    def funnel_frame(self) -> pd.DataFrame:
        """Rows, customers and positives left after each step."""
        return tables.funnel_frame(self.split)

    def importance_frame(self) -> pd.DataFrame:
        """Share of the gain per signal, with its reason to exist."""
        return tables.importance_frame(self.model, self.catalogue.derived(self.target.moment))

    def signals_frame(self, part: str = "fit") -> pd.DataFrame:
        """The vectors of one part (``fit``, ``validation`` or ``test``) and whether each is bad."""
        return tables.signals_frame(self.matrix, getattr(self.split, part))


def train(
    source: str | Path,
    moment: str | None = None,
    settings: Settings | None = None,
    catalogue: Catalogue = CATALOGUE,
    steps: Steps | None = None,
    risk: str | None = None,
) -> TrainingRun:
    """Trains and evaluates on an export; stores nothing.

    ``moment`` and ``risk`` are by default the catalogue's first.

    Raises `NotEnoughData` where history teaches nothing, `SuiteFailed` where it is broken.
    """
    settings, steps, path = settings or Settings(), steps or Steps(), Path(source)
    domain = catalogue.domain
    target = target_of(domain, next(iter(domain.moments)) if moment is None else moment, risk)
    moment = target.moment
    with steps("reading history"):
        opened = histories.open_history(path, settings.engine, settings.spark_master)
        sha256 = histories.digest(path)
    with opened as history:
        with steps("checking history"):
            history.demand(domain)
            of_history = check_history(history, domain)
            demand(of_history)
        with steps("building the matrix"):
            as_of = history.span()[1] if settings.as_of is None else settings.as_of
            if target.asks:
                attributes = history.attributes(target.asks, until=as_of)
                catalogue = catalogue.with_attributes(attributes)
            asked = questions(history, target, as_of)
            table = matrix(history, catalogue, moment, asked, steps.watcher.went_on)
            if not len(table):
                raise NotEnoughData(
                    f"there is no {named(target, 1)} in {path}: choose another --moment"
                )
        with steps("checking the matrix"):
            of_matrix = check_matrix(table, catalogue.derived(moment), domain)
            demand(of_history, of_matrix)
        with steps("splitting by time"):
            rows = Asked(table.ids, table.customers, table.at)
            parts = split(
                history,
                target,
                rows,
                as_of=as_of,
                test_share=settings.test_share,
                validation_share=settings.validation_share,
                label_time=settings.label_time,
            )
    every = np.arange(len(table.columns))
    alone = np.flatnonzero(np.isin(table.columns, catalogue.raw_columns(moment)))
    models = {}
    for name, places in ((RAW, alone), (VELOCITY, every)):
        with steps(f"fitting {name}"):
            models[name] = _model(catalogue, table, parts, places, settings.shape)
    with steps("comparing"):
        comparison = _compare(table, parts, {RAW: alone, VELOCITY: every}, models, settings)
        probability = models[VELOCITY].probability(table.values[parts.validation.rows])
        limits = thresholds(probability, parts.validation.positive, settings.budgets)
    return TrainingRun(
        target=target,
        settings=settings,
        catalogue=catalogue,
        source=path,
        source_sha256=sha256,
        matrix=table,
        split=parts,
        suites=(of_history, of_matrix),
        models=models,
        limits=limits,
        comparison=comparison,
        seconds=steps.seconds,
    )


def _model(catalogue: Catalogue, table: Matrix, parts: Split, places: Rows, shape: Shape) -> Model:
    columns = tuple(catalogue.columns(table.moment)[place] for place in places)

    def values(part: Part) -> Floats:
        return table.values[np.ix_(part.rows, places)]

    held_out = values(parts.validation)
    text, rounds = fit(
        columns,
        values(parts.fit),
        parts.fit.positive,
        held_out,
        parts.validation.positive,
        shape,
    )
    margin = margins(read_booster(text), held_out)
    calibration, way = calibrate(margin, parts.validation.positive)
    return Model(columns, text, rounds, calibration, way)


def _compare(
    table: Matrix,
    parts: Split,
    places: dict[str, Rows],
    models: dict[str, Model],
    settings: Settings,
) -> Comparison:
    rows = parts.test.rows
    learned = np.append(parts.fit.positive, parts.validation.positive).mean()
    constant = np.full(len(rows), learned)
    candidates = [Candidate(BASE_RATE, constant, constant)]
    for name, model in models.items():
        margin = model.margin(table.values[np.ix_(rows, places[name])])
        candidates.append(Candidate(name, model.calibration(margin), margin))
    return compare(
        tuple(candidates),
        parts.test.positive,
        table.customers[rows],
        table.at[rows],
        settings.reviews_a_day,
    )
