"""One moment, prepared: everything a score needs that does not change from request to request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from msgspec import UNSET

from features.contract import Contract
from features.decide.decision import Assessed, Mode
from features.decide.evidence import EVIDENCE
from features.decide.exposure import Exposures
from features.decide.outcomes import Outcome
from features.decide.policies import Policies
from features.decide.reasons import Explainer, Factor
from features.decide.scorecard import Fired, Scorecard
from features.declared import ATTRIBUTE, Catalogue, version_name
from features.errors import InvalidBundle
from features.fact_types import Value
from features.facts import Entry
from features.formulas import Floats
from serving.models import Model


class Bound(NamedTuple):
    """A model, and where its columns stand: in the vector, or behind it as attributes."""

    model: Model
    places: np.ndarray[tuple[int], np.dtype[np.intp]]
    attributes: tuple[tuple[str, dict[str, float] | None], ...]
    explainer: Explainer

    def assess(self, vector: Floats, entry: Entry) -> tuple[Assessed, float]:
        """Probability of the model's risk, and its raw margin."""
        margin = self.model.margin(self.row(vector, entry))
        contract = self.model.contract
        return (
            Assessed(contract.risk, self.model.probability(margin), contract.thresholds),
            margin,
        )

    def explain(self, vector: Floats, entry: Entry) -> tuple[Factor, ...]:
        """What adds up to that margin, the heaviest first."""
        return self.explainer(self.row(vector, entry))

    def probabilities(self, vectors: Floats, entries: Sequence[Entry]) -> Floats:
        """Probability of the model's risk for many vectors, a row each, shape (rows,)."""
        rows = vectors
        if self.attributes:
            rows = np.hstack([vectors, [self._sent(entry) for entry in entries]])
        margins = self.model.margins(np.ascontiguousarray(rows[:, self.places]))
        return self.model.contract.calibration(margins)

    def row(self, vector: Floats, entry: Entry) -> Floats:
        """What the model sees of a vector and its event."""
        row = np.concatenate([vector, self._sent(entry)]) if self.attributes else vector
        return row[self.places]

    def _sent(self, entry: Entry) -> list[float]:
        return [_attribute(entry.attributes.get(name), codes) for name, codes in self.attributes]


class Observation(NamedTuple):
    """All that was found out about one event, before anything is decided.

    ``values`` are what policies may read of it; ``least`` is demanded where nothing could be
    read.
    """

    vector: Floats
    values: dict[str, Value]
    risks: tuple[Assessed, ...]
    margins: tuple[float, ...]
    points: int
    fired: tuple[Fired, ...]
    mode: Mode
    mode_reason: str | None
    models: tuple[str, ...]
    least: Outcome = "approve"


