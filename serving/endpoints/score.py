"""Scoring: an event is recorded, decided about and answered."""

from __future__ import annotations

from features.events import Scorable
from features.parsing import Parser
from serving.endpoints.desk import REPLAYED, Desk
from serving.errors import Refused
from serving.exchange import JSON, Exchange
from serving.gate import Caller

_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class Score:
    """Decides about what is asked now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scorable: Parser[Scorable] = Parser(Scorable, desk.scorer.domain)

    async def score(self, exchange: Exchange, _caller: Caller) -> None:
        """One sign-up or payment."""
        desk, dry_run = self._desk, _dry_run(exchange)
        exchange.content_type(JSON)
        body = await desk.identified(exchange)
        event, warnings = self._scorable.read(body)
        scored = desk.scorer.score(
            event, fingerprint=desk.fingerprint(body), warnings=warnings, dry_run=dry_run
        )
        if not dry_run:
            await desk.durable()
            if not scored.replayed:
                desk.metrics.decided(
                    scored.outcome, scored.mode, scored.policies, explored=scored.explored
                )
        await exchange.answer(200, scored.body, headers=REPLAYED if scored.replayed else ())


def _dry_run(exchange: Exchange) -> bool:
    query = exchange.query()
    sent = query.pop("dry_run", "false")
    if query or sent not in _TRUTH:
        raise Refused("invalid_query", "the only parameter is `dry_run`, which is true or false")
    return _TRUTH[sent]
