"""Lists: what lets pass, blocks or is watched, whoever sends it; and whose policies are silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import msgspec

from features.parsing import Parser
from serving.decreeing import Asked, found, sent_before
from serving.decrees import Decree, ListName
from serving.endpoints.desk import REPLAYED, Desk, no_parameters
from serving.endpoints.parameters import Parameters
from serving.endpoints.shelf import PAGED, Shelf
from serving.errors import Refused
from serving.exchange import JSON, Exchange
from serving.gate import Caller
from serving.listing import NewListing, NewSnooze, Sought, fields_of, listing, snooze, token_of
from serving.scorer import Scorer
from serving.summary import Matched, of_decree

_LISTS: tuple[ListName, ...] = get_args(ListName)

_encode = msgspec.json.Encoder().encode


class Lists:
    """List entries and snoozes: written, read, and lifted before they end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listings, self._snoozes = Shelf(desk, "listing"), Shelf(desk, "snooze")
        self._listing: Parser[NewListing] = Parser(NewListing, None)
        self._snooze: Parser[NewSnooze] = Parser(NewSnooze, None)
        self._sought: Parser[Sought] = Parser(Sought, None)

    async def listing(self, exchange: Exchange, caller: Caller) -> None:
        """A value stands on a list from now on."""
        sent, asked, warnings = await self._desk.asked(exchange, caller, self._listing)
        if sent.list == "allow" and "review" not in caller.scopes:
            raise Refused("forbidden", "the allow list needs an API key with the scope `review`")
        await self._write(exchange, asked, warnings, lambda scorer: listing(scorer, sent, asked))

    async def listings(self, exchange: Exchange, _caller: Caller) -> None:
        """What stands on the lists, or ever did; newest first."""
        asked = Parameters(exchange, "list", "field", *PAGED)
        name = asked.one_of("list", _LISTS)
        field = asked.one_of("field", fields_of(self._desk.scorer.domain))
        await self._listings.page(
            exchange,
            asked,
            lambda one: name in (None, one.list_name) and field in (None, one.list_field),
        )

    async def one_listing(self, exchange: Exchange, _caller: Caller) -> None:
        """One list entry, in force or not."""
        await self._listings.one(exchange)

    async def lift_listing(self, exchange: Exchange, caller: Caller) -> None:
        """It stands there no more."""
        decree = found(self._desk.scorer, "listing", exchange.ids["id"])
        if decree.list_name == "allow" and "review" not in caller.scopes:
            raise Refused("forbidden", "the allow list needs an API key with the scope `review`")
        await self._listings.lift(exchange, caller)

    async def match_lists(self, exchange: Exchange, _caller: Caller) -> None:
        """The lists that a value stands on."""
        no_parameters(exchange)
        exchange.content_type(JSON)
        sent, warnings = self._sought.read(await self._desk.body(exchange))
        scorer = self._desk.scorer
        now = scorer.now()
        on = scorer.decrees.on([token_of(scorer, sent.field, sent.value)])
        entries = [of_decree(one, now) for one in on if one.in_force(now)]
        lists = [name for name in _LISTS if name in {one.list for one in entries}]
        await self._desk.durable()
        answer = Matched(lists=lists, entries=entries, warnings=warnings)
        await exchange.answer(200, _encode(answer))

    async def snooze(self, exchange: Exchange, caller: Caller) -> None:
        """A policy is silent for a customer from now on."""
        sent, asked, warnings = await self._desk.asked(exchange, caller, self._snooze)
        await self._write(exchange, asked, warnings, lambda scorer: snooze(scorer, sent, asked))

    async def snoozes(self, exchange: Exchange, _caller: Caller) -> None:
        """Which policies are silent for whom, or ever were; newest first."""
        asked = Parameters(exchange, "customer", "policy", *PAGED)
        customer, policy = asked.text("customer"), asked.text("policy")
        await self._snoozes.page(
            exchange,
            asked,
            lambda one: customer in (None, one.customer) and policy in (None, one.policy),
        )

    async def one_snooze(self, exchange: Exchange, _caller: Caller) -> None:
        """One snooze, in force or not."""
        await self._snoozes.one(exchange)

    async def lift_snooze(self, exchange: Exchange, caller: Caller) -> None:
        """The policy speaks again."""
        await self._snoozes.lift(exchange, caller)

    async def _write(
        self,
        exchange: Exchange,
        asked: Asked,
        warnings: list[str],
        decree: Callable[[Scorer], Decree],
    ) -> None:
        """Decrees what was not decreed before, and answers when it is on disk."""
        scorer = self._desk.scorer
        before = sent_before(scorer, asked)
        made = decree(scorer) if before is None else before
        await self._desk.durable()
        shown = msgspec.structs.replace(of_decree(made, made.known_at), warnings=tuple(warnings))
        await exchange.answer(200, _encode(shown), headers=() if before is None else REPLAYED)
