"""The ladder: every way in which the service can answer, as candidates on the same rows.

    fixed answer    nothing can be read: everybody gets the same
    policies alone  hard rules, by the strictest outcome they demand
    scorecard       expert weights
    raw columns     a model of what a row says by itself, with no history
    no state        our model, when state can tell it nothing
    no <family>     our model, when the family of signals it leans on most is lost
    champion        the model in use
    model           our model

Rows above are what is left when the ones below fail, so each must be worth something by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.contract import Bundle
from features.decide.outcomes import ORDER
from features.decide.scorecard import Scorecard
from features.derived import Derived
from features.domain import Moment
from features.offline import Matrix
from training.calibrate import platt
from training.evaluate import Candidate
from training.fitting import Fitted
from training.labels import Floats
from training.model import margins, read_booster
from training.sample import without
from training.split import Split

FIXED, POLICIES, SCORECARD = "fixed answer", "policies alone", "scorecard"
RAW, STATELESS, CHAMPION, MODEL = "raw columns", "no state", "champion", "model"

Outcomes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Ladder:
    """What candidates are made of besides the split.

    ``outcomes`` are the places in `ORDER` of what the policies demand of each row of the
    matrix; ``champion`` is the bundle in use, if there is one.
    """

    table: Matrix
    columns: tuple[Derived, ...]
    moment: Moment
    outcomes: Outcomes
    champion: Bundle | None = None

    def candidates(self, parts: Split, fitted: Mapping[str, Fitted]) -> tuple[Candidate, ...]:
        """All rungs, from the lowest, for the test rows of a split."""
        return tuple(self._rungs(parts, fitted))

    def _rungs(self, parts: Split, fitted: Mapping[str, Fitted]) -> Iterator[Candidate]:
        test = self.table.values[parts.test.rows]
        learned = np.append(parts.fit.positive, parts.validation.positive)
        weight = np.append(parts.fit.weight, parts.validation.weight)
        constant = np.full(len(test), np.average(learned, weights=weight))
        yield Candidate(FIXED, constant, constant)
        yield self._policies(parts)
        yield self._scorecard(parts)
        if RAW in fitted:
            yield _scored(RAW, fitted[RAW], test)
        ours = fitted[MODEL]
        yield from _with_holes(ours, test)
        if (before := self._before(parts)) is not None:
            yield before
        yield _scored(MODEL, ours, test)

    def _policies(self, parts: Split) -> Candidate:
        """The share of bad rows that each outcome had among those that were learned from."""
        positive = np.append(parts.fit.positive, parts.validation.positive)
        weight = np.append(parts.fit.weight, parts.validation.weight)
        before = self.outcomes[parts.learned]
        usual = np.average(positive, weights=weight)
        rows = np.bincount(before, weight, len(ORDER))
        bad = np.bincount(before, weight * positive, len(ORDER))
        shares = (bad + _PRIOR * usual) / (rows + _PRIOR)
        now = self.outcomes[parts.test.rows]
        return Candidate(POLICIES, shares[now], now.astype(np.float64))

    def _scorecard(self, parts: Split) -> Candidate:
        position = {column.name: place for place, column in enumerate(self.columns)}
        card = Scorecard(self.moment.weights, position)
        held_out, test = (
            card.points_of_many(self.table.values[part.rows]).astype(np.float64)
            for part in (parts.validation, parts.test)
        )
        calibration = platt(held_out, parts.validation.positive, parts.validation.weight)
        return Candidate(SCORECARD, calibration(test), test)

    def _before(self, parts: Split) -> Candidate | None:
        """The champion, if it has not seen the test rows and the matrix has its very columns."""
        if self.champion is None or self.champion.contract.unseen_from > parts.cut:
            return None
        there = {(one.name, one.digest): place for place, one in enumerate(self.columns)}
        contract = self.champion.contract
        places = [there.get((one.name, one.digest)) for one in contract.columns]
        if None in places:
            return None
        test = self.table.values[parts.test.rows]
        seen = np.ascontiguousarray(test[:, np.array(places, dtype=np.intp)])
        margin = margins(read_booster(self.champion.model), seen)
        return Candidate(CHAMPION, contract.calibration(margin), margin)


#: Rows of the usual share that each outcome is credited with before it has any of its own.
_PRIOR = 20.0


def _scored(name: str, fitted: Fitted, values: Floats) -> Candidate:
    margin = fitted.margin(values)
    return Candidate(name, fitted.model.calibration(margin), margin)


def _with_holes(fitted: Fitted, test: Floats) -> Iterator[Candidate]:
    """Our model without state, and without the family it has gained most from."""
    if not fitted.families:
        return
    gains = fitted.model.gains()
    gained = np.array([gains[name] for name in fitted.model.names])
    worth = {name: float(gained[places].sum()) for name, places in fitted.families.items()}
    heaviest = max(worth, key=worth.__getitem__)
    everything = np.unique(np.concatenate(list(fitted.families.values())))
    for name, places in ((STATELESS, everything), (f"no {heaviest}", fitted.families[heaviest])):
        yield _scored(name, fitted, without(test, fitted.places[places]))
