"""The API as one ASGI app: which operation is asked for, who may ask, and how errors leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from features.errors import Unavailable, VouchError
from serving import keyfile
from serving.auth import ApiKeys
from serving.endpoints.desk import Desk
from serving.endpoints.handlers import by_name, handlers
from serving.endpoints.public import Public
from serving.errors import KINDS, Refused, problem
from serving.exchange import PROBLEM, Exchange, Receive, Scope, Send
from serving.gate import NOBODY, Caller, Gate
from serving.ledger.protocol import Ledger
from serving.limits import Limits
from serving.log import places
from serving.manual.operations import OPERATIONS, Operation
from serving.metrics import Metrics
from serving.opening import OpenScorer, open_scorer
from serving.routes import Handler, Routes
from serving.settings import Settings

_LOG = logging.getLogger("vouch")


class Api:
    """The whole HTTP surface of one scorer; 503 until `open` is called."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._routes = Routes(OPERATIONS)
        self._public = by_name([Public(self.metrics)])
        self._scorer: OpenScorer | None = None
        self._handlers: dict[str, Handler] = {}
        self._gate: Gate | None = None
        self._limits = Limits(0)

    def open(self, settings: Settings, packed: Callable[[], Path | None] = lambda: None) -> None:
        """Opens the home folder and begins to answer; again does nothing.

        ``packed`` tells where models lie that came with the service, for what the home lacks.
        Raises `VouchError` where something is damaged or in use.
        """
        if self._scorer is not None:
            return
        gate = Gate(ApiKeys(settings.home))
        scorer = open_scorer(settings, packed())
        try:
            secret = _fingerprint_secret(settings.home, scorer.ledger)
        except VouchError:
            scorer.close()
            raise
        self._limits = Limits(settings.rate_per_second)
        self._handlers = handlers(Desk(scorer, settings, self.metrics, secret))
        self._public = by_name([Public(self.metrics, scorer, gate, settings.home)])
        self._scorer, self._gate = scorer, gate

    def close(self) -> None:
        """Writes what waits; every request is answered 503 from now on."""
        scorer, self._scorer, self._gate = self._scorer, None, None
        self._public = by_name([Public(self.metrics)])
        if scorer is not None:
            scorer.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = time.perf_counter()
        exchange = Exchange(scope, receive, send)
        name = "unknown"
        try:
            address, exchange.ids = self._routes.find(scope["path"])
            name = address.path
            operation = address.operation(scope["method"])
            if operation.scopes:
                caller = self._admit(exchange, operation)
                await self._handlers[operation.name](exchange, caller)
            else:
                await self._public[operation.name](exchange, NOBODY)
        except VouchError as error:
            await _problem(exchange, error)
        except Exception as error:  # the edge of the service: the sender learns nothing of it
            _LOG.error("request %s failed: %s", exchange.request_id, places(error))
            if not exchange.status:  # else the server ends the answer where it stands
                await _problem(exchange, VouchError("an error of Vouch: its log tells more"))
        self.metrics.answered(name, exchange.status, time.perf_counter() - started)

    def _admit(self, exchange: Exchange, operation: Operation) -> Caller:
        if self._gate is None:
            raise Unavailable("the service is starting")
        try:
            caller = self._gate.caller(exchange.header(b"authorization"))
        except Refused:
            self.metrics.unauthorised += 1
            raise
        self._limits.count(caller)
        if caller.scopes.isdisjoint(operation.scopes):
            needed = " or ".join(f"`{scope}`" for scope in operation.scopes)
            raise Refused("forbidden", f"this needs an API key with the scope {needed}")
        return caller


async def _problem(exchange: Exchange, error: VouchError) -> None:
    document = problem(error, exchange.request_id)
    headers = KINDS[document.code].headers
    if isinstance(error, Refused):
        headers += error.headers
    await exchange.answer(document.status, msgspec.json.encode(document), PROBLEM, headers)


def _fingerprint_secret(home: Path, ledger: Ledger) -> bytes:
    """Made anew only where nothing was fingerprinted with the one that is lost."""
    path = home / "keys" / "fingerprint-secret"
    return keyfile.secret(path, create=not path.exists() and not ledger.has_fingerprints())
