"""Learning: events and labels are taken in, one by one or as a stream, and nothing is decided."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from features.errors import Unavailable, VouchError
from features.events import Ingestible, Label
from features.parsing import Parser
from serving.endpoints.desk import REPLAYED, Desk, no_parameters
from serving.errors import Refused
from serving.exchange import JSON, NDJSON, Exchange
from serving.gate import Caller
from serving.log import places
from serving.redeciding import Again
from serving.schema import Line

_LINES_AT_ONCE = 64
_LOG = logging.getLogger("vouch")


class Learning:
    """What happened, and what turned out to be true."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ingestible: Parser[Ingestible] = Parser(Ingestible, desk.scorer.domain)
        self._label: Parser[Label] = Parser(Label, desk.scorer.domain)

    async def events(self, exchange: Exchange, caller: Caller) -> None:
        """One event, or a stream of them."""
        no_parameters(exchange)
        if exchange.content_type(JSON, NDJSON) == NDJSON:
            await self._stream(exchange, caller)
        else:
            await self._one(exchange, caller, self._ingestible)

    async def labels(self, exchange: Exchange, caller: Caller) -> None:
        """One label."""
        no_parameters(exchange)
        exchange.content_type(JSON)
        await self._one(exchange, caller, self._label)

    async def _one(
        self, exchange: Exchange, caller: Caller, parser: Parser[Ingestible] | Parser[Label]
    ) -> None:
        body = await self._desk.identified(exchange)
        done, again = self._desk.learn(body, parser, caller.account)
        await self._desk.durable()
        self._desk.decided_again(again)
        await exchange.answer(
            200, msgspec.json.encode(done), headers=REPLAYED if done.replayed else ()
        )

    async def _stream(self, exchange: Exchange, caller: Caller) -> None:
        """Answers line by line; a bad line does not stop the rest, a failing disk does."""
        settings = self._desk.settings
        if exchange.idempotency_key() is not None:
            raise Refused(
                "invalid_idempotency_key", "every line of a stream has its id: send no other"
            )
        body = await exchange.body(settings.max_stream_bytes, settings.max_stream_seconds)
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        if len(lines) > settings.max_stream_lines:
            raise Refused(
                "too_large", f"a stream may have {settings.max_stream_lines} lines at most"
            )
        await exchange.start(200, NDJSON)
        for first in range(0, len(lines), _LINES_AT_ONCE):
            group = lines[first : first + _LINES_AT_ONCE]
            again: list[Again] = []
            results = [self._line(number, line, caller.account, again) for number, line in group]
            try:
                await self._desk.durable()
            except Unavailable as error:
                results = [_failed(result, error) for result in results]
                await exchange.part(_lines(results), more=False)
                return
            self._desk.decided_again(again)
            await exchange.part(_lines(results), more=True)
            await asyncio.sleep(0)  # others wait, too
        await exchange.part(b"", more=False)

    def _line(self, number: int, line: bytes, account: str, again: list[Again]) -> Line:
        try:
            if len(line) > self._desk.settings.max_body_bytes:
                raise Refused("too_large", "the line is larger than a body may be")
            done, changed = self._desk.learn(line, self._ingestible, account)
            again += changed
        except VouchError as error:
            return Line.refused(number, error)
        except Exception as error:  # the edge of a line: the others have theirs
            _LOG.error("line %d of a stream failed: %s", number, places(error))
            return Line.refused(number, VouchError("an error of Vouch: its log tells more"))
        return Line.recorded(number, done)


def _failed(result: Line, error: Unavailable) -> Line:
    return result if result.status == "refused" else Line.refused(result.line, error)


def _lines(results: list[Line]) -> bytes:
    return b"".join(msgspec.json.encode(result) + b"\n" for result in results)
