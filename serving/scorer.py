"""The scorer: an event takes its place, is read against state, decided and folded, in one step.

    event ──► place ──► facts ──► vector ──► models, scorecard, policies ──► decision
                                    ▲                                           │
                                  state ◄──── fold event and decision ◄─────────┤
                                                                     ledger ◄───┘

Nothing here waits: the caller waits for the ledger before it answers.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

import msgspec

from features.decide import scorecard
from features.decide.decision import reasons
from features.decide.exploration import NO_CHANCE, Chance, Lot
from features.decide.policies import Policies
from features.declared import Catalogue
from features.durations import DAY
from features.errors import InvalidInput, VouchError
from features.events import Ingestible, Label, Scorable
from features.facts import Door, Entry, microseconds
from features.online import vector as online_vector
from features.state.protocol import State, StateDamaged, StateUnavailable
from serving import answer as answers
from serving.answer import DecisionAnswer, Versions
from serving.ledger.protocol import Ledger, Record, Space
from serving.models import Models
from serving.moment import Assessment, PreparedMoment
from serving.references import References

_encode = msgspec.json.Encoder().encode
_SLICE = 2_000  # entries that one request may fold to catch up: some 50 ms


class Conflict(VouchError):
    """An id was sent before with something else."""

    code = "id_reused"


class NeverDecided(Conflict):
    """An event was taken in without a decision, and is now to be decided about."""

    code = "never_decided"


class Scored(NamedTuple):
    """The response's bytes, and what the metrics want to know."""

    body: bytes
    replayed: bool
    outcome: str
    mode: str
    policies: tuple[str, ...]
    explored: bool = False


class Ingested(NamedTuple):
    """Under which place an event or label is known, and what seemed odd about it."""

    id: str
    known_at: int
    replayed: bool
    warnings: tuple[str, ...] = ()


