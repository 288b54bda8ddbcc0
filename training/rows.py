"""Rows: a history read for one target: its matrix, what policies say of it, who is bad.

export ──► checks ──► matrix ──► checks ──► Table ──► holdout, folds
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from features.decide.in_force import in_force
from features.decide.policies import Policies
from features.declared import Catalogue
from features.derived import Derived
from features.domain import CLOUD, Moment
from features.errors import NotEnoughData
from features.offline import History, Matrix, matrix
from training import history as histories
from training.backtest.evaluation import Outcomes, apply
from training.conditions import readable
from training.costs import Costs
from training.evaluate import Ground
from training.labels import Asked, Names, Target, target_of
from training.quality import SuiteResult, check_history, check_matrix, demand
from training.questions import named, questions
from training.segments import facts_of, said
from training.settings import Settings
from training.split import Rows, Split, folds, split
from training.stakes import losses
from training.steps import Steps


@dataclass(frozen=True)
class Table:
    """All rows of a history for one target; good while the history is open.

    ``outcomes`` are the places in `ORDER` of what the policies demand of each row.
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

    @property
    def columns(self) -> tuple[Derived, ...]:
        """What is known of each column of the matrix."""
        return self.catalogue.derived(self.target.moment)

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

    def _expected_loss(self, parts: Split, costs: Costs) -> float:
        known_at = np.append(parts.fit.known_at, parts.validation.known_at)
        bad = np.append(parts.fit.positive, parts.validation.positive)
        found = losses(self.history, self._some(parts.learned), known_at, costs.loss)
        return float(found[bad].mean())

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

    Raises `NotEnoughData` where nothing asks, `SuiteFailed` where the data is broken.
    """
    path, domain = Path(source), catalogue.domain
    target = target_of(domain, next(iter(domain.moments)) if moment is None else moment, risk)
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
            outcomes = apply(policies, target.moment, conditions).outcome
        yield Table(
            target=target,
            catalogue=catalogue,
            matrix=table,
            outcomes=outcomes,
            suites=(of_history, of_matrix),
            source=path,
            source_sha256=sha256,
            as_of=as_of,
            history=history,
        )
