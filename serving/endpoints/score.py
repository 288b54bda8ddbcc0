"""Scoring: events are recorded, decided about and answered, one alone or many at once."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

import msgspec

from features import repeated
from features.decide.texts import Language
from features.errors import InvalidInput, Unavailable, VouchError
from features.events import Scorable
from features.nesting import MOST_LEVELS, is_too_deep
from features.parsing import Parser, as_invalid_input
from serving.endpoints.desk import REPLAYED, Desk
from serving.endpoints.parameters import Parameters
from serving.errors import Refused, problem
from serving.exchange import JSON, Exchange
from serving.gate import Caller
from serving.log import places
from serving.received import Scored
from serving.schema import DecidedEvent, EventBatch, RefusedEvent

_AT_ONCE = 16  # events that are decided before others have their turn
_LOG = logging.getLogger("vouch")

_Results = list[DecidedEvent | RefusedEvent]
_encode = msgspec.json.Encoder().encode
_batch = msgspec.json.Decoder(EventBatch).decode


class _How(NamedTuple):
    """How it is asked, alike for one event and for many."""

    account: str
    language: Language
    dry_run: bool


class Score:
    """Decides about what is asked now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scorable: Parser[Scorable] = Parser(Scorable, desk.scorer.domain)

    async def score(self, exchange: Exchange, caller: Caller) -> None:
        """One sign-up or payment."""
        how = _how(exchange, caller)
        exchange.content_type(JSON)
        scored = self._decide(await self._desk.identified(exchange), how)
        if not how.dry_run:
            await self._desk.durable()
            self._desk.decided(scored)
        await exchange.answer(200, scored.body, headers=REPLAYED if scored.replayed else ())

    async def score_batch(self, exchange: Exchange, caller: Caller) -> None:
        """Many of them, each with an answer or a problem of its own."""
        settings = self._desk.settings
        how = _how(exchange, caller)
        exchange.content_type(JSON)
        if exchange.idempotency_key() is not None:
            raise Refused(
                "invalid_idempotency_key", "every event of a batch has its id: send no other"
            )
        body = await exchange.body(settings.max_stream_bytes, settings.max_stream_seconds)
        events = _events(body)
        if len(events) > settings.max_batch:
            raise Refused("too_large", f"a batch may have {settings.max_batch} events at most")
        waiting = []
        async with asyncio.TaskGroup() as group:
            for first in range(0, len(events), _AT_ONCE):
                numbered = enumerate(events[first : first + _AT_ONCE], first)
                done = [self._one(exchange, number, event, how) for number, event in numbered]
                waiting.append(group.create_task(self._on_disk(exchange, done, how)))
                await asyncio.sleep(0)  # waits for the disk from here on; others have their turn
        results = [result for task in waiting for result in task.result()]
        await exchange.answer(200, _encode({"results": results}))

    def _decide(self, body: bytes, how: _How) -> Scored:
        event, warnings = self._scorable.read(body)
        return self._desk.scorer.score(
            event,
            fingerprint=self._desk.fingerprint(body),
            warnings=warnings,
            dry_run=how.dry_run,
            account=how.account,
            language=how.language,
        )

    def _one(
        self, exchange: Exchange, number: int, event: msgspec.Raw, how: _How
    ) -> Scored | VouchError:
        """What becomes of one event of a batch; a bad one does not stop the others."""
        body = bytes(event)
        try:
            if len(body) > self._desk.settings.max_body_bytes:
                raise Refused("too_large", "the event is larger than a body may be")
            return self._decide(body, how)
        except InvalidInput as error:
            error.pointer = f"/events/{number}{error.pointer}"
            return error
        except VouchError as error:
            return error
        except Exception as error:  # the edge of an event: the others have theirs
            _LOG.error("event %d of %s failed: %s", number, exchange.request_id, places(error))
            return VouchError("an error of Vouch: its log tells more")

    async def _on_disk(
        self, exchange: Exchange, done: list[Scored | VouchError], how: _How
    ) -> _Results:
        """The results of a slice; where the disk fails, nothing in it was decided."""
        lost: Unavailable | None = None
        if not how.dry_run:
            try:
                await self._desk.durable()
            except Unavailable as error:
                lost = error
        results: _Results = []
        for one in done:
            failed = one if isinstance(one, VouchError) else lost
            if isinstance(one, Scored) and failed is None:
                if not how.dry_run:
                    self._desk.decided(one)
                results.append(DecidedEvent(answer=msgspec.Raw(one.body), replayed=one.replayed))
            elif failed is not None:
                told = problem(failed, exchange.request_id)
                results.append(RefusedEvent(status=told.status, problem=told))
        return results


def _how(exchange: Exchange, caller: Caller) -> _How:
    parameters = Parameters(exchange, "dry_run", "language")
    return _How(caller.account, parameters.language(), parameters.truth("dry_run"))


def _events(body: bytes) -> list[msgspec.Raw]:
    """The events of a batch, each as it was sent."""
    if is_too_deep(body):
        raise InvalidInput(f"the body is nested more than {MOST_LEVELS} levels deep")
    try:
        events = _batch(body).events
    except msgspec.ValidationError as error:
        raise as_invalid_input(error, EventBatch) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InvalidInput("the body is not valid JSON") from None
    if repeated.beside(body, map(bytes, events)) > 1:
        raise InvalidInput("a field is there twice in one object: send it once", "/events")
    return events
