"""One training run, from an export to a model that has been looked at.

export ──► table ──► split ──► fit, calibrate ──► thresholds ──► compare, look closer
             │         └─► search: which shape, on rows before the cut
             └─────► folds ──► the same again and again through time ──► compare
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.catalogue import CATALOGUE
from features.contract import Bundle
from features.decide.outcomes import ORDER
from features.decide.policies import Policies
from features.declared import Catalogue
from features.offline import Matrix
from features.thresholds import Thresholds
from training import tables
from training.constant import Change, changes
from training.effect import Catch, Effect, asked, effect
from training.evaluate import Comparison, Ground, compare
from training.fitting import Fitted, learn
from training.labels import Floats, Target, Truths
from training.ladder import MODEL, RAW, Ladder
from training.mistakes import Mistakes, mistakes
from training.model import Model, Shape
from training.quality import SuiteResult
from training.rows import Table, read
from training.segments import Segment, segments
from training.settings import Settings
from training.split import Part, Split
from training.steps import Steps
from training.trials import Searched, Trials
from training.tune import search
from training.typologies import Typology, typologies
from training.weak import Weak
from training.weak_worth import Worth, worth

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Fold:
    """One step through time: what could have been trained then, on what came after."""

    split: Split
    comparison: Comparison


@dataclass(frozen=True)
class TrainingRun:
    """Everything a run found out. ``fitted`` holds a model of the raw columns and one of all.

    ``exposure`` is that of the test rows, in minor units, NaN where unknown.
    ``searched`` is what a search for the shape found, ``weak`` what weak labels are worth.
    """

    settings: Settings
    table: Table
    split: Split
    fitted: dict[str, Fitted]
    limits: Thresholds
    exposure: Floats
    comparison: Comparison
    folds: tuple[Fold, ...]
    segments: tuple[Segment, ...]
    typologies: tuple[Typology, ...]
    mistakes: Mistakes
    seconds: dict[str, float]
    searched: Searched | None = None
    weak: Worth | None = None

    @property
    def target(self) -> Target:
        """What is predicted."""
        return self.table.target

    @property
    def catalogue(self) -> Catalogue:
        """The signals, with the free attributes of the history."""
        return self.table.catalogue

    @property
    def matrix(self) -> Matrix:
        """All rows."""
        return self.table.matrix

    @property
    def source(self) -> Path:
        """The export that was read."""
        return self.table.source

    @property
    def source_sha256(self) -> str:
        """Digest of the export."""
        return self.table.source_sha256

    @property
    def suites(self) -> tuple[SuiteResult, ...]:
        """What was expected of the data."""
        return self.table.suites

    @property
    def model(self) -> Model:
        """The model that is meant to be used: all columns."""
        return self.fitted[MODEL].model

    @property
    def values(self) -> Floats:
        """All rows, shape (rows, columns of the model)."""
        places = self.fitted[MODEL].places
        if len(places) == len(self.matrix.columns):
            return self.matrix.values
        return np.ascontiguousarray(self.matrix.values[:, places])

    @property
    def judged(self) -> Part:
        """The test rows that labels have judged; of a run on weak labels the real ones."""
        later = None if self.weak is None else self.weak.later
        return later or self.split.test

    @property
    def changes(self) -> tuple[Change, ...]:
        """Columns that became constant in the test part, or were so in what was learned from."""
        return changes(self.matrix, self.split)

    @property
    def never_known(self) -> tuple[str, ...]:
        """Columns that no row of this history knows; they cost nothing and say nothing."""
        return tuple(finding.column for suite in self.suites for finding in suite.warnings)

    @property
    def catches(self) -> tuple[Catch, ...]:
        """What each threshold does on the test part, the strictest first."""
        return self.effect.catches

    @property
    def effect(self) -> Effect:
        """What the thresholds do together on the test part, in reviews a day and in money."""
        scored, tested = self.comparison.of(MODEL).candidate, self.comparison.ground
        return effect(self.limits, scored.probability, self.exposure, tested, self.comparison.costs)

    def metrics_frame(self) -> pd.DataFrame:
        """The comparison: a row per candidate, columns (metric, value / low / high)."""
        return tables.metrics_frame(self.comparison)

    def folds_frame(self, metric: str = "average_precision") -> pd.DataFrame:
        """A row per fold, by the day of its cut, a column per candidate."""
        return tables.folds_frame(self.folds, metric)

    def funnel_frame(self) -> pd.DataFrame:
        """Rows, customers and positives left after each step."""
        return tables.funnel_frame(self.split)

    def importance_frame(self) -> pd.DataFrame:
        """Share of the gain per signal, with its reason to exist."""
        return tables.importance_frame(self.model, self.table.columns)

    def signals_frame(self, part: str = "fit") -> pd.DataFrame:
        """The vectors of one part (``fit``, ``validation`` or ``test``) and whether each is bad."""
        return tables.signals_frame(self.matrix, getattr(self.split, part))

    def money_frame(self) -> pd.DataFrame:
        """Thresholds in money and reviews, on the test part (`training.money`)."""
        return tables.money_frame(self.comparison)

    def segments_frame(self) -> pd.DataFrame:
        """Whom the review threshold bothers, a row per value of each fact."""
        return tables.segments_frame(self.segments)


def train(
    source: str | Path,
    moment: str | None = None,
    settings: Settings | None = None,
    catalogue: Catalogue = CATALOGUE,
    steps: Steps | None = None,
    risk: str | None = None,
    policies: Policies | None = None,
    champion: Bundle | None = None,
    storage: Path | None = None,
) -> TrainingRun:
    """Trains and evaluates on an export; stores nothing but the trials of a search.

    ``moment`` and ``risk`` are by default the catalogue's first, ``policies`` those that are
    shipped with Vouch; ``champion`` is the model in use, to be compared with; ``storage`` is
    the database that remembers trials (`training.tune`), none forgets them.

    Raises `NotEnoughData` where history teaches nothing, `SuiteFailed` where it is broken.
    """
    settings, steps = settings or Settings(), steps or Steps()
    with read(source, moment, risk, settings, catalogue, policies, steps) as table:
        with steps("splitting by time"):
            parts = table.holdout(settings)
            parts_of_folds = list(table.folds(settings))
        found = _search(table, parts, settings, steps, storage)
        shape = settings.shape if found is None else found.shape
        fitted = fit_all(table, parts, settings, steps, shape)
        ladder = Ladder(table.matrix, table.columns, table.moment, table.outcomes, champion)
        limits = table.limits(parts, fitted[MODEL].validation, settings)
        with steps("comparing"):
            tested = table.ground(parts, settings.costs)
            comparison = compare(ladder.candidates(parts, fitted), tested, settings.costs)
        with steps("looking closer"):
            scored, exposure = comparison.of(MODEL).candidate, table.exposed(parts.test.rows)
            flagged = asked(limits, scored.probability, exposure) >= ORDER.index("review")
            of_segments = _segments(table, parts, tested, flagged)
            of_kinds = _typologies(parts, tested, flagged)
            values, ids = table.matrix.values, table.matrix.ids
            worst = mistakes(
                fitted[MODEL], table.columns, values, parts.test, ids, scored, tested, flagged
            )
        folds = []
        for number, part in enumerate(parts_of_folds, 1):
            with steps(f"fold {number} of {len(parts_of_folds)}"):
                is_later = part.cut > int(table.matrix.at[parts.learned[-1]])
                usual = shape if is_later else settings.shape  # a search has seen older rows
                learned = fit_all(table, part, settings, Steps(), usual)
                candidates = ladder.candidates(part, learned)
                rows = table.ground(part, settings.costs)
                folds.append(Fold(part, compare(candidates, rows, settings.costs)))
        worth_of_weak = None
        if isinstance(table.judging, Weak):
            with steps("weighing weak labels"):
                worth_of_weak = worth(table, table.judging, parts, fitted, ladder, settings.costs)
    return TrainingRun(
        settings=settings,
        table=table,
        split=parts,
        fitted=fitted,
        limits=limits,
        exposure=exposure,
        comparison=comparison,
        folds=tuple(folds),
        segments=of_segments,
        typologies=of_kinds,
        mistakes=worst,
        seconds=steps.seconds,
        searched=found,
        weak=worth_of_weak,
    )


def _search(
    table: Table, parts: Split, settings: Settings, steps: Steps, storage: Path | None
) -> Searched | None:
    if settings.search is None:
        return None
    with steps("searching"):
        trials = Trials(table.matrix, table.columns, parts, table.places, settings.masked)
        name = f"{table.target.moment}-{table.target.risk} {table.source_sha256} {parts.cut}"
        return search(trials, settings.shape, settings.search, name, storage, steps.watcher)


def fit_all(
    table: Table, parts: Split, settings: Settings, steps: Steps, shape: Shape | None = None
) -> dict[str, Fitted]:
    """A model of the raw columns in the shape of the settings, and ours in the ``shape``."""
    shape = shape or settings.shape
    alone = np.array([one for one in table.places if not table.columns[one].state], dtype=np.intp)
    wanted = ((RAW, alone, 0.0, settings.shape), (MODEL, table.places, settings.masked, shape))
    fitted = {}
    for name, places, masked, used in wanted:
        if not len(places):
            continue  # customers who are asked about say nothing by themselves
        with steps(f"fitting {name}"):
            fitted[name] = learn(table.matrix, table.columns, parts, places, used, masked)
    return fitted


def _segments(table: Table, parts: Split, tested: Ground, flagged: Truths) -> tuple[Segment, ...]:
    return tuple(
        segment
        for fact, texts in table.told(parts.test.rows).items()
        if any(text is not None for text in texts)
        for segment in segments(fact, texts, tested.customers, tested.positive, flagged)
    )


def _typologies(parts: Split, tested: Ground, flagged: Truths) -> tuple[Typology, ...]:
    bad = tested.positive
    return typologies(
        parts.test.kind[bad],
        tested.customers[bad],
        tested.at[bad],
        parts.test.known_at[bad],
        flagged[bad],
        tested.loss[bad],
    )
