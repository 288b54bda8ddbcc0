"""Delivery: follows the ledger in a thread of its own and brings its changes to the receiver.

Scoring never waits for it, and `Webhooks.wake` costs it microseconds. A message that is refused
waits by itself; where the receiver is down all wait, and one at a time tries whether it is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import httpx

from features.errors import VouchError
from serving.log import places
from serving.metrics import Figure
from serving.webhooks.message import Changed
from serving.webhooks.outbox import MOST_WAITING, Failed, Message, Outbox
from serving.webhooks.receiver import Receiver, Reply
from serving.webhooks.secret import Secrets
from serving.webhooks.signature import ID, SIGNATURE, TIMESTAMP, sign

_AT_ONCE = 8
_PAGE = 500
_LOG = logging.getLogger("vouch")

#: What superseded another decision after a place of the ledger, on disk, in order.
Source = Callable[[int], Iterator[Changed]]


@dataclass(frozen=True)
class Pace:
    """How long to wait, in seconds."""

    first: float = 5.0
    longest: float = 3600.0
    give_up: float = 3 * 86_400.0
    probe: float = 300.0  # at the longest between two tries whether the receiver is back
    timeout: float = 5.0
    poll: float = 5.0

    def after(self, attempts: int, longest: float) -> float:
        """The wait after so many failures in a row: doubled each time, and spread a little."""
        spread = 0.8 + 0.4 * secrets.randbelow(1001) / 1000
        return min(self.first * 2.0 ** min(attempts - 1, 30) * spread, longest)


class Webhooks:
    """Sends what ``source`` tells, from now until `close`.

    ``begin`` is the place in the ledger after which a home that never sent any begins.
    Raises `SetupError` for a URL that may not be sent to. `sent`, `failed` (attempts since the
    start), `waiting` and `given_up` (messages now) are for the metrics.
    """

    def __init__(
        self,
        home: Path,
        url: str,
        hosts: str,
        source: Source,
        *,
        begin: int = 0,
        pace: Pace | None = None,
    ) -> None:
        self._pace = pace or Pace()
        self._receiver = Receiver(url, hosts, self._pace.timeout)
        self._mark = hashlib.sha256(url.encode()).hexdigest()
        self._source, self._secrets = source, Secrets(home)
        self._secrets.read(create=True)
        self._outbox = Outbox(home, begin)
        self.sent = self.failed = self.waiting = self.given_up = 0
        self._problem = self._trouble = ""
        self._silences, self._resumes = 0, 0.0
        self._loop = asyncio.new_event_loop()
        self._awake = asyncio.Event()
        self._following = self._loop.create_task(self._follow())
        self._thread = threading.Thread(target=self._run, name="vouch-webhooks", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why the receiver does not learn what it should; empty if it does."""
        return self._trouble or self._problem

    def figures(self) -> tuple[Figure, ...]:
        """What operators watch."""
        return (
            Figure("vouch_webhooks_sent_total", "counter", "Webhooks that were taken.", self.sent),
            Figure("vouch_webhooks_failed_total", "counter", "Attempts that failed.", self.failed),
            Figure("vouch_webhooks_waiting", "gauge", "Webhooks that wait.", self.waiting),
            Figure(
                "vouch_webhooks_given_up", "gauge", "Webhooks that were given up.", self.given_up
            ),
        )

    def wake(self) -> None:
        """Makes it look at once, after a decision that superseded another one is on disk.

        From any thread; each call costs a look at the ledger, in the thread of the webhooks.
        """
        with suppress(RuntimeError):  # closed meanwhile
            self._loop.call_soon_threadsafe(self._awake.set)

    def close(self) -> None:
        """Stops; what is under way is sent again at the next start. Again does nothing."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._following.cancel)
        self._thread.join()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._following)
        self._loop.close()
        self._outbox.close()

    async def _follow(self) -> None:
        async with self._receiver.client() as client:
            while True:
                self._awake.clear()
                try:
                    wait = await self._round(client)
                    self._trouble = ""
                except VouchError as error:
                    self._trouble, wait = f"webhooks wait: {error.message}", self._pace.poll
                except Exception as error:  # the edge of the thread: it must not die in silence
                    _LOG.error("webhooks failed: %s", places(error))
                    self._trouble, wait = "webhooks wait: the log tells more", self._pace.poll
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._awake.wait()

    async def _round(self, client: httpx.AsyncClient) -> float:
        """Takes in what has changed and sends what is due; returns how long nothing is."""
        if self._outbox.gone == self._mark:
            self._problem = (
                "the receiver of webhooks wants no more (it answered 410): "
                "`vouch webhooks retry` begins again"
            )
            return self._pace.poll
        while True:
            self._take()
            if (pause := self._resumes - time.monotonic()) > 0:
                return min(pause, self._pace.poll)
            now = time.time()
            messages = self._outbox.next(1 if self._silences else _AT_ONCE)
            due = [message for message in messages if message.due <= now]
            if not due:
                soonest = messages[0].due - now if messages else self._pace.poll
                return min(soonest, self._pace.poll)
            replies = await self._send(client, due)
            self._settle(list(zip(due, replies, strict=True)))
            if any(reply.gone for reply in replies):
                self._outbox.leave(self._mark)
                return 0.0

    def _take(self) -> None:
        if self.waiting < MOST_WAITING:
            self._outbox.take(islice(self._source(self._outbox.place), _PAGE), time.time())
        standing = self._outbox.standing()
        self.waiting, self.given_up = standing.waiting, standing.given_up

    async def _send(self, client: httpx.AsyncClient, due: list[Message]) -> list[Reply]:
        secrets, second = self._secrets.read(), int(time.time())
        return await asyncio.gather(
            *(
                self._receiver.post(client, signed(secrets, one.id, second, one.body), one.body)
                for one in due
            )
        )

    def _settle(self, results: list[tuple[Message, Reply]]) -> None:
        now = time.time()
        failed = [
            Failed(message.id, reply.said, self._due(message, now))
            for message, reply in results
            if not reply.done
        ]
        taken = [message.id for message, reply in results if reply.done]
        self._outbox.settle(taken, failed, now)
        for one in failed:
            if one.due is None:
                _LOG.error("webhook %s was given up: %s", one.id, one.said)
        self._notice([reply for _, reply in results])
        self.sent += len(taken)
        self.failed += len(failed)

    def _due(self, message: Message, now: float) -> float | None:
        if now - message.since >= self._pace.give_up:
            return None
        return now + self._pace.after(message.attempts + 1, self._pace.longest)

    def _notice(self, replies: list[Reply]) -> None:
        """Pauses where the receiver is down, longer each time, and goes on when it is back."""
        silent = next((reply for reply in replies if reply.silent), None)
        if silent is None or any(reply.done for reply in replies):
            self._silences, self._problem = 0, ""
            return
        self._silences += 1
        self._resumes = time.monotonic() + self._pace.after(self._silences, self._pace.probe)
        self._problem = f"the receiver of webhooks is down: {silent.said}"


def signed(secrets: tuple[str, ...], id: str, second: int, body: bytes) -> dict[str, str]:
    """The headers of a message, signed with every secret in use."""
    signatures = (sign(secret, id, second, body) for secret in secrets)
    return {ID: id, TIMESTAMP: str(second), SIGNATURE: " ".join(signatures)}