class Scorer:
    """Scores events and takes in those that are only to be known.

    ``clock`` gives microseconds, UTC, or None: then time follows the events' own. ``lot`` draws
    who is let pass by chance.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        door: Door,
        references: References,
        state: State,
        ledger: Ledger,
        models: Models,
        policies: Policies,
        clock: Callable[[], int] | None,
        lot: Lot,
    ) -> None:
        self.ledger, self.models, self.state = ledger, models, state
        self.domain = catalogue.domain
        self._door, self._references, self._clock, self._lot = door, references, clock, lot
        self._behind: int | None = None
        self._slice = _SLICE
        moments = catalogue.domain.moments
        self._asked_by = {
            one.event: PreparedMoment(moment, catalogue, policies)
            for moment, one in moments.items()
            if one.event
        }
        self._asks = {
            kind for kind in Scorable.__args__ if kind.__struct_config__.tag in self._asked_by
        }
        self._versions = Versions(
            models=(),
            policies=policies.digest,
            scorecard=scorecard.digest({name: one.weights for name, one in moments.items()}),
            catalogue=catalogue.fingerprint,
            reference="",
        )

    def score(
        self, event: Scorable, *, fingerprint: bytes, warnings: list[str], dry_run: bool
    ) -> Scored:
        """Decides about an event. Raises `Conflict` if its id stands for something else."""
        self._refuse_what_is_not_asked(event)
        replayed = None if dry_run else self._sent_before("event", event.id, fingerprint)
        if replayed is not None:
            return replayed
        entry = self._learn(event)
        chance = NO_CHANCE if dry_run else self._lot(entry.id)
        assessed = self._assess(entry, chance)
        decision_id = None if dry_run else f"d{entry.known_at:x}"
        warnings = [*warnings, *self._warnings(event, entry)]
        answer = self._answer(entry, assessed, decision_id, tuple(warnings))
        body = _encode(answer)
        if decision_id is not None:
            record = _encode(answers.record(entry, assessed, answer.versions, chance))
            propensity = assessed.verdict.propensity
            self._keep(
                Record(entry, fingerprint, body, record, decision_id),
                answers.decision_entry(answer, decision_id, entry.known_at + 1, propensity),
            )
        return Scored(
            body,
            False,
            answer.outcome,
            answer.mode,
            tuple(hit.policy.id for hit in assessed.hits),
            answer.exploration is not None,
        )

    def ingest(self, event: Ingestible | Label, *, fingerprint: bytes) -> Ingested:
        """Takes in an event or label without deciding about it."""
        space: Space = "label" if isinstance(event, Label) else "event"
        stored = self.ledger.find(space, event.id)
        if stored is not None:
            if not hmac.compare_digest(stored.fingerprint, fingerprint):
                raise Conflict(f"another {space} was sent under this id: give each its own")
            return Ingested(event.id, stored.known_at, True)
        entry = self._learn(event)
        self.ledger.append([Record(entry, fingerprint)])
        self._fold(entry)
        return Ingested(event.id, entry.known_at, False, tuple(_ahead(event, entry)))

    def _refuse_what_is_not_asked(self, event: Scorable) -> None:
        if type(event) not in self._asks:
            kind = event.__struct_config__.tag
            raise InvalidInput(
                f"nothing is decided about a {kind} in this domain: send it to /v1/events", "/kind"
            )

    def _sent_before(self, space: Space, id: str, fingerprint: bytes) -> Scored | None:
        stored = self.ledger.find(space, id)
        if stored is None:
            return None
        if not hmac.compare_digest(stored.fingerprint, fingerprint):
            raise Conflict("another event was sent under this id: give each event its own")
        if stored.answer is None:
            raise NeverDecided(
                "this event was taken in without a decision: send it to score under another id"
            )
        return Scored(stored.answer, True, "", "", ())

    def _learn(self, event: Ingestible | Label) -> Entry:
        self._door.reference = self._references.current
        return self._door.learn(event, self._place(event))

    def _place(self, event: Ingestible | Label) -> int:
        last = self.ledger.last_known_at
        if self._clock is not None:
            return max(self._clock(), last + 1)
        return max(last + 1, 0 if event.occurred_at is None else microseconds(event.occurred_at))

    def _assess(self, entry: Entry, chance: Chance) -> Assessment:
        moment = self._asked_by[entry.kind]
        models = self.models.at(moment.moment)
        moment.use(models)
        try:
            self._catch_up()
            vector = online_vector(moment.plan, self.state, entry, entry.known_at)
        except StateUnavailable as error:
            if isinstance(error, StateDamaged):
                self._start_over()
            return moment.fixed(entry, f"state cannot be read: {error}")
        trouble = self.models.trouble(moment.moment)
        return moment.assess(vector, entry, models, trouble, chance)

    def _answer(
        self,
        entry: Entry,
        assessed: Assessment,
        decision_id: str | None,
        warnings: tuple[str, ...],
    ) -> DecisionAnswer:
        reference, verdict = self._door.reference, assessed.verdict
        return DecisionAnswer(
            decision_id=decision_id,
            event_id=entry.id,
            moment=self._asked_by[entry.kind].moment,
            customer=entry.customer,
            outcome=verdict.outcome,
            challenges=verdict.challenges,
            score=verdict.score,
            risks=answers.risks(
                assessed.risks,
                entry.facts.get("amount"),
                reference.currency,
                reference.minor_units,
            ),
            demanded_by=verdict.demanded_by,
            exploration=verdict.exploration,
            policies=answers.policies(assessed.hits),
            reasons=reasons(assessed.hits, assessed.fired),
            mode=assessed.mode,
            mode_reason=assessed.mode_reason,
            versions=msgspec.structs.replace(
                self._versions, models=assessed.models, reference=entry.reference
            ),
            decided_at=answers.at(entry.known_at),
            dry_run=decision_id is None,
            warnings=warnings,
        )

    def _keep(self, scored: Record, decision: Entry) -> None:
        self.ledger.append([scored, Record(decision)])
        self._fold(scored.entry)
        self._fold(decision)

    def _fold(self, entry: Entry) -> None:
        """A state that fails is left behind, and caught up from the ledger when it can be."""
        if self._behind is None:
            try:
                self.state.fold(entry)
            except StateUnavailable:
                self._behind = entry.known_at - 1

    def _start_over(self) -> None:
        """State knows what the ledger does not, or is damaged: it is folded again from there."""
        self.state.reset()
        self._behind = 0

    def _catch_up(self) -> None:
        """Folds a slice of what state has missed. Raises `StateUnavailable` until nothing is."""
        if self._behind is None:
            return
        for entry in islice(self.ledger.entries(after=self._behind), self._slice):
            self.state.fold(entry)
            self._behind = entry.known_at
        if self._behind < self.ledger.last_known_at:
            raise StateUnavailable("state is behind the ledger and catches up")
        self._behind = None

    def _warnings(self, event: Scorable, entry: Entry) -> list[str]:
        warnings = []
        if entry.customer is None:
            warnings.append("no customer is named: what is counted by customer does not see this")
        warnings += _ahead(event, entry)
        if entry.known_at - entry.occurred_at > DAY:
            warnings.append(
                "occurred_at is more than a day ago: recent windows do not see this event"
            )
        return warnings


def _ahead(event: Ingestible | Label, entry: Entry) -> list[str]:
    """A warning where the sender's clock runs ahead of ours."""
    if event.occurred_at is None or microseconds(event.occurred_at) <= entry.known_at:
        return []
    return ["occurred_at lies in the future: it was taken to be now"]


def system_clock() -> int:
    """Microseconds since the epoch, UTC."""
    return time.time_ns() // 1000
