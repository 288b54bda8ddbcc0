"""Deciding again: what comes in later meets the stored record of a decision, and nothing else.

verification, authorisation, label, alert ──┐
override, appeal, time ─────────────────────┼──► which decisions? ──► record + what was said
                                            │                           └──► conclude ──► new
(the event is not read or folded again)                                      decision, which
                                                                             names the old one
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

import msgspec

from features.decide.circumstances import NOTHING_SAID, Circumstances
from features.decide.policies import Policies
from features.events import CHECKUP
from features.fact_types import Value
from features.facts import Entry
from serving.answer import DecisionRecord
from serving.decrees import Decrees
from serving.judging import Conclusion, conclude, decision_entry, kept, record_of
from serving.ledger.protocol import Ledger, Record, StoredDecision
from serving.pending import Pending

Change = Callable[[Circumstances], Circumstances]
#: The values that policies read of a record.
Named = Callable[[DecisionRecord, Policies], dict[str, Value]]


class Again(NamedTuple):
    """A decision made again: what goes to the ledger, and what the metrics want to know."""

    record: Record
    outcome: str
    mode: str
    conclusion: Conclusion


class Redeciding:
    """Makes decisions again, from the ledger of a scorer.

    ``checkups`` are the moments at which customers are asked about, and no event.
    """

    def __init__(
        self,
        ledger: Ledger,
        pending: Pending,
        decrees: Decrees,
        named: Named,
        checkups: Collection[str],
    ) -> None:
        self._ledger, self._pending, self._decrees, self._named = ledger, pending, decrees, named
        self._checkups = checkups

    def after(self, entry: Entry, policies: Policies, place: int) -> Iterator[Again]:
        """The decisions that an event or label makes be made again, from a place on."""
        for stored in self._concerned(entry):
            again = self.again(
                stored, policies, place, entry.id, lambda before: before.and_also(entry)
            )
            if again is not None:
                yield again
                place += 1

    def again(
        self, stored: StoredDecision, policies: Policies, place: int, because: str, change: Change
    ) -> Again | None:
        """A stored decision with other circumstances; None where they are the same.

        One that is final is only made anew where that changes its outcome. A checkup that nobody
        looked at in time changes nothing where the customer was asked about again since.
        """
        before = record_of(stored)
        if before is None:
            return None
        decreed = self._decrees.about(before.entry, before.moment, place)
        now = change(with_decrees(before.circumstances, decreed))
        if now == before.circumstances or (now.ran_out and self._is_outdated(before)):
            return None
        record = msgspec.structs.replace(
            before,
            decision_id=f"d{place:x}",
            decided_at=place,
            values=self._named(before, policies),
            circumstances=now,
            supersedes=stored.id,
            first=before.first or stored.id,
            because=because,
            versions=msgspec.structs.replace(before.versions, policies=policies.digest),
        )
        conclusion = conclude(record, policies)
        if stored.expires_at is None and conclusion.verdict.outcome == stored.outcome:
            return None
        entry = decision_entry(record, conclusion.verdict)
        made = Record(entry, decision=kept(record, conclusion))
        return Again(made, conclusion.verdict.outcome, record.mode, conclusion)

    def _is_outdated(self, record: DecisionRecord) -> bool:
        """Whether it is about a checkup, and there was a later one."""
        entry = record.entry
        if entry.kind != CHECKUP or entry.customer is None:
            return False
        return self._ledger.asked_again(entry.customer, record.moment, entry.known_at)

    def _concerned(self, entry: Entry) -> list[StoredDecision]:
        """The decisions that what came in is about: never those about another customer."""
        if NOTHING_SAID.and_also(entry) is NOTHING_SAID:
            return []
        return [
            stored
            for stored in self._meant(entry)
            if stored.customer is None or entry.customer in (None, stored.customer)
        ]

    def _meant(self, entry: Entry) -> list[StoredDecision]:
        """The decisions that it names, or all of its customer that wait."""
        facts = entry.facts
        event = facts.get("event")
        if entry.kind == "authorisation" and "payment" in facts:
            current = self._ledger.current(str(facts["payment"]))
            return [] if current is None else [current]
        if entry.kind == "verification" and "decision" in facts:
            named = self._ledger.known_decision(str(facts["decision"]))
            if named is None:
                return []
            event = named.event
        if event is not None:
            about = self._pending.about(str(event))
            waiting = [] if about is None else [about]
        else:
            waiting = self._pending.of(entry.customer)
        if entry.kind == "alert" and facts.get("verdict") == "legitimate":
            # what was done is harmless: that says nothing of who signed up, or of a card
            waiting = [one for one in waiting if one.moment in self._checkups]
        context = facts.get("context")
        found = [
            self._ledger.known_decision(one.id)
            for one in waiting
            if context in (None, one.moment, "login")
        ]
        return [stored for stored in found if stored is not None]


def with_decrees(before: Circumstances, decreed: Circumstances) -> Circumstances:
    """Lists, snoozes and standing overrides are as they are now; the rest stays said."""
    return msgspec.structs.replace(
        before,
        said={**before.said, **decreed.said},
        override=decreed.override or before.override,
        allowed=decreed.allowed,
        snoozed=decreed.snoozed,
    )
