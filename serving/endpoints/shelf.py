"""The shelf of a kind of decree: list entries, snoozes or overrides, read and lifted."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import msgspec

from serving.decreeing import found, lift
from serving.decrees import Decree
from serving.endpoints import cursors
from serving.endpoints.desk import Desk, no_parameters
from serving.endpoints.parameters import Parameters
from serving.exchange import Exchange
from serving.gate import Caller
from serving.summary import DecreePage, of_decree

USUAL, MOST = 50, 200
#: The parameters that a page is asked for with.
PAGED = ("past", "limit", "cursor")

_encode = msgspec.json.Encoder().encode


class Shelf:
    """The decrees of one kind."""

    def __init__(self, desk: Desk, kind: str) -> None:
        self._desk, self._kind = desk, kind

    async def page(
        self,
        exchange: Exchange,
        asked: Parameters,
        is_wanted: Callable[[Decree], bool] = lambda _: True,
    ) -> None:
        """Those in force that are wanted, or all that ever were; newest first."""
        limit, before = asked.count("limit", USUAL, MOST), cursors.read(asked.text("cursor"))
        past = asked.truth("past")
        await self._desk.durable()
        now = self._desk.scorer.now()
        known = self._desk.scorer.decrees.newest(self._kind, before)
        wanted = (one for one in known if (past or one.in_force(now)) and is_wanted(one))
        page = list(islice(wanted, limit + 1))
        answer = DecreePage(
            entries=[of_decree(one, now) for one in page[:limit]],
            next=cursors.written(page[limit - 1].known_at) if len(page) > limit else None,
        )
        await exchange.answer(200, _encode(answer))

    async def one(self, exchange: Exchange) -> None:
        """One, in force or not."""
        no_parameters(exchange)
        await self._desk.durable()
        scorer = self._desk.scorer
        decree = found(scorer, self._kind, exchange.ids["id"])
        await exchange.answer(200, _encode(of_decree(decree, scorer.now())))

    async def lift(self, exchange: Exchange, caller: Caller) -> None:
        """It says nothing from now on; what was decided stays."""
        no_parameters(exchange)
        scorer = self._desk.scorer
        decree = lift(scorer, self._kind, exchange.ids["id"], caller.name)
        await self._desk.durable()
        await exchange.answer(200, _encode(of_decree(decree, scorer.now())))
