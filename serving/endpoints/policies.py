"""Policies: those in force are read, others are checked and put in their place."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from features.card_numbers import holds_card_number
from features.decide.policies import Policies
from features.errors import CardNumberRefused, NotFound
from serving.endpoints.desk import Desk, no_parameters
from serving.exchange import YAML, Exchange, Headers
from serving.gate import Caller
from serving.policy_set import PoliciesAnswer, all_shown, shown

_TYPES = (YAML, b"application/x-yaml", b"text/yaml")
_LOG = logging.getLogger("vouch")

_encode = msgspec.json.Encoder().encode


class InForce:
    """The policies of a home. What takes long is done on a thread: nobody waits for it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._file = desk.scorer.policies
        self._home = str(desk.settings.home.absolute())

    async def policies(self, exchange: Exchange, _caller: Caller) -> None:
        """Those in force."""
        no_parameters(exchange)
        current = self._file.current
        await exchange.answer(200, _encode(self._all(current)), headers=_tag(current))

    async def policies_text(self, exchange: Exchange, _caller: Caller) -> None:
        """Those in force as they were written, to be changed and sent back."""
        no_parameters(exchange)
        current = self._file.current
        await exchange.answer(200, current.text, YAML, _tag(current))

    async def policy(self, exchange: Exchange, _caller: Caller) -> None:
        """One of those in force."""
        no_parameters(exchange)
        id, current = exchange.ids["id"], self._file.current
        for one in current.policies:
            if one.id == id:
                hits = self._desk.metrics.hits(id)
                answer = _encode(shown(one, self._desk.scorer.now(), hits))
                await exchange.answer(200, answer, headers=_tag(current))
                return
        raise NotFound("no policy with this id is in force: GET /v1/policies lists them")

    async def check_policies(self, exchange: Exchange, _caller: Caller) -> None:
        """Whether a text could be put in force."""
        no_parameters(exchange)
        text = await self._text(exchange)
        checked = await asyncio.to_thread(self._file.check, text)
        answer = _encode(all_shown(checked, self._desk.scorer.now()))
        await exchange.answer(200, answer, headers=_tag(checked))

    async def replace_policies(self, exchange: Exchange, caller: Caller) -> None:
        """Puts a text in force."""
        no_parameters(exchange)
        text = await self._text(exchange)
        wanted = exchange.header(b"if-match").strip()
        instead_of = None if wanted in ("", "*") else wanted.strip('"')
        placed = await asyncio.to_thread(self._file.replace, text, instead_of)
        _LOG.info("policies %s were sent with the API key %s", placed.digest, caller.name)
        await exchange.answer(200, _encode(self._all(placed)), headers=_tag(placed))

    async def _text(self, exchange: Exchange) -> bytes:
        exchange.content_type(*_TYPES)
        text = await self._desk.body(exchange)
        if holds_card_number(text):
            raise CardNumberRefused("the text holds a full card number: take it out")
        return text

    def _all(self, policies: Policies) -> PoliciesAnswer:
        problem = self._file.problem.replace(self._home, "VOUCH_HOME") or None
        return all_shown(policies, self._desk.scorer.now(), self._desk.metrics.hits, problem)


def _tag(policies: Policies) -> Headers:
    """What `If-Match` may name afterwards."""
    return ((b"etag", f'"{policies.digest}"'.encode()),)
