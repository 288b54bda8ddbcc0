"""What everyone may ask: whether the service lives and is ready, its figures and its manual."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from features.domain import CLOUD
from serving.exchange import HTML, OWN_STYLE, Exchange
from serving.gate import Caller, Gate
from serving.manual.openapi import openapi
from serving.manual.page import page
from serving.metrics import Metrics
from serving.opening import OpenScorer
from serving.schema import Health

_PROMETHEUS = b"text/plain; version=0.0.4; charset=utf-8"


class Public:
    """The addresses that need no API key; without scorer and gate the service is starting."""

    def __init__(
        self,
        metrics: Metrics,
        scorer: OpenScorer | None = None,
        gate: Gate | None = None,
        home: Path | None = None,
    ) -> None:
        self._metrics, self._scorer, self._gate = metrics, scorer, gate
        self._home = "" if home is None else str(home.absolute())

    async def livez(self, exchange: Exchange, _caller: Caller) -> None:
        """Whether the process answers."""
        await exchange.answer(200, msgspec.json.encode({"status": "alive"}))

    async def readyz(self, exchange: Exchange, _caller: Caller) -> None:
        """Whether the service decides."""
        if self._scorer is None:
            await exchange.answer(503, msgspec.json.encode(Health(status="starting")))
            return
        problems = self._problems()
        health = Health(status="degraded" if problems else "ready", problems=problems)
        await exchange.answer(200, msgspec.json.encode(health))

    async def metrics(self, exchange: Exchange, _caller: Caller) -> None:
        """Figures for Prometheus."""
        in_use = () if self._scorer is None else self._scorer.models.in_use()
        figures = () if self._scorer is None else self._scorer.figures()
        text = self._metrics.text(in_use, len(self._problems()), figures)
        await exchange.answer(200, text.encode(), _PROMETHEUS)

    async def openapi(self, exchange: Exchange, _caller: Caller) -> None:
        """The manual for programs."""
        await exchange.answer(200, msgspec.json.encode(self._document))

    async def docs(self, exchange: Exchange, _caller: Caller) -> None:
        """The manual for people."""
        await exchange.answer(200, page(self._document).encode(), HTML, safety=OWN_STYLE)

    async def home(self, exchange: Exchange, _caller: Caller) -> None:
        """Leads to the manual."""
        await exchange.answer(307, b"", HTML, ((b"location", b"/docs"),))

    @cached_property
    def _document(self) -> dict[str, Any]:
        return openapi(CLOUD if self._scorer is None else self._scorer.domain)

    def _problems(self) -> list[str]:
        """What is wrong, for everyone to read: no path tells where the home is."""
        problems = [] if self._scorer is None else self._scorer.ready()
        if self._gate is not None and (problem := self._gate.problem()):
            problems.append(problem)
        return [problem.replace(self._home, "VOUCH_HOME") for problem in problems]
