"""The desk: what the endpoints share to read a body, wait for the disk and say what is known."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from typing import NamedTuple

from features.events import Ingestible, Label
from features.parsing import Parser
from serving.errors import Refused, Unconfirmed
from serving.exchange import Exchange
from serving.metrics import Metrics
from serving.redeciding import Again
from serving.schema import Accepted, accepted
from serving.scorer import Scorer
from serving.settings import Settings

REPLAYED = ((b"idempotent-replayed", b"true"),)


class Learned(NamedTuple):
    """What is answered to an event or label, and the decisions made again because of it."""

    accepted: Accepted
    again: tuple[Again, ...]


class Desk:
    """One scorer and all that its endpoints need. ``secret`` keys the fingerprints of bodies."""

    def __init__(self, scorer: Scorer, settings: Settings, metrics: Metrics, secret: bytes) -> None:
        self.scorer, self.settings, self.metrics = scorer, settings, metrics
        self._secret = secret
        self._deadline = settings.timeout_ms / 1000

    async def body(self, exchange: Exchange) -> bytes:
        """The body of a request."""
        return await exchange.body(self.settings.max_body_bytes, self.settings.max_body_seconds)

    def learn(
        self, body: bytes, parser: Parser[Ingestible] | Parser[Label], account: str
    ) -> Learned:
        """Takes in an event or label of an account; it is on disk after `durable`."""
        event, warnings = parser.read(body)
        done = self.scorer.ingest(event, fingerprint=self.fingerprint(body), account=account)
        warnings += done.warnings
        told = accepted(done.id, done.known_at, replayed=done.replayed, warnings=warnings)
        return Learned(told, done.again)

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

    def decided_again(self, again: Iterable[Again]) -> None:
        """Tells of decisions that were made again and are on disk."""
        outcomes = [one.outcome for one in again]
        self.metrics.decided_again(outcomes)
        if outcomes:
            self.scorer.on_change()

    def fingerprint(self, body: bytes) -> bytes:
        """By which the same body is known again."""
        return hashlib.blake2b(body, digest_size=16, key=self._secret).digest()


def no_parameters(exchange: Exchange) -> None:
    """Raises `Refused` where the address carries parameters that nobody reads."""
    if exchange.query():
        raise Refused("invalid_query", "this address takes no parameters")
