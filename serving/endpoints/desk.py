"""The desk: what the endpoints share to read a body, wait for the disk and say what is known."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable
from typing import Any, NamedTuple, Protocol, TypeVar

import msgspec

from features.events import Ingestible, Label
from features.nesting import is_too_deep
from features.parsing import Parser
from serving.decreeing import Asked, asked
from serving.errors import Refused, Unconfirmed
from serving.exchange import JSON, Exchange
from serving.gate import Caller
from serving.metrics import Metrics
from serving.opening import OpenScorer
from serving.reading import Reading
from serving.received import Scored
from serving.redeciding import Again
from serving.schema import Accepted, accepted
from serving.settings import Settings

REPLAYED = ((b"idempotent-replayed", b"true"),)


class _Named(Protocol):
    """A body that may name itself."""

    @property
    def id(self) -> str | None: ...


_Decreed = TypeVar("_Decreed", bound=_Named)


class Learned(NamedTuple):
    """What is answered to an event or label, and the decisions made again because of it."""

    accepted: Accepted
    again: tuple[Again, ...]


class Desk:
    """One scorer and all that its endpoints need. ``secret`` keys the fingerprints of bodies."""

    def __init__(
        self, scorer: OpenScorer, settings: Settings, metrics: Metrics, secret: bytes
    ) -> None:
        self.scorer, self.settings, self.metrics = scorer, settings, metrics
        self.reading = Reading(settings.home)
        self._secret = secret
        self._deadline = settings.timeout_ms / 1000

    async def body(self, exchange: Exchange) -> bytes:
        """The body of a request."""
        return await exchange.body(self.settings.max_body_bytes, self.settings.max_body_seconds)

    async def identified(self, exchange: Exchange) -> bytes:
        """The body of a request that has an id, or an idempotency key that stands in for it.

        Raises `Refused` where both are there and differ.
        """
        name = exchange.idempotency_key()
        body = await self.body(exchange)
        return body if name is None else _with_id(body, name)

    def learn(
        self, body: bytes, parser: Parser[Ingestible] | Parser[Label], account: str
    ) -> Learned:
        """Takes in an event or label of an account; it is on disk after `durable`."""
        event, warnings = parser.read(body)
        done = self.scorer.ingest(event, fingerprint=self.fingerprint(body), account=account)
        warnings += done.warnings
        told = accepted(done.id, done.known_at, replayed=done.replayed, warnings=warnings)
        return Learned(told, done.again)

    async def asked(
        self, exchange: Exchange, caller: Caller, parser: Parser[_Decreed]
    ) -> tuple[_Decreed, Asked, list[str]]:
        """What a person sends to be decreed, and warnings; nobody but the API key owns it yet."""
        no_parameters(exchange)
        exchange.content_type(JSON)
        body = await self.identified(exchange)
        sent, warnings = parser.read(body)
        fingerprint = self.fingerprint(exchange.path.encode() + b"\n" + body)
        return sent, asked(sent.id, caller.account, fingerprint, caller.name), warnings

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

    def decided(self, scored: Scored) -> None:
        """Counts a decision that is on disk, if it was made just now."""
        if not scored.replayed:
            self.metrics.decided(
                scored.outcome, scored.mode, scored.policies, explored=scored.explored
            )

    def decided_again(self, again: Iterable[Again]) -> None:
        """Tells of decisions that were made again and are on disk."""
        outcomes = [one.outcome for one in again]
        self.metrics.decided_again(outcomes)
        if outcomes:
            self.scorer.on_change()

    def fingerprint(self, body: bytes) -> bytes:
        """By which the same body is known again."""
        return hashlib.blake2b(body, digest_size=16, key=self._secret).digest()


class _Identified(msgspec.Struct):
    id: Any = msgspec.UNSET


def _with_id(body: bytes, name: str) -> bytes:
    """A body under an id; what cannot be read is left as it is, for who reads it next."""
    if is_too_deep(body):
        return body
    try:
        sent = msgspec.json.decode(body, type=_Identified).id
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return body
    if sent is msgspec.UNSET:
        head, _, rest = body.partition(b"{")
        comma = b"" if rest.lstrip().startswith(b"}") else b","
        return b"".join((head, b'{"id":', msgspec.json.encode(name), comma, rest))
    if isinstance(sent, str) and sent != name:
        raise Refused(
            "idempotency_mismatch",
            "the idempotency key and the id of the body differ: send one of them",
        )
    return body


def no_parameters(exchange: Exchange) -> None:
    """Raises `Refused` where the address carries parameters that nobody reads."""
    if exchange.query():
        raise Refused("invalid_query", "this address takes no parameters")
