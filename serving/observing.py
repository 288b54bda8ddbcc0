"""Observing: all that is known about an event or a customer at its place, before it is decided.

entry ──► vector (state) ──► models, scorecard ──┐
  └─────► decrees in force, the lot ─────────────┴──► record
"""

from __future__ import annotations

import msgspec
import numpy as np

from features.decide import scorecard
from features.decide.exploration import Chance, Lot
from features.decide.policies import Policies
from features.decide.reasons import raising
from features.decide.texts import Language
from features.declared import Catalogue
from features.events import CHECKUP
from features.fact_types import Value
from features.facts import Door, Entry
from features.formulas import Floats
from features.online import vector as online_vector
from features.state.protocol import StateUnavailable
from serving.answer import DecisionRecord, Money, Versions
from serving.decrees import Decrees
from serving.folding import Folding
from serving.models import Models
from serving.moment import Observation, PreparedMoment
from serving.policy_file import PolicyFile


class Observer:
    """Looks at entries with what a scorer has; ``decrees`` may be exchanged."""

    def __init__(
        self,
        catalogue: Catalogue,
        door: Door,
        folding: Folding,
        models: Models,
        policies: PolicyFile,
        lot: Lot,
    ) -> None:
        self._door, self._folding, self._models = door, folding, models
        self._policies, self._lot = policies, lot
        self.decrees = Decrees()
        moments = catalogue.domain.moments
        self.moments = {
            moment: PreparedMoment(moment, catalogue, policies.current) for moment in moments
        }
        self._catalogue = catalogue.fingerprint
        self._scorecard = scorecard.digest({name: one.weights for name, one in moments.items()})

    def observed(
        self,
        entry: Entry,
        moment: str,
        *,
        event_id: str,
        dry_run: bool,
        language: Language,
        warnings: tuple[str, ...] = (),
    ) -> DecisionRecord:
        """All that is known about an event or a customer now, before anything is decided."""
        prepared = self.moments[moment]
        seen = self._look(entry, prepared)
        return DecisionRecord(
            decision_id=None if dry_run else f"d{entry.known_at:x}",
            decided_at=entry.known_at,
            event_id=event_id,
            moment=moment,
            entry=entry,
            vector=tuple([None if x != x else x for x in seen.vector.tolist()]),
            values=seen.values,
            risks=seen.risks,
            margins=seen.margins,
            points=seen.points,
            fired=seen.fired,
            mode=seen.mode,
            mode_reason=seen.mode_reason,
            least=seen.least,
            versions=Versions(
                seen.models,
                prepared.policies.digest,
                self._scorecard,
                self._catalogue,
                entry.reference,
            ),
            money=Money(self._door.reference.currency, self._door.reference.minor_units),
            language=language,
            warnings=warnings,
            chance=None if dry_run or entry.kind == CHECKUP else self._chance(entry.id),
            circumstances=self.decrees.about(entry, moment, entry.known_at),
        )

    def policies(self, record: DecisionRecord) -> Policies:
        """Those that a record was observed for: others may have come into force since."""
        return self.moments[record.moment].policies

    def named(self, record: DecisionRecord, policies: Policies) -> dict[str, Value]:
        """The values that policies read of a record.

        One of another catalogue keeps those it has: nobody knows where the others stand.
        """
        if record.versions.catalogue != self._catalogue:
            return record.values
        moment = self.moments[record.moment]
        moment.follow(policies)
        return moment.named(vector_of(record), record.entry)

    def explained(self, record: DecisionRecord) -> DecisionRecord:
        """With what moved the model; costs as much as all the rest, so ask for what is stopped."""
        return explained(record, self.moments[record.moment])

    def _chance(self, id: str) -> Chance | None:
        drawn = self._lot(id)
        return drawn if drawn.share else None

    def _look(self, entry: Entry, moment: PreparedMoment) -> Observation:
        models = self._models.at(moment.moment)
        moment.use(models)
        moment.follow(self._policies.current)
        try:
            self._folding.catch_up()
            vector = online_vector(moment.plan, self._folding.state, entry, entry.known_at)
        except StateUnavailable as error:
            return moment.fixed(entry, self._folding.failed(error))
        return moment.observe(vector, entry, models, self._models.trouble(moment.moment))


def explained(record: DecisionRecord, moment: PreparedMoment) -> DecisionRecord:
    """A record with the factors of the model that asks for most, the heaviest that raise it."""
    riskiest = moment.riskiest(record.risks)
    if riskiest is None:
        return record
    factors = raising(riskiest.explain(vector_of(record), record.entry))
    return msgspec.structs.replace(record, factors=factors)


def vector_of(record: DecisionRecord) -> Floats:
    """The vector of a record; NaN is unknown."""
    return np.array(record.vector, dtype=np.float64)
