"""Customers: everything about one, the same for the customer to have, and asking about one now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from features.errors import NotFound
from features.facts import Entry
from serving.answer import at
from serving.checkups import Checkups, Question
from serving.customers import Account, CustomerAnswer, EntryPage, exported, page_of
from serving.decrees import Decree
from serving.endpoints import cursors
from serving.endpoints.desk import REPLAYED, Desk, no_parameters
from serving.endpoints.parameters import Parameters
from serving.exchange import NDJSON, Exchange
from serving.gate import Caller
from serving.ledger.protocol import Wanted
from serving.ledger.tables import LedgerReader
from serving.reviewing import Summary, summary
from serving.summary import of_decree, of_entry

_RECENT = 20
_MOST_ENTRIES = 200
_MOST_PENDING = 200

_encode = msgspec.json.Encoder().encode


class Customers:
    """What is on disk about customers, and checkups."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._checkups = Checkups(desk.scorer)

    async def customer(self, exchange: Exchange, _caller: Caller) -> None:
        """Everything about one customer, in short."""
        no_parameters(exchange)
        id, now = exchange.ids["id"], self._desk.scorer.now()
        account = Account()
        async for entries in self._pages(id):
            account.add(entries)
        recent = await self._entries(id, None, _RECENT)
        decisions, pending = await self._desk.reading.of(partial(self._decided, id, now))
        answer = CustomerAnswer(
            id=id,
            first_seen=at(account.first_seen),
            last_seen=at(account.last_seen),
            entries=dict(account.kinds),
            decisions=decisions,
            pending=pending,
            labels=account.labels,
            decrees=[of_decree(decree, now) for decree in self._decrees(id, account)],
            recent=recent.entries,
            next=recent.next,
        )
        await exchange.answer(200, _encode(answer))

    async def customer_entries(self, exchange: Exchange, _caller: Caller) -> None:
        """The entries of a customer, newest first."""
        asked = Parameters(exchange, "limit", "cursor")
        limit, before = asked.count("limit", 50, _MOST_ENTRIES), cursors.read(asked.text("cursor"))
        await exchange.answer(200, _encode(await self._entries(exchange.ids["id"], before, limit)))

    async def customer_export(self, exchange: Exchange, _caller: Caller) -> None:
        """All of it, as the customer may ask to have it."""
        no_parameters(exchange)
        id = exchange.ids["id"]
        lines, reached = await self._exported(id, 0)
        if not reached:
            raise _unknown()
        await exchange.start(200, NDJSON)
        while reached:
            await exchange.part(lines, more=True)
            lines, reached = await self._exported(id, reached)
        await exchange.part(b"", more=False)

    async def checkup(self, exchange: Exchange, caller: Caller) -> None:
        """Decides about a customer as of now."""
        asked = Parameters(exchange, "dry_run", "language", "moment")
        question = Question(
            customer=exchange.ids["id"],
            moment=asked.text("moment"),
            id=exchange.idempotency_key(),
            account=caller.account,
            dry_run=asked.truth("dry_run"),
            language=asked.language(),
        )
        desk = self._desk
        what = f"{exchange.path}\n{question.moment}\n{question.language}"
        scored = self._checkups.ask(question, desk.fingerprint(what.encode()))
        if not question.dry_run:
            await desk.durable()
            desk.decided(scored)
        await exchange.answer(200, scored.body, headers=REPLAYED if scored.replayed else ())

    async def _pages(self, customer: str) -> AsyncIterator[list[Entry]]:
        after, known = 0, False
        while page := await self._desk.reading.of(partial(page_of, customer=customer, after=after)):
            yield page
            after, known = page[-1].known_at, True
        if not known:
            raise _unknown()

    async def _entries(self, customer: str, before: int | None, limit: int) -> EntryPage:
        def look(reader: LedgerReader) -> list[Entry]:
            return reader.newest_of_customer(customer, before, limit + 1)

        found = await self._desk.reading.of(look)
        if not found and before is None:
            raise _unknown()
        page, more = found[:limit], len(found) > limit
        return EntryPage(
            entries=[of_entry(entry) for entry in page],
            next=cursors.written(page[-1].known_at) if more else None,
        )

    def _decided(
        self, customer: str, now: int, reader: LedgerReader
    ) -> tuple[list[Summary], list[Summary]]:
        """The current decision of each moment, and all that wait."""
        current = [
            one
            for moment in self._desk.scorer.domain.moments
            for one in reader.search(
                Wanted(customer=customer, moment=moment, current=True, limit=1), now
            ).decisions
        ]
        waiting = reader.search(
            Wanted(customer=customer, pending=True, limit=_MOST_PENDING), now
        ).decisions
        return (
            [summary(one, now) for one in current],
            [summary(one, now) for one in waiting],
        )

    def _decrees(self, customer: str, account: Account) -> list[Decree]:
        """Those about the customer and about what the customer used, oldest first."""
        decrees = self._desk.scorer.decrees
        found = [*decrees.of_customer(customer), *decrees.on(account.used)]
        return sorted({one.id: one for one in found}.values(), key=lambda one: one.known_at)

    async def _exported(self, customer: str, after: int) -> tuple[bytes, int]:
        return await self._desk.reading.of(partial(exported, customer=customer, after=after))


def _unknown() -> NotFound:
    return NotFound("nothing is known of a customer with this id")
