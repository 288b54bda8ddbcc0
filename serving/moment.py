"""One moment, prepared: everything a score needs that does not change from request to request."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from features.decide.decision import Assessed
from features.decide.policies import Policies
from features.decide.scorecard import WEIGHTS, Fired, Scorecard
from features.declared import ATTRIBUTE, Catalogue
from features.fact_types import Value
from features.facts import Entry
from features.formulas import Floats
from serving.models import Model


class Bound(NamedTuple):
    """A model, and where its columns stand: in the vector, or behind it as attributes."""

    model: Model
    places: np.ndarray[tuple[int], np.dtype[np.intp]]
    attributes: tuple[tuple[str, dict[str, float] | None], ...]

    def assess(self, vector: Floats, entry: Entry) -> tuple[Assessed, float]:
        """Probability of the model's risk, and its raw margin."""
        row = vector
        if self.attributes:
            sent = [
                _attribute(entry.attributes.get(name), codes) for name, codes in self.attributes
            ]
            row = np.concatenate([vector, sent])
        margin = self.model.margin(row[self.places])
        contract = self.model.contract
        return (
            Assessed(contract.risk, self.model.probability(margin), contract.thresholds),
            margin,
        )


class PreparedMoment:
    """Vector plan, scorecard, names for policies and bound models of one moment."""

    def __init__(self, moment: str, catalogue: Catalogue, policies: Policies) -> None:
        self.moment = moment
        self.plan = catalogue.plan(moment)
        self._scorecard = Scorecard(WEIGHTS[moment], self.plan.position)
        used = policies.used(moment)
        self._signals = [
            (name, place) for name, place in self.plan.position.items() if name in used
        ]
        self._facts = [name for name in sorted(used) if name not in self.plan.position]
        self._codes = {name: self.plan.columns[place].categories for name, place in self._signals}
        self._models: tuple[Model, ...] = ()
        self._bound: tuple[Bound, ...] = ()

    def bound(self, models: tuple[Model, ...]) -> tuple[Bound, ...]:
        """The models bound to this moment's vector; work only when they have changed."""
        if models is not self._models:
            self._bound = tuple(self._bind(model) for model in models)
            self._models = models
        return self._bound

    def _bind(self, model: Model) -> Bound:
        columns = model.contract.columns
        free = [column for column in columns if column.name.startswith(ATTRIBUTE)]
        behind = {column.name: len(self.plan.names) + n for n, column in enumerate(free)}
        position = {**self.plan.position, **behind}
        return Bound(
            model,
            np.array([position[column.name] for column in columns], dtype=np.intp),
            tuple(
                (
                    column.name.removeprefix(ATTRIBUTE),
                    None
                    if column.categories is None
                    else {text: float(code) for code, text in enumerate(column.categories)},
                )
                for column in free
            ),
        )

    def points(self, vector: Floats) -> tuple[int, tuple[Fired, ...]]:
        """What the scorecard says."""
        return self._scorecard.points(vector)

    def named(self, vector: Floats, entry: Entry) -> dict[str, Value]:
        """The values policies may use, without what is unknown."""
        values: dict[str, Value] = {}
        for name in self._facts:
            value = entry.field(name)
            if value is not None:
                values[name] = float(value) if isinstance(value, int) else value
        for name, place in self._signals:
            number = float(vector[place])
            if number == number:  # not NaN
                categories = self._codes[name]
                values[name] = number if categories is None else categories[int(number)]
        return values


def _attribute(value: float | str | None, codes: dict[str, float] | None) -> float:
    if codes is None:
        return value if isinstance(value, float) else np.nan
    return codes.get(value, np.nan) if isinstance(value, str) else np.nan
