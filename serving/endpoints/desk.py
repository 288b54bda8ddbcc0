"""The desk: what the endpoints share to read a body, wait for the disk and say what is known."""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import Protocol, TypeVar

from features.events import Ingestible, Label
from features.parsing import Parser
from serving.decreeing import Asked
from serving.errors import Refused, Unconfirmed
from serving.exchange import JSON, Exchange
from serving.gate import Caller
from serving.idempotency import sent_id
from serving.metrics import Metrics
from serving.schema import Accepted, accepted
from serving.scorer import Scorer
from serving.settings import Settings

REPLAYED = ((b"idempotent-replayed", b"true"),)


class _Named(Protocol):
    """A body that may name itself."""

    @property
    def id(self) -> str | None: ...


_Decreed = TypeVar("_Decreed", bound=_Named)


class Desk:
    """One scorer and all that its endpoints need. ``secret`` keys the fingerprints of bodies."""

    def __init__(self, scorer: Scorer, settings: Settings, metrics: Metrics, secret: bytes) -> None:
        self.scorer, self.settings, self.metrics = scorer, settings, metrics
        self._secret = secret
        self._deadline = settings.timeout_ms / 1000

    async def body(self, exchange: Exchange) -> bytes:
        """The body of a request."""
        return await exchange.body(self.settings.max_body_bytes, self.settings.max_body_seconds)

    def learn(self, body: bytes, parser: Parser[Ingestible] | Parser[Label]) -> Accepted:
        """Takes in an event or label; it is on disk after `durable`."""
        event, warnings = parser.read(body)
        done = self.scorer.ingest(event, fingerprint=self.fingerprint(body))
        warnings += done.warnings
        return accepted(done.id, done.known_at, replayed=done.replayed, warnings=warnings)

    async def asked(
        self, exchange: Exchange, caller: Caller, parser: Parser[_Decreed]
    ) -> tuple[_Decreed, Asked, list[str]]:
        """What a person sends to be decreed, and warnings; nobody but the API key owns it yet."""
        no_parameters(exchange)
        exchange.content_type(JSON)
        body = await self.body(exchange)
        sent, warnings = parser.read(body)
        id = sent_id(exchange, sent.id, caller.account)
        fingerprint = self.fingerprint(exchange.path.encode() + b"\n" + body)
        return sent, Asked(id, fingerprint, caller.name), warnings

    async def durable(self) -> None:
        """Returns when everything recorded so far is on disk.

        Raises `Unavailable` where it is lost and `Unconfirmed` where the disk takes too long.
        """
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._deadline):
                await self.scorer.ledger.durable()
        except TimeoutError:
            raise Unconfirmed(
                "the disk did not answer in time: send it again with the same id"
            ) from None
        finally:
            self.metrics.ledger_wait.observe(time.perf_counter() - started)

    def fingerprint(self, body: bytes) -> bytes:
        """By which the same body is known again."""
        return hashlib.blake2b(body, digest_size=16, key=self._secret).digest()


def no_parameters(exchange: Exchange) -> None:
    """Raises `Refused` where the address carries parameters that nobody reads."""
    if exchange.query():
        raise Refused("invalid_query", "this address takes no parameters")