class PreparedMoment:
    """Vector plan, scorecard, names for policies and bound models of one moment.

    ``facts`` are what policies ask for besides the vector.
    """

    def __init__(self, moment: str, catalogue: Catalogue, policies: Policies) -> None:
        self.moment = moment
        self.catalogue = catalogue
        self.plan = catalogue.plan(moment)
        asked = catalogue.domain.named(moment)
        self._scorecard = Scorecard(asked.weights, self.plan.position)
        self._exposures = Exposures(asked, self.plan.position)
        self._without = asked.without
        self._catalogue = catalogue
        self._models: tuple[Model, ...] = ()
        self._bound: tuple[Bound, ...] = ()
        self._read_by(policies)

    def follow(self, policies: Policies) -> None:
        """Names what these policies read; work only when they have changed."""
        if policies is not self.policies:
            self._read_by(policies)

    def _read_by(self, policies: Policies) -> None:
        self.policies = policies
        used, position = policies.used(self.moment), self._catalogue.plan(self.moment).position
        self._signals = [
            (name, place, self.plan.columns[place].categories)
            for name, place in position.items()
            if name in used
        ]
        self.facts = sorted(used - position.keys() - EVIDENCE.keys())

    def use(self, models: tuple[Model, ...]) -> None:
        """Binds models to this moment's vector; work only when they have changed.

        Columns that a model needs in another version stand behind the catalogue's own.
        """
        if models is not self._models:
            self.catalogue = self._catalogue.and_also(
                column for model in models for column in model.versions
            )
            self.plan = self.catalogue.plan(self.moment)
            self._bound = tuple(self._bind(model) for model in models)
            self._models = models

    def bound(self, models: tuple[Model, ...]) -> tuple[Bound, ...]:
        """The models bound to this moment's vector."""
        self.use(models)
        return self._bound

    def stand_in(self, models: tuple[Model, ...]) -> None:
        """Binds other models to this vector as it stands.

        Raises `InvalidBundle` where one wants a column that is not there.
        """
        try:
            self._models, self._bound = models, tuple(self._bind(model) for model in models)
        except KeyError as error:
            raise InvalidBundle(f"it wants {error.args[0]}, which was not read then") from None

    def _bind(self, model: Model) -> Bound:
        columns = model.contract.columns
        free = [column for column in columns if column.name.startswith(ATTRIBUTE)]
        behind = {column.name: len(self.plan.names) + n for n, column in enumerate(free)}
        position = {**self.plan.position, **behind}
        versions = {version_name(column.name, column.digest): column for column in columns}
        here = {column.name: name for name, column in versions.items() if name in position}
        return Bound(
            model,
            np.array(
                [position[here.get(column.name, column.name)] for column in columns], dtype=np.intp
            ),
            tuple(
                (
                    column.name.removeprefix(ATTRIBUTE),
                    None
                    if column.categories is None
                    else {text: float(code) for code, text in enumerate(column.categories)},
                )
                for column in free
            ),
            Explainer(columns, self.plan.columns, model.contributions, model.contract.spread),
        )

    def observe(
        self, vector: Floats, entry: Entry, models: tuple[Model, ...], trouble: str
    ) -> Observation:
        """Models and scorecard over one vector; ``trouble`` is that of the models."""
        points, fired = self.points(vector)
        self.use(models)
        judged = self.assess(vector, entry)
        mode: Mode = "model"
        reason = trouble or None
        if not models:
            mode, reason = "scorecard", trouble or "no model is promoted for this moment"
        elif any(model.rung == "previous" for model in models):
            mode = "previous_model"
        return Observation(
            vector,
            self.named(vector, entry),
            tuple(risk for risk, _ in judged),
            tuple(margin for _, margin in judged),
            points,
            fired,
            mode,
            reason,
            tuple(model.digest for model in models),
        )

    def assess(self, vector: Floats, entry: Entry) -> list[tuple[Assessed, float]]:
        """What each model in use says, with what its risk may cost, and its raw margin."""
        judged = [bound.assess(vector, entry) for bound in self._bound]
        return [
            (risk._replace(exposure=self._exposures(risk.risk, entry.facts, vector)), margin)
            for risk, margin in judged
        ]

    def exposure(self, contract: Contract, vector: Floats, entry: Entry) -> int | None:
        """What a risk may cost, for many rows: looked up where the thresholds ask for it."""
        if contract.thresholds.losses is UNSET:
            return None
        return self._exposures(contract.risk, entry.facts, vector)

    def riskiest(self, risks: Sequence[Assessed]) -> Bound | None:
        """The model of the largest risk that asks for more than approval, if any does."""
        asking = [one for one in zip(risks, self._bound, strict=False) if one[0].asks]
        return max(asking, key=lambda one: one[0].probability)[1] if asking else None

    def fixed(self, entry: Entry, why: str) -> Observation:
        """The last rung: what others left is unknown, policies see what the event says itself."""
        vector = self.plan.row([None] * self.plan.integers, entry, entry.known_at)
        return Observation(
            vector, self.named(vector, entry), (), (), 0, (), "fixed", why, (), self._without
        )

    def points(self, vector: Floats) -> tuple[int, tuple[Fired, ...]]:
        """What the scorecard says."""
        return self._scorecard.points(vector)

    def named(self, vector: Floats, entry: Entry) -> dict[str, Value]:
        """The values policies may use, without what is unknown."""
        values: dict[str, Value] = {}
        for name in self.facts:
            value = entry.field(name)
            if value is not None:
                values[name] = float(value) if isinstance(value, int) else value
        row = vector.tolist()
        for name, place, categories in self._signals:
            number = row[place]
            if number == number:  # not NaN
                values[name] = number if categories is None else categories[int(number)]
        return values


def _attribute(value: float | str | None, codes: dict[str, float] | None) -> float:
    if codes is None:
        return value if isinstance(value, float) else np.nan
    return codes.get(value, np.nan) if isinstance(value, str) else np.nan
