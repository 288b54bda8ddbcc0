"""Rows: a history read for one target: its matrix, what policies say of it, who is bad.

export ──► checks ──► matrix ──► checks ──► Table ──► holdout, folds
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features import reference
from features.decide.in_force import in_force
from features.decide.policies import Policies
from features.declared import Catalogue
from features.derived import Derived
from features.domain import CLOUD, Moment
from features.errors import NotEnoughData
from features.offline import History, Matrix, matrix
from features.thresholds import Thresholds
from training import history as histories
from training.backtest.evaluation import Outcomes, apply
from training.conditions import readable
from training.costs import Costs, Expected
from training.evaluate import Ground
from training.exposures import exposed
from training.funnel import Rows
from training.labels import Asked, Floats, Judge, Names, Target, judge, target_of
from training.quality import SuiteResult, check_history, check_matrix, demand
from training.questions import named, questions
from training.sample import Places
from training.segments import facts_of, said
from training.settings import Settings
from training.split import Split, folds, split
from training.stakes import losses
from training.steps import Steps
from training.thresholds import by_costs, by_reviews, by_shares
from training.weak import weak, weak_target


@dataclass(frozen=True)
class Table:
    """All rows of a history for one target; good while the history is open.

    ``outcomes`` are the places in `ORDER` of what the policies demand of each row. Rows are
    judged by ``judging``; a model may not see the columns ``left_out``.
    """

    target: Target
    catalogue: Catalogue
    matrix: Matrix
    outcomes: Outcomes
    suites: tuple[SuiteResult, ...]
    source: Path
    source_sha256: str
    as_of: int
    history: History
    judging: Judge = judge
    left_out: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[Derived, ...]:
        """What is known of each column of the matrix."""
        return self.catalogue.derived(self.target.moment)

    @property
    def places(self) -> Places:
        """The places of the columns that a model may see."""
        return np.flatnonzero([one.name not in self.left_out for one in self.columns])

    @property
    def moment(self) -> Moment:
        """The moment that asks."""
        return self.catalogue.domain.moments[self.target.moment]

    @property
    def asked(self) -> Asked:
        """Who was asked about, and when."""
        return Asked(self.matrix.ids, self.matrix.customers, self.matrix.at)

    def holdout(self, settings: Settings) -> Split:
        """The newest rows are tested on."""
        return split(
            self.history,
            self.target,
            self.asked,
            as_of=self.as_of,
            test_share=settings.test_share,
            validation_share=settings.validation_share,
            label_time=settings.label_time,
            judging=self.judging,
        )

    def folds(self, settings: Settings) -> Iterator[Split]:
        """One split after the other through time; none where none are asked for."""
        if settings.folds is not None:
            yield from folds(
                self.history,
                self.target,
                self.asked,
                as_of=self.as_of,
                wanted=settings.folds,
                validation_share=settings.validation_share,
                label_time=settings.label_time,
                judging=self.judging,
            )

    def ground(self, parts: Split, costs: Costs) -> Ground:
        """The test rows with what they cost; what is expected is learned from the others."""
        part = parts.test
        asked = self._some(part.rows)
        return Ground(
            positive=part.positive,
            customers=asked.customers,
            at=asked.at,
            weight=part.weight,
            loss=losses(self.history, asked, part.known_at, costs.loss),
            expected_loss=self._expected_loss(parts, costs),
        )

    def limits(self, parts: Split, probability: Floats, settings: Settings) -> Thresholds:
        """Thresholds as the settings want them; ``probability`` is that of the validation rows."""
        held = parts.validation
        if settings.thresholds == "shares":
            return by_shares(probability, held.positive, settings.budgets)
        costs, expected = settings.costs, self.expected(parts, settings.costs)
        digits = reference.load().minor_units
        if settings.thresholds == "costs":
            return by_costs(costs, expected, digits)
        exposure, at = self.exposed(held.rows), self.matrix.at[held.rows]
        return by_reviews(costs, expected, digits, probability, exposure, at, held.weight)

    def expected(self, parts: Split, costs: Costs) -> Expected:
        """What a bad row is expected to cost, by those that may be learned from."""
        lost, rows = self._lost(parts, costs)
        exposure = self.exposed(rows)
        told = exposure > 0
        unit = 10 ** reference.load().minor_units
        share = unit * lost[told].sum() / exposure[told].sum() if told.any() else np.nan
        return Expected(float(lost.mean()), float(share))

    def _expected_loss(self, parts: Split, costs: Costs) -> float:
        return float(self._lost(parts, costs)[0].mean())

    def _lost(self, parts: Split, costs: Costs) -> tuple[Floats, Rows]:
        """What each bad row cost that may be learned from, major units, and which those are."""
        known_at = np.append(parts.fit.known_at, parts.validation.known_at)
        bad = np.append(parts.fit.positive, parts.validation.positive)
        found = losses(self.history, self._some(parts.learned), known_at, costs.loss)
        return found[bad], parts.learned[bad]

    def exposed(self, rows: Rows) -> Floats:
        """What rows are exposed to, minor units, shape (rows,), NaN where unknown."""
        return exposed(self.history, self.catalogue.domain, self.target, self.matrix, rows)

    def told(self, rows: Rows) -> dict[str, Names]:
        """What rows say of the facts that segments are made of."""
        asked = self._some(rows)
        facts = facts_of(self.catalogue.domain, self.target)
        return {fact: said(self.history, self.target, asked, fact) for fact in facts}

    def _some(self, rows: Rows) -> Asked:
        return Asked(self.matrix.ids[rows], self.matrix.customers[rows], self.matrix.at[rows])


@contextmanager
def read(
    source: str | Path,
    moment: str | None,
    risk: str | None,
    settings: Settings,
    catalogue: Catalogue,
    policies: Policies | None,
    steps: Steps,
) -> Iterator[Table]:
    """Reads, checks and answers a history.

    Raises `NotEnoughData` where nothing asks or nothing is labelled, `SuiteFailed` where the
    data is broken.
    """
    path, domain = Path(source), catalogue.domain
    real = target = target_of(
        domain, next(iter(domain.moments)) if moment is None else moment, risk
    )
    with steps("reading history"):
        opened = histories.open_history(path, settings.engine, settings.spark_master)
        sha256 = histories.digest(path)
    with opened as history:
        with steps("checking history"):
            history.demand(domain)
            of_history = check_history(history, domain)
            demand(of_history)
            as_of = history.span()[1] if settings.as_of is None else settings.as_of
            if settings.weak:
                target = weak_target(history, real, as_of)
            else:
                _demand_labels(history, real, as_of)
        with steps("building the matrix"):
            if policies is None:
                policies = in_force(None, catalogue, is_own=domain is not CLOUD)
            if target.asks:
                catalogue = catalogue.with_attributes(history.attributes(target.asks, until=as_of))
            asked = questions(history, target, as_of)
            table = matrix(history, catalogue, target.moment, asked, steps.watcher.went_on)
            if not len(table):
                raise NotEnoughData(
                    f"there is no {named(target, 1)} in {path}: choose another --moment"
                )
        with steps("checking the matrix"):
            of_matrix = check_matrix(table, catalogue.derived(target.moment), domain)
            demand(of_history, of_matrix)
        with steps("asking the policies"):
            used = policies.used(target.moment)
            conditions = readable(history, catalogue, table, used)
            applied = apply(policies, target.moment, conditions, table.at)
            derived, judging = catalogue.derived(target.moment), None
            if settings.weak:
                judging = weak(history, real, as_of, derived, table.values, policies, applied)
        yield Table(
            target=target,
            catalogue=catalogue,
            matrix=table,
            outcomes=applied.outcome,
            suites=(of_history, of_matrix),
            source=path,
            source_sha256=sha256,
            as_of=as_of,
            history=history,
            judging=judging or judge,
            left_out=judging.left_out if judging else frozenset(),
        )


def _demand_labels(history: History, target: Target, as_of: int) -> None:
    ((labels,),) = history.connection.execute(
        "SELECT count(*) FROM entries WHERE kind = 'label' AND known_at <= ? "
        "AND list_contains(?, label)",
        [as_of, list(target.kinds)],
    ).fetchall()
    if not labels:
        raise NotEnoughData(
            f"this history has no label of {' or '.join(target.kinds)}, so there is nothing to "
            "learn from yet. Policies and scorecard carry the service meanwhile; `vouch train "
            "--weak` learns from policy hits and alerts instead, and says what that is worth"
        )
