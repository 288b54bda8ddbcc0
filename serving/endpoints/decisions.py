"""Decisions: what was answered, to be read again."""

from __future__ import annotations

import msgspec

from features.errors import NotFound
from serving.endpoints.desk import Desk, no_parameters
from serving.exchange import Exchange
from serving.gate import Caller
from serving.schema import Recorded


class Decisions:
    """The decisions that are on disk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def decision(self, exchange: Exchange, _caller: Caller) -> None:
        """One decision with all it was made of."""
        no_parameters(exchange)
        stored = self._desk.scorer.ledger.decision(exchange.ids["id"])
        if stored is None:
            raise NotFound("there is no decision with this id, or its retention has ended")
        kept = Recorded(answer=msgspec.Raw(stored.answer), record=msgspec.Raw(stored.record))
        await exchange.answer(200, msgspec.json.encode(kept))
