"""Explaining: why a decision is what it is, in full, from what was kept of it.

record ──► its models ──► base + what each code adds == margin ──► factors beside the usual
  ├──► policies that hold                                            and the customer's own
  └──► the smallest change that would have approved
"""

from __future__ import annotations

from msgspec import Struct

from features.decide.nearest import Change, Nearest, nearest
from features.decide.outcomes import Outcome
from features.decide.policies import Hit, Policies
from features.decide.policy import Override
from features.decide.reasons import Factor, Reason, customer_reasons, raising, reasons, shown
from features.decide.scorecard import Fired, fewest
from features.decide.texts import Language, Shown, analyst, customer
from features.formulas import Floats
from serving.answer import DecisionRecord
from serving.judging import conclude
from serving.ledger.protocol import StoredDecision
from serving.moment import Bound
from serving.observing import vector_of
from serving.remaking import OTHER_CATALOGUE, Remade, Remaking, read
from serving.replay import Versions, policies_of


class ExplainedFactor(Struct, frozen=True, kw_only=True):
    """What the signals of one code add to the margin, and the signal that adds most of it.

    ``usual`` is what the signal mostly was in training, ``own_usual`` what it was when this
    customer was last decided about at this moment.
    """

    code: str
    contribution: float
    signal: str
    value: Shown
    usual: Shown
    own_usual: Shown
    text: str
    customer_text: str | None


class ExplainedModel(Struct, frozen=True, kw_only=True):
    """One model: ``base`` and all contributions add up to ``margin``, in log-odds.

    ``changes`` are the fewest found that would have approved, None where none are.
    """

    risk: str
    model: str
    probability: float
    base: float
    margin: float
    factors: tuple[ExplainedFactor, ...]
    changes: tuple[Change, ...] | None


class ExplainedPolicy(Struct, frozen=True, kw_only=True):
    """A policy that holds, ``unknown`` if only because its condition could not be told."""

    id: str
    outcome: Outcome
    unknown: bool
    shadow: bool
    snoozed: bool
    override: Override
    owner: str
    condition: str
    text: str
    customer_text: str


class ExplainedWeight(Struct, frozen=True, kw_only=True):
    """A weight of the scorecard that applied: its points, the signal's value and the limit."""

    signal: str
    value: float
    limit: str
    points: int


class ExplainedScorecard(Struct, frozen=True, kw_only=True):
    """The weights that applied, where no model decided; the score is their sum, 1000 at most.

    ``without`` are the fewest signals of them without which it would have asked for nothing.
    """

    weights: tuple[ExplainedWeight, ...]
    without: tuple[str, ...]


class Analysis(Struct, frozen=True, kw_only=True):
    """What a reviewer sees.

    Models and policies would have approved had ``approved_without`` not held, and the changes of
    all models been made or the scorecard's ``without`` not counted. ``notes`` say what could not
    be worked out.
    """

    reasons: tuple[Reason, ...]
    policies: tuple[ExplainedPolicy, ...]
    models: tuple[ExplainedModel, ...]
    scorecard: ExplainedScorecard | None = None
    approved_without: tuple[str, ...]
    notes: tuple[str, ...]


class Explaining:
    """Explains decisions of a home; ``policies`` finds a version of them by its digest."""

    def __init__(self, remaking: Remaking, policies: Versions) -> None:
        self._remaking, self._policies = remaking, policies

    def analysis(
        self, stored: StoredDecision, before: StoredDecision | None, language: Language
    ) -> Analysis:
        """A decision explained; ``before`` is the customer's last one, to compare with.

        Raises `CannotReplay` where policies, models or the record are gone.
        """
        record = read(stored)
        policies = policies_of(record, self._policies)
        with self._remaking.remade(record, policies) as remade:
            return _analysis(remade, policies, before, language)

    def customer(self, stored: StoredDecision, language: Language) -> tuple[str, ...]:
        """What the customer may be told. Raises `CannotReplay`."""
        record = read(stored)
        hits = conclude(record, policies_of(record, self._policies)).hits
        heard = record.circumstances.heard(hits)
        return customer_reasons(_reasons(record, heard, record.factors, language))


