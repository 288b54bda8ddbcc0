"""Decisions: what was answered, to be read again, searched, explained and replayed."""

from __future__ import annotations

import msgspec

from features.decide.outcomes import ORDER
from features.decide.policies import Policies
from features.errors import NotFound
from features.parsing import Parser
from serving.asking import NewReplay
from serving.endpoints import cursors
from serving.endpoints.desk import Desk, no_parameters
from serving.endpoints.parameters import Parameters
from serving.exchange import JSON, Exchange
from serving.explaining import Explaining
from serving.gate import Caller
from serving.ledger.protocol import StoredDecision, Wanted
from serving.ledger.searching import Page
from serving.ledger.tables import LedgerReader
from serving.received import own_id
from serving.replay import Replayer
from serving.reviewing import (
    Explanation,
    FoundDecisions,
    ReplayedAnswer,
    recorded,
    summary,
)

MOST = 200
USUAL = 50
_REVIEWERS = {"review", "audit"}
_encode = msgspec.json.Encoder().encode


class Decisions:
    """The decisions that are on disk; they are read in a thread, for that may take long."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._replay: Parser[NewReplay] = Parser(NewReplay, None)
        self._explaining = Explaining(desk.scorer.remaking, desk.scorer.policies.versions)
        self._replayer = Replayer(desk.scorer.remaking, desk.scorer.policies.versions)

    async def decision(self, exchange: Exchange, _caller: Caller) -> None:
        """One decision with all it was made of."""
        no_parameters(exchange)
        id, now = exchange.ids["id"], self._desk.scorer.now()
        stored = await self._desk.reading.of(lambda reader: _found(reader, id))
        await exchange.answer(200, _encode(recorded(stored, now)))

    async def decisions(self, exchange: Exchange, caller: Caller) -> None:
        """Those that are looked for, newest first."""
        wanted, now = self._wanted(exchange, caller), self._desk.scorer.now()

        def look(reader: LedgerReader) -> bytes:
            page: Page = reader.search(wanted, now)
            found = FoundDecisions(
                decisions=tuple(summary(stored, now) for stored in page.decisions),
                next=cursors.written(page.before),
            )
            return _encode(found)

        await exchange.answer(200, await self._desk.reading.of(look))

    async def explanation(self, exchange: Exchange, caller: Caller) -> None:
        """Why a decision is what it is; for a customer, or for who reviews."""
        language = Parameters(exchange, "language").language()
        id, reviews = exchange.ids["id"], not _REVIEWERS.isdisjoint(caller.scopes)

        def look(reader: LedgerReader) -> bytes:
            stored = _found(reader, id)
            explaining = self._explaining
            analysis = None
            if reviews:
                analysis = explaining.analysis(stored, _before(reader, stored), language)
            explained = Explanation(
                decision_id=stored.id,
                moment=stored.moment,
                outcome=stored.outcome,
                language=language,
                customer_reasons=explaining.customer(stored, language),
                analysis=analysis,
            )
            return _encode(explained)

        await exchange.answer(200, await self._desk.reading.of(look))

    async def replay(self, exchange: Exchange, _caller: Caller) -> None:
        """A decision once more, or as it would have been."""
        no_parameters(exchange)
        body = await self._desk.body(exchange)
        asked, warnings = NewReplay(), list[str]()
        if body:
            exchange.content_type(JSON)
            asked, warnings = self._replay.read(body)
        id = exchange.ids["id"]

        def look(reader: LedgerReader) -> bytes:
            policies: Policies | None = None
            if asked.policies is not None:
                versions = self._desk.scorer.policies.versions
                policies = versions.read(asked.policies.encode(), "what was sent")
            done = self._replayer.replay(_found(reader, id), policies, asked.model)
            made = ReplayedAnswer(
                equal=done.is_equal,
                replayed=msgspec.Raw(done.replayed),
                differences=done.differences,
                notes=(*warnings, *done.notes),
            )
            return _encode(made)

        await exchange.answer(200, await self._desk.reading.of(look))

    def _wanted(self, exchange: Exchange, caller: Caller) -> Wanted:
        sent = Parameters(
            exchange, "customer", "event", "moment", "outcome", "status", "current", "policy",
            "since", "until", "limit", "cursor",
        )  # fmt: skip
        event = sent.text("event")
        status = sent.one_of("status", ("pending", "final"))
        return Wanted(
            customer=sent.text("customer"),
            event=None if event is None else own_id(event, caller.account),
            moment=sent.one_of("moment", tuple(self._desk.scorer.domain.moments)),
            outcome=sent.one_of("outcome", ORDER),
            since=sent.time("since"),
            until=sent.time("until"),
            pending=None if status is None else status == "pending",
            current=sent.truth("current") or None,
            policy=sent.text("policy"),
            before=cursors.read(sent.text("cursor")),
            limit=sent.count("limit", USUAL, MOST),
        )


def _found(reader: LedgerReader, id: str) -> StoredDecision:
    stored = reader.decision(id)
    if stored is None:
        raise NotFound("there is no decision with this id, or its retention has ended")
    return stored


def _before(reader: LedgerReader, stored: StoredDecision) -> StoredDecision | None:
    """The customer's last decision at this moment, about another event."""
    first = stored
    while first.supersedes is not None:
        earlier = reader.decision(first.supersedes)
        if earlier is None:
            break
        first = earlier
    if first.customer is None:
        return None
    wanted = Wanted(customer=first.customer, moment=first.moment, before=first.known_at, limit=1)
    found = reader.search(wanted, 0).decisions
    return found[0] if found else None
