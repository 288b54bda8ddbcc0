"""The scorer: an event takes its place, is read against state, decided and folded, in one step.

    event ──► place ──► facts ──► vector ──► models, scorecard, policies ──► decision
                                    ▲                                           │
                                  state ◄──── fold event and decision ◄─────────┤
                                                                     ledger ◄───┘

What comes in later makes pending decisions be made again (`serving.redeciding`). Nothing here
waits: the caller waits for the ledger before it answers.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial

from features.decide.circumstances import Circumstances
from features.decide.exploration import Lot
from features.decide.texts import Language
from features.declared import Catalogue
from features.errors import InvalidInput
from features.events import Ingestible, Label, Scorable
from features.facts import Door, Entry, microseconds
from features.state.protocol import State
from serving.answer import DecisionRecord
from serving.decrees import Decrees
from serving.folding import Folding
from serving.judging import conclude, decision_entry, encoded, kept
from serving.ledger.protocol import Kept, Ledger, Record, Space, StoredDecision
from serving.models import Models
from serving.observing import Observer
from serving.pending import Pending
from serving.policy_file import PolicyFile
from serving.received import (
    MAIN,
    IdReused,
    InFlight,
    Ingested,
    NeverDecided,
    Scored,
    ahead,
    odd,
    of_account,
)
from serving.redeciding import Again, Change, Redeciding
from serving.references import References


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
        policies: PolicyFile,
        clock: Callable[[], int] | None,
        lot: Lot,
    ) -> None:
        self.ledger, self.models, self.policies = ledger, models, policies
        self.domain, self.door = catalogue.domain, door
        self.folding = Folding(state, ledger)
        self.on_change: Callable[[], None] = _nobody_waits
        self._references, self._clock = references, clock
        self.observer = Observer(catalogue, door, self.folding, models, policies, lot)
        self._asked_at = {
            one.event: moment for moment, one in catalogue.domain.moments.items() if one.event
        }
        self._checkups = self.domain.moments.keys() - self._asked_at.values()
        self._asks = {
            kind for kind in Scorable.__args__ if kind.__struct_config__.tag in self._asked_at
        }
        self._remember()

    def score(
        self,
        event: Scorable,
        *,
        fingerprint: bytes,
        warnings: list[str],
        dry_run: bool,
        account: str = MAIN,
        language: Language = "en",
    ) -> Scored:
        """Decides about an event.

        Raises `IdReused` if its id stands for something else, `InFlight` if it was sent a
        moment ago, `NeverDecided` if it was only taken in.
        """
        self._refuse_what_is_not_asked(event)
        sent_as, event = event.id, of_account(event, account)
        replayed = None if dry_run else self.sent_before(event.id, fingerprint)
        if replayed is not None:
            return replayed
        entry = self._learn(event)
        record = self.observer.observed(
            entry,
            self._asked_at[entry.kind],
            event_id=sent_as,
            dry_run=dry_run,
            language=language,
            warnings=(*warnings, *odd(event, entry)),
        )
        return self.decide(record, fingerprint)

    def decide(self, record: DecisionRecord, fingerprint: bytes) -> Scored:
        """Decides about what was observed just now; recorded but for a dry run."""
        conclusion = conclude(record, self.observer.policies(record))
        if conclusion.verdict.outcome != "approve":
            record = self.observer.explained(record)
        verdict = conclusion.verdict
        if record.decision_id is None:
            body = encoded(record, conclusion)
        else:
            made = kept(record, conclusion)
            self._keep(record.entry, fingerprint, decision_entry(record, verdict), made)
            body = made.answer
        return Scored(
            body,
            False,
            verdict.outcome,
            record.mode,
            tuple(hit.policy.id for hit in record.circumstances.heard(conclusion.hits)),
            verdict.exploration is not None,
        )

    def ingest(
        self, event: Ingestible | Label, *, fingerprint: bytes, account: str = MAIN
    ) -> Ingested:
        """Takes in an event or label without deciding about it.

        Pending decisions that it concerns are made again. Raises `IdReused`.
        """
        space: Space = "label" if isinstance(event, Label) else "event"
        sent_as, event = event.id, of_account(event, account)
        stored = self.ledger.find(space, event.id)
        if stored is not None:
            if not hmac.compare_digest(stored.fingerprint, fingerprint):
                raise IdReused(f"another {space} was sent under this id: give each its own")
            return Ingested(sent_as, stored.known_at, True)
        entry = self._learn(event)
        again = tuple(self._redeciding.after(entry, self.policies.current, entry.known_at + 1))
        self._append(Record(entry, fingerprint), again)
        return Ingested(sent_as, entry.known_at, False, tuple(ahead(event, entry)), again)

    def decree(
        self,
        entry: Entry,
        fingerprint: bytes = b"",
        about: StoredDecision | None = None,
        change: Change | None = None,
    ) -> Again | None:
        """Takes in what a person decreed, placed at `next_place`.

        With a ``change`` the decision that it is ``about`` is made again, in one with it; None
        where nothing changes.
        """
        self.decrees.fold(entry)
        again = None
        if about is not None and change is not None:
            again = self._redeciding.again(
                about, self.policies.current, entry.known_at + 1, entry.id, change
            )
        self._append(Record(entry, fingerprint), () if again is None else (again,))
        return again

    def decide_again(self, stored: StoredDecision, because: str, change: Change) -> Again | None:
        """Makes a decision again with other circumstances; None where nothing changes."""
        place = self.next_place()
        again = self._redeciding.again(stored, self.policies.current, place, because, change)
        if again is not None:
            self.ledger.append([again.record])
            self._took_place(again)
        return again

    def expire(self, limit: int = 50) -> list[Again]:
        """Makes the decisions again that nobody answered in time."""
        done: list[Again] = []
        for waiting in self.pending.overdue(self.now()):
            stored = self.ledger.known_decision(waiting.id)
            if stored is not None:
                late = partial(Circumstances.when_time_runs_out, waited=stored.outcome)
                again = self.decide_again(stored, "", late)
                done += [] if again is None else [again]
            if len(done) == limit:
                break
        return done

    def now(self) -> int:
        """The time, µs: the clock's, or that of the last event."""
        return self.ledger.last_known_at if self._clock is None else self._clock()

    def use_newest_reference(self) -> None:
        """What comes in from now on meets the reference data of now."""
        self.door.reference = self._references.current

    def next_place(self) -> int:
        """The place that what comes in now would take."""
        return max(self.now(), self.ledger.last_known_at + 1)

    def _remember(self) -> None:
        """What waits and what was decreed, from what is on disk."""
        self.pending = Pending(self.ledger.pending())
        self.decrees = self.observer.decrees = Decrees(self.ledger.decrees())
        self._redeciding = Redeciding(
            self.ledger, self.pending, self.decrees, self.observer.named, self._checkups
        )

    def _start_over(self) -> None:
        """The ledger lost what was not on disk yet."""
        self.folding.start_over()
        self._remember()

    def _refuse_what_is_not_asked(self, event: Scorable) -> None:
        if type(event) not in self._asks:
            kind = event.__struct_config__.tag
            raise InvalidInput(
                f"nothing is decided about a {kind} in this domain: send it to /v1/events", "/kind"
            )

    def sent_before(self, id: str, fingerprint: bytes) -> Scored | None:
        """What was answered under an id; None if nothing was. Raises as `score` does."""
        stored = self.ledger.find("event", id)
        if stored is None:
            return None
        if not hmac.compare_digest(stored.fingerprint, fingerprint):
            raise IdReused("another event was sent under this id: give each event its own")
        if stored.answer is None:
            raise NeverDecided(
                "this event was taken in without a decision: send it to score under another id"
            )
        if not stored.on_disk:
            raise InFlight("the same event is being decided right now: send it again in a second")
        return Scored(stored.answer, True, "", "", ())

    def _learn(self, event: Ingestible | Label) -> Entry:
        self.use_newest_reference()
        if self._clock is None and event.occurred_at is not None:
            return self.door.learn(
                event, max(self.ledger.last_known_at + 1, microseconds(event.occurred_at))
            )
        return self.door.learn(event, self.next_place())

    def _keep(self, entry: Entry, fingerprint: bytes, decision: Entry, kept: Kept) -> None:
        """Event and decision take their places; both are folded."""
        self.ledger.append([Record(entry, fingerprint, kept), Record(decision)])
        self.pending.decided(kept)
        self.folding.fold(entry)
        self.folding.fold(decision)

    def _append(self, taken: Record, again: tuple[Again, ...]) -> None:
        """What was taken in and the decisions that it changes reach the disk together or not."""
        self.ledger.append([taken, *(one.record for one in again)])
        self.folding.fold(taken.entry)
        for one in again:
            self._took_place(one)

    def _took_place(self, again: Again) -> None:
        self.folding.fold(again.record.entry)
        if again.record.decision is not None:
            self.pending.decided(again.record.decision)


def _nobody_waits() -> None:
    """Nobody is told that a decision has changed."""
