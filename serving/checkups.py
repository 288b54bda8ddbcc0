"""Checkups: a customer is asked about now, though nothing happens.

customer ──► what is known by now (state) ──► decided as an event is ──► ledger

The entry of a checkup names the customer and says nothing, as a question of `serving.batch`.
"""

from __future__ import annotations

from typing import NamedTuple

from features.decide.texts import Language
from features.errors import NotFound
from features.events import CHECKUP
from features.facts import Entry
from serving.received import MAIN, Scored, own_id
from serving.scorer import Scorer


class Question(NamedTuple):
    """Who is asked about, by whom and how. Without an ``id`` its place names it."""

    customer: str
    moment: str | None = None
    id: str | None = None
    account: str = MAIN
    dry_run: bool = False
    language: Language = "en"


class Checkups:
    """Asks a scorer about customers, at the moments that no event asks."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer
        asked = scorer.domain.moments.items()
        self._moments = tuple(moment for moment, one in asked if not one.event)

    def ask(self, question: Question, fingerprint: bytes) -> Scored:
        """Decides about a customer, by default at the first such moment.

        Raises `NotFound` where nobody knows the customer, or the domain has no such moment;
        `IdReused` and `InFlight` as `Scorer.score` does.
        """
        scorer, moment = self._scorer, self._moment(question.moment)
        place = scorer.next_place()
        sent_as = question.id or f"c{place:x}"
        id = own_id(sent_as, question.account)
        if question.id is not None and not question.dry_run:
            replayed = scorer.sent_before(id, fingerprint)
            if replayed is not None:
                return replayed
        if not scorer.ledger.of_customer(question.customer, limit=1):
            raise NotFound("nothing is known of a customer with this id")
        scorer.use_newest_reference()
        entry = Entry(
            id=id,
            kind=CHECKUP,
            known_at=place,
            occurred_at=place,
            customer=question.customer,
            reference=scorer.door.reference.digest,
        )
        record = scorer.observer.observed(
            entry,
            moment,
            event_id=sent_as,
            dry_run=question.dry_run,
            language=question.language,
        )
        return scorer.decide(record, fingerprint)

    def _moment(self, wanted: str | None) -> str:
        if not self._moments:
            raise NotFound("this domain asks nothing about customers")
        if wanted is None:
            return self._moments[0]
        if wanted not in self._moments:
            raise NotFound(f"customers are asked about at {' or '.join(self._moments)}")
        return wanted
