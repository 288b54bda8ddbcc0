"""The API as one ASGI app: which address is whose, who may come in, and how errors leave."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from features.errors import Unavailable, VouchError
from serving import keyfile
from serving.auth import ApiKeys, Gate
from serving.endpoints import Endpoints
from serving.errors import KINDS, Refused, problem
from serving.exchange import JSON, PROBLEM, Exchange, Receive, Scope, Send
from serving.ledger.protocol import Ledger
from serving.log import places
from serving.manual.openapi import openapi
from serving.manual.page import page
from serving.metrics import Metrics
from serving.opening import OpenScorer, open_scorer
from serving.schema import Health
from serving.settings import Settings

_HTML = b"text/html; charset=utf-8"
_PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"
_DECISIONS = "/v1/decisions/"
_LOCKED_DOWN = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'"),
    (b"x-content-type-options", b"nosniff"),
)

Handler = Callable[[Exchange], Awaitable[None]]


class Route(NamedTuple):
    """What an address does. ``name`` stands for it in the metrics."""

    name: str
    method: str
    handler: Handler
    open: bool = False


class Api:
    """The whole HTTP surface of one scorer; 503 until `open` is called."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._scorer: OpenScorer | None = None
        self._gate: Gate | None = None
        self._home_folder = ""
        self._document: dict[str, Any] | None = None
        self._decision: Callable[[Exchange, str], Awaitable[None]] | None = None
        self._routes: dict[str, Route] = {
            path: Route(path, "GET", handler, open=True)
            for path, handler in (
                ("/livez", self._livez),
                ("/readyz", self._readyz),
                ("/metrics", self._metrics),
                ("/openapi.json", self._openapi),
                ("/docs", self._docs),
                ("/", self._home),
            )
        }

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
        endpoints = Endpoints(scorer, settings, self.metrics, secret)
        for path, handler in (
            ("/v1/score", endpoints.score),
            ("/v1/events", endpoints.events),
            ("/v1/labels", endpoints.labels),
        ):
            self._routes[path] = Route(path, "POST", handler)
        self._document = openapi(scorer.domain)
        self._home_folder, self._gate = str(settings.home.absolute()), gate
        self._scorer, self._decision = scorer, endpoints.decision

    def close(self) -> None:
        """Writes what waits; every request is answered 503 from now on."""
        for path in ("/v1/score", "/v1/events", "/v1/labels"):
            self._routes.pop(path, None)
        scorer, self._scorer, self._decision = self._scorer, None, None
        if scorer is not None:
            scorer.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        started = time.perf_counter()
        exchange = Exchange(scope, receive, send)
        name = "unknown"
        try:
            route = self._route(scope["path"])
            name = route.name
            if scope["method"] != route.method and (scope["method"], route.method) != _HEAD:
                await self._refuse_method(exchange, route)
            elif route.open or self._admits(exchange):
                await route.handler(exchange)
            else:
                raise Refused("unauthorised", "send `Authorization: Bearer` and an API key")
        except VouchError as error:
            await self._problem(exchange, error)
        except Exception as error:  # the edge of the service: the sender learns nothing of it
            _LOG.error("request %s failed: %s", exchange.request_id, places(error))
            if not exchange.status:  # else the server ends the answer where it stands
                await self._problem(exchange, VouchError("an error of Vouch: its log tells more"))
        self.metrics.answered(name, exchange.status, time.perf_counter() - started)

    def _route(self, path: str) -> Route:
        route = self._routes.get(path)
        if route is not None:
            return route
        if path.startswith("/v1/"):
            if self._decision is None:
                raise Unavailable("the service is starting")
            decision_id = path[len(_DECISIONS) :]
            if path.startswith(_DECISIONS) and decision_id and "/" not in decision_id:
                decision = self._decision
                return Route(
                    _DECISIONS + "{id}", "GET", lambda exchange: decision(exchange, decision_id)
                )
        raise Refused("unknown_route", "there is nothing here: /docs lists what there is")

    def _admits(self, exchange: Exchange) -> bool:
        return self._gate is not None and self._gate.admits(exchange.header(b"authorization"))

    async def _problem(
        self,
        exchange: Exchange,
        error: VouchError,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        document = problem(error, exchange.request_id)
        headers = (*KINDS[document.code].headers, *headers)
        await exchange.answer(document.status, msgspec.json.encode(document), PROBLEM, headers)

    async def _refuse_method(self, exchange: Exchange, route: Route) -> None:
        error = Refused("wrong_method", f"this address takes {route.method} only")
        await self._problem(exchange, error, ((b"allow", route.method.encode()),))

    async def _livez(self, exchange: Exchange) -> None:
        await exchange.answer(200, msgspec.json.encode({"status": "alive"}))

    async def _readyz(self, exchange: Exchange) -> None:
        if self._scorer is None:
            await exchange.answer(503, msgspec.json.encode(Health(status="starting")))
            return
        problems = self._problems()
        health = Health(status="degraded" if problems else "ready", problems=problems)
        await exchange.answer(200, msgspec.json.encode(health))

    def _problems(self) -> list[str]:
        """What is wrong, for everyone to read: no path tells where the home is."""
        problems = [] if self._scorer is None else self._scorer.ready()
        if self._gate is not None and (problem := self._gate.problem()):
            problems.append(problem)
        return [problem.replace(self._home_folder, "VOUCH_HOME") for problem in problems]

    async def _metrics(self, exchange: Exchange) -> None:
        scorer = self._scorer
        text = self.metrics.text(
            () if scorer is None else scorer.models.in_use(),
            len(self._problems()),
        )
        await exchange.answer(200, text.encode(), _PROMETHEUS)

    async def _openapi(self, exchange: Exchange) -> None:
        await exchange.answer(200, msgspec.json.encode(self._manual()), JSON)

    async def _docs(self, exchange: Exchange) -> None:
        await exchange.answer(200, page(self._manual()).encode(), _HTML, _LOCKED_DOWN)

    def _manual(self) -> dict[str, Any]:
        if self._document is None:
            return openapi()
        return self._document

    async def _home(self, exchange: Exchange) -> None:
        await exchange.answer(307, b"", _HTML, ((b"location", b"/docs"),))


def _fingerprint_secret(home: Path, ledger: Ledger) -> bytes:
    """Made anew only where nothing was fingerprinted with the one that is lost."""
    path = home / "keys" / "fingerprint-secret"
    return keyfile.secret(path, create=not path.exists() and not ledger.has_fingerprints())


_HEAD = ("HEAD", "GET")
_LOG = logging.getLogger("vouch")