def _analysis(
    remade: Remade, policies: Policies, before: StoredDecision | None, language: Language
) -> Analysis:
    record = remade.record
    hits = conclude(record, policies).hits
    stopping = record.circumstances.heard(hits)
    models = [
        _Explained(remade, place, _vector_before(record, before))
        for place in range(len(remade.bound))
    ]
    asking = None if remade.prepared is None else remade.prepared.riskiest(record.risks)
    factors = record.factors
    for one in models:
        if one.bound is asking:
            factors = one.factors
    notes = [OTHER_CATALOGUE] if remade.prepared is None else []
    return Analysis(
        reasons=_reasons(record, stopping, factors, language),
        policies=tuple(_policy(hit, record, language) for hit in hits),
        models=tuple(one.told(stopping, language) for one in models),
        scorecard=None if record.risks or not record.fired else _scorecard(record.fired),
        approved_without=tuple(dict.fromkeys(hit.policy.id for hit in stopping)),
        notes=tuple(notes),
    )


class _Explained:
    """One model over one record."""

    def __init__(self, remade: Remade, place: int, before: DecisionRecord | None) -> None:
        record = remade.record
        self.bound: Bound = remade.bound[place]
        self._assessed = record.risks[place]
        self._margin = record.margins[place]
        self._row = self.bound.row(vector_of(record), record.entry)
        self.factors = self.bound.explainer(self._row)
        self._before: Floats | None = None
        if before is not None:
            self._before = self.bound.row(vector_of(before), before.entry)

    def told(self, hits: tuple[Hit, ...], language: Language) -> ExplainedModel:
        """All of it, in a language."""
        return ExplainedModel(
            risk=self._assessed.risk,
            model=self.bound.model.digest,
            probability=self._assessed.probability,
            base=self.bound.explainer.base,
            margin=self._margin,
            factors=tuple(self._told(factor, language) for factor in self.factors),
            changes=self._nearest(hits).changes,
        )

    def _nearest(self, hits: tuple[Hit, ...]) -> Nearest:
        model = self.bound.model

        def approved(margin: float) -> bool:
            return not self._assessed._replace(probability=model.probability(margin)).asks

        return nearest(self.bound.explainer, self._row, hits, model.margin, approved)

    def _told(self, factor: Factor, language: Language) -> ExplainedFactor:
        return ExplainedFactor(
            code=factor.code,
            contribution=factor.contribution,
            signal=factor.signal,
            value=factor.value,
            usual=factor.usual,
            own_usual=self._own(factor.signal),
            text=analyst(
                factor.code, language, factor.signal, factor.value, factor.usual, factor.why
            ),
            customer_text=customer(factor.code, language),
        )

    def _own(self, signal: str) -> Shown:
        if self._before is None:
            return None
        columns = self.bound.explainer.columns
        place = next(n for n, column in enumerate(columns) if column.name == signal)
        return shown(columns[place], float(self._before[place]))


def _vector_before(record: DecisionRecord, before: StoredDecision | None) -> DecisionRecord | None:
    """The customer's record from before, if its vector means the same."""
    if before is None:
        return None
    kept = read(before)
    same = kept.versions.catalogue == record.versions.catalogue
    return kept if same and len(kept.vector) == len(record.vector) else None


def _reasons(
    record: DecisionRecord, hits: tuple[Hit, ...], factors: tuple[Factor, ...], language: Language
) -> tuple[Reason, ...]:
    fired = () if record.risks else record.fired
    return reasons(hits, fired, raising(factors), language)


def _scorecard(fired: tuple[Fired, ...]) -> ExplainedScorecard:
    return ExplainedScorecard(
        weights=tuple(
            ExplainedWeight(
                signal=one.weight.signal,
                value=one.value,
                limit=one.limit,
                points=one.weight.points,
            )
            for one in fired
        ),
        without=fewest(fired),
    )


def _policy(hit: Hit, record: DecisionRecord, language: Language) -> ExplainedPolicy:
    policy = hit.policy
    return ExplainedPolicy(
        id=policy.id,
        outcome=hit.outcome,
        unknown=hit.unknown,
        shadow=policy.shadow,
        snoozed=record.circumstances.silences(policy),
        override=policy.override,
        owner=policy.owner,
        condition=policy.when,
        text=policy.said("analyst", language),
        customer_text=policy.said("customer", language),
    )
