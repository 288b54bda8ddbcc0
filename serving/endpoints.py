"""The endpoints under /v1: read the body, let the scorer take its step, wait for the disk, answer.

Nothing is recorded where the answer is a 4xx.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time

import msgspec

from features.errors import NotFound, Unavailable, VouchError
from features.events import Ingestible, Label, Scorable
from features.parsing import Parser
from serving.errors import Refused, Unconfirmed
from serving.exchange import JSON, NDJSON, Exchange
from serving.log import places
from serving.metrics import Metrics
from serving.schema import Accepted, Line, Recorded, accepted
from serving.scorer import Scorer
from serving.settings import Settings

_REPLAYED = ((b"idempotent-replayed", b"true"),)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_LINES_AT_ONCE = 64
_LOG = logging.getLogger("vouch")


class Endpoints:
    """One scorer behind HTTP. ``secret`` keys the fingerprints of bodies."""

    def __init__(self, scorer: Scorer, settings: Settings, metrics: Metrics, secret: bytes) -> None:
        self._scorer, self._settings, self._metrics = scorer, settings, metrics
        self._secret = secret
        self._deadline = settings.timeout_ms / 1000
        self._scorable: Parser[Scorable] = Parser(Scorable, scorer.domain)
        self._ingestible: Parser[Ingestible] = Parser(Ingestible, scorer.domain)
        self._label: Parser[Label] = Parser(Label, scorer.domain)

    async def score(self, exchange: Exchange) -> None:
        """POST /v1/score"""
        dry_run = _dry_run(exchange)
        exchange.content_type(JSON)
        body = await self._body(exchange)
        event, warnings = self._scorable.read(body)
        scored = self._scorer.score(
            event, fingerprint=self._fingerprint(body), warnings=warnings, dry_run=dry_run
        )
        if not dry_run:
            await self._durable()
            if not scored.replayed:
                self._metrics.decided(
                    scored.outcome, scored.mode, scored.policies, explored=scored.explored
                )
        await exchange.answer(200, scored.body, headers=_REPLAYED if scored.replayed else ())

    async def events(self, exchange: Exchange) -> None:
        """POST /v1/events"""
        _no_parameters(exchange)
        if exchange.content_type(JSON, NDJSON) == NDJSON:
            await self._stream(exchange)
        else:
            await self._one(exchange, self._ingestible)

    async def labels(self, exchange: Exchange) -> None:
        """POST /v1/labels"""
        _no_parameters(exchange)
        exchange.content_type(JSON)
        await self._one(exchange, self._label)

    async def decision(self, exchange: Exchange, decision_id: str) -> None:
        """GET /v1/decisions/{id}"""
        _no_parameters(exchange)
        stored = self._scorer.ledger.decision(decision_id)
        if stored is None:
            raise NotFound("there is no decision with this id, or its retention has ended")
        kept = Recorded(answer=msgspec.Raw(stored.answer), record=msgspec.Raw(stored.record))
        await exchange.answer(200, msgspec.json.encode(kept))

    async def _one(self, exchange: Exchange, parser: Parser[Ingestible] | Parser[Label]) -> None:
        body = await self._body(exchange)
        done = self._learn(body, parser)
        await self._durable()
        await exchange.answer(
            200, msgspec.json.encode(done), headers=_REPLAYED if done.replayed else ()
        )

    async def _body(self, exchange: Exchange) -> bytes:
        return await exchange.body(self._settings.max_body_bytes, self._settings.max_body_seconds)

    def _learn(self, body: bytes, parser: Parser[Ingestible] | Parser[Label]) -> Accepted:
        event, warnings = parser.read(body)
        done = self._scorer.ingest(event, fingerprint=self._fingerprint(body))
        warnings += done.warnings
        return accepted(done.id, done.known_at, replayed=done.replayed, warnings=warnings)

    async def _stream(self, exchange: Exchange) -> None:
        """Answers line by line; a bad line does not stop the rest, a failing disk does."""
        settings = self._settings
        body = await exchange.body(settings.max_stream_bytes, settings.max_stream_seconds)
        lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
        if len(lines) > settings.max_stream_lines:
            raise Refused(
                "too_large", f"a stream may have {settings.max_stream_lines} lines at most"
            )
        await exchange.start(200, NDJSON)
        for first in range(0, len(lines), _LINES_AT_ONCE):
            group = lines[first : first + _LINES_AT_ONCE]
            results = [self._line(number, line) for number, line in group]
            try:
                await self._durable()
            except Unavailable as error:
                results = [_failed(result, error) for result in results]
                await exchange.part(_lines(results), more=False)
                return
            await exchange.part(_lines(results), more=True)
            await asyncio.sleep(0)  # others wait, too
        await exchange.part(b"", more=False)

    def _line(self, number: int, line: bytes) -> Line:
        try:
            if len(line) > self._settings.max_body_bytes:
                raise Refused("too_large", "the line is larger than a body may be")
            done = self._learn(line, self._ingestible)
        except VouchError as error:
            return Line.refused(number, error)
        except Exception as error:  # the edge of a line: the others have theirs
            _LOG.error("line %d of a stream failed: %s", number, places(error))
            return Line.refused(number, VouchError("an error of Vouch: its log tells more"))
        return Line.recorded(number, done)

    async def _durable(self) -> None:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline):
                await self._scorer.ledger.durable()
        except TimeoutError:
            raise Unconfirmed(
                "the disk did not answer in time: send it again with the same id"
            ) from None
        finally:
            self._metrics.ledger_wait.observe(time.perf_counter() - started)

    def _fingerprint(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, digest_size=16, key=self._secret).digest()


def _dry_run(exchange: Exchange) -> bool:
    query = exchange.query()
    sent = query.pop("dry_run", "false")
    if query or sent not in _TRUTH:
        raise Refused("invalid_query", "the only parameter is `dry_run`, which is true or false")
    return _TRUTH[sent]


def _no_parameters(exchange: Exchange) -> None:
    if exchange.query():
        raise Refused("invalid_query", "this address takes no parameters")


def _failed(result: Line, error: Unavailable) -> Line:
    return result if result.status == "refused" else Line.refused(result.line, error)


def _lines(results: list[Line]) -> bytes:
    return b"".join(msgspec.json.encode(result) + b"\n" for result in results)
