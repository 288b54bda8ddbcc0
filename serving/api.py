"""The API as one ASGI app: which operation is asked for, who may ask, and how errors leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import structs

from features.errors import Unavailable, VouchError
from serving.auth import ApiKeys
from serving.endpoints.handlers import by_name
from serving.endpoints.public import Public
from serving.errors import KINDS, Refused, problem
from serving.exchange import PROBLEM, Exchange, Receive, Scope, Send
from serving.expiring import Expiring
from serving.gate import NOBODY, Caller, Gate
from serving.limits import Limits
from serving.log import places
from serving.manual.operation import Operation
from serving.manual.operations import OPERATIONS
from serving.metrics import Metrics
from serving.opening import OpenScorer
from serving.rooms import Rooms
from serving.routes import Routes
from serving.settings import Settings

_LOG = logging.getLogger("vouch")
_NOWHERE = "\0"  # stands in no message


class Api:
    """The whole HTTP surface of one home; 503 until `open` is called."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._routes = Routes(OPERATIONS)
        self._public = by_name([Public(self.metrics)])
        self._rooms: Rooms | None = None
        self._gate: Gate | None = None
        self._limits = Limits(0)
        self._home = _NOWHERE
        self._expiring: Expiring | None = None

    @property
    def _scorer(self) -> OpenScorer | None:
        """That of the real room."""
        return None if self._rooms is None else self._rooms.real.scorer

    def open(self, settings: Settings, packed: Callable[[], Path | None] = lambda: None) -> None:
        """Opens the home folder and begins to answer; again does nothing.

        ``packed`` tells where models lie that came with the service, for what the home lacks.
        Raises `VouchError` where something is damaged or in use.
        """
        if self._rooms is not None:
            return
        gate = Gate(ApiKeys(settings.home))
        rooms = Rooms(settings, packed(), self.metrics)
        if settings.home.is_absolute():
            self._home = str(settings.home)
        self._limits = Limits(settings.rate_per_second)
        self._public = by_name([Public(self.metrics, rooms.real.scorer, gate, settings.home)])
        self._rooms, self._gate, self._expiring = rooms, gate, Expiring(rooms)

    def close(self) -> None:
        """Writes what waits; every request is answered 503 from now on."""
        rooms, self._rooms, self._gate = self._rooms, None, None
        if self._expiring is not None:
            self._expiring.close()
            self._expiring = None
        self._public = by_name([Public(self.metrics)])
        if rooms is not None:
            rooms.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = time.perf_counter()
        exchange = Exchange(scope, receive, send)
        name = "unknown"
        if self._expiring is not None:
            self._expiring.keep_on()
        try:
            address, exchange.ids = self._routes.find(scope["path"], scope.get("raw_path"))
            name = address.path
            operation = address.operation(scope["method"])
            if operation.scopes:
                if self._rooms is None or self._gate is None:
                    raise Unavailable("the service is starting")
                caller = self._admit(self._gate, exchange, operation)
                room = await self._rooms.of(caller)
                await room.handlers[operation.name](exchange, caller)
            else:
                await self._public[operation.name](exchange, NOBODY)
        except VouchError as error:
            await self._problem(exchange, error)
        except Exception as error:  # the edge of the service: the sender learns nothing of it
            _LOG.error("request %s failed: %s", exchange.request_id, places(error))
            if not exchange.status:  # else the server ends the answer where it stands
                await self._problem(exchange, VouchError("an error of Vouch: its log tells more"))
        self.metrics.answered(name, exchange.status, time.perf_counter() - started)

    def _admit(self, gate: Gate, exchange: Exchange, operation: Operation) -> Caller:
        try:
            caller = gate.caller(exchange.header(b"authorization"))
        except Refused:
            self.metrics.unauthorised += 1
            raise
        exchange.test = caller.test
        self._limits.count(caller)
        if caller.scopes.isdisjoint(operation.scopes):
            needed = " or ".join(f"`{scope}`" for scope in operation.scopes)
            raise Refused("forbidden", f"this needs an API key with the scope {needed}")
        return caller

    async def _problem(self, exchange: Exchange, error: VouchError) -> None:
        """No path tells a caller where the home is."""
        told = problem(error, exchange.request_id)
        document = structs.replace(told, detail=told.detail.replace(self._home, "VOUCH_HOME"))
        headers = KINDS[document.code].headers
        if isinstance(error, Refused):
            headers += error.headers
        await exchange.answer(document.status, msgspec.json.encode(document), PROBLEM, headers)
