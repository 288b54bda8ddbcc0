"""Overrides and appeals: people disagree with a decision, and it is made again."""

from __future__ import annotations

import msgspec

from features.parsing import Parser
from serving.asking import NewAppeal, NewOverride
from serving.endpoints.desk import REPLAYED, Desk
from serving.endpoints.parameters import Parameters
from serving.endpoints.shelf import PAGED, Shelf
from serving.exchange import Exchange
from serving.gate import Caller
from serving.overriding import Decreed, appeal, override
from serving.reviewing import Appealed, Overridden
from serving.summary import of_decree

_encode = msgspec.json.Encoder().encode


class Overrides:
    """What people decide instead, and what customers have looked at again."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._overrides = Shelf(desk, "override")
        self._override: Parser[NewOverride] = Parser(NewOverride, None)
        self._appeal: Parser[NewAppeal] = Parser(NewAppeal, None)

    async def override(self, exchange: Exchange, caller: Caller) -> None:
        """A person decides instead."""
        sent, asked, warnings = await self._desk.asked(exchange, caller, self._override)
        done = override(self._desk.scorer, sent, asked, caller.scopes)
        made = Overridden(
            override=of_decree(done.decree, done.decree.known_at),
            decision=None if done.answer is None else msgspec.Raw(done.answer),
            warnings=warnings,
        )
        await self._answer(exchange, done, _encode(made))

    async def overrides(self, exchange: Exchange, _caller: Caller) -> None:
        """Those in force, or all that ever were; newest first."""
        await self._overrides.page(exchange, Parameters(exchange, *PAGED))

    async def one_override(self, exchange: Exchange, _caller: Caller) -> None:
        """One, in force or not."""
        await self._overrides.one(exchange)

    async def lift_override(self, exchange: Exchange, caller: Caller) -> None:
        """It holds for nothing that comes later; what was decided stays."""
        await self._overrides.lift(exchange, caller)

    async def appeal(self, exchange: Exchange, caller: Caller) -> None:
        """A customer disagrees."""
        sent, asked, warnings = await self._desk.asked(exchange, caller, self._appeal)
        done = appeal(self._desk.scorer, exchange.ids["id"], sent, asked)
        made = Appealed(
            id=done.decree.id,
            decision=None if done.answer is None else msgspec.Raw(done.answer),
            note=_note(done),
            warnings=warnings,
        )
        await self._answer(exchange, done, _encode(made))

    async def _answer(self, exchange: Exchange, done: Decreed, body: bytes) -> None:
        """Answers what is on disk, and tells of the decision that was made again."""
        await self._desk.durable()
        self._desk.decided_again(done.again)
        await exchange.answer(200, body, headers=REPLAYED if done.replayed else ())


class _Demanded(msgspec.Struct):
    demanded_by: tuple[str, ...] = ()


def _note(done: Decreed) -> str | None:
    """Why an appeal changes nothing."""
    if done.answer is not None:
        return None
    if done.about.outcome == "approve":
        return "the decision approves: there is nothing to look at again"
    sources = msgspec.json.decode(done.about.answer, type=_Demanded).demanded_by
    return f"the decision stands, for no appeal changes what {', '.join(sources)} demands"
