"""One HTTP request and its answer, over plain ASGI."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from features.card_numbers import holds_card_number
from serving.errors import Refused

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

JSON = b"application/json"
NDJSON = b"application/x-ndjson"
YAML = b"application/yaml"
PROBLEM = b"application/problem+json"
HTML = b"text/html; charset=utf-8"

Headers = tuple[tuple[bytes, bytes], ...]


def _safety(content: bytes) -> Headers:
    """What every answer tells a browser; ``content`` is what it may load."""
    return (
        (b"cache-control", b"no-store"),
        (b"content-security-policy", content),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
    )


NOTHING_LOADED = _safety(b"default-src 'none'; frame-ancestors 'none'")

#: For pages that carry their own style.
OWN_STYLE = _safety(b"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")

_MOST_DIGITS = 20  # of a length: a longer number is no length, and slow to read
_OF_A_TEST: Headers = ((b"vouch-test", b"true"),)
_TAKEN_OVER = re.compile(rb"(?!.*[0-9]{12})[A-Za-z0-9._-]{1,64}")
_IDEMPOTENCY_KEY = re.compile(rb"[ -?A-~]{1,128}")
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)


def _combined(sent: Collection[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name. One that is there twice is a list (RFC 9110, section 5.3).

    So two API keys are none, and two types of a body are not the last one.
    """
    headers = dict(sent)
    if len(headers) < len(sent):
        for name in headers:
            headers[name] = b", ".join(value for other, value in sent if other == name)
    return headers


class Exchange:
    """A request, read once, and how it is answered.

    The request id is the caller's ``X-Request-Id`` where it is a plain one: it is
    logged and answered, so it must not be able to hold an address or a card number.
    ``ids`` are the parts of the path that the route leaves open; ``test`` marks the answer.
    """

    __slots__ = ("_headers", "_receive", "_scope", "_send", "ids", "request_id", "status", "test")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = _combined(scope["headers"])
        sent = self._headers.get(b"x-request-id")
        self.request_id = (
            sent.decode()
            if sent is not None and _TAKEN_OVER.fullmatch(sent) and not holds_card_number(sent)
            else f"{_PROCESS}-{next(_count):x}"
        )
        self.ids: dict[str, str] = {}
        self.status = 0
        self.test = False

    @property
    def path(self) -> str:
        """The decoded path of the address."""
        path: str = self._scope["path"]
        return path

    def header(self, name: bytes) -> str:
        """A header by its lower-case name; empty if it was not sent."""
        return self._headers.get(name, b"").decode("latin-1")

    def content_type(self, *allowed: bytes) -> bytes:
        """The body's type. Raises `Refused` for another one, and for a compressed body."""
        sent = self._headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if sent not in allowed:
            names = " or ".join(kind.decode() for kind in allowed)
            raise Refused("wrong_content_type", f"send the body as {names}")
        if self._headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Refused("wrong_content_type", "send the body without a content encoding")
        return sent

    def query(self) -> dict[str, str]:
        """The parameters of the address. Raises `Refused` where one is there twice."""
        text = self._scope["query_string"]
        if not text:
            return {}
        sent = parse_qsl(text.decode("latin-1"), keep_blank_values=True)
        query = dict(sent)
        if len(query) < len(sent):
            raise Refused("invalid_query", "a parameter is there twice")
        return query

    def idempotency_key(self) -> str | None:
        """What stands in for the id of a body that has none; quotes around it are left out.

        Raises `Refused` for one that cannot be an id.
        """
        sent = self._headers.get(b"idempotency-key")
        if sent is None:
            return None
        text = sent[1:-1] if sent[:1] == sent[-1:] == b'"' else sent
        if _IDEMPOTENCY_KEY.fullmatch(text) is None or holds_card_number(text):
            raise Refused(
                "invalid_idempotency_key",
                "an idempotency key is 1 to 128 printable ASCII characters, without an @ "
                "and without a card number",
            )
        return text.decode("ascii")

    async def body(self, limit: int, seconds: float) -> bytes:
        """The whole body. Raises `Refused` for more than ``limit`` bytes or ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                return await self._body(limit)
        except TimeoutError:
            raise Refused("too_slow", f"a body must arrive within {seconds:g} seconds") from None

    async def _body(self, limit: int) -> bytes:
        length = self._headers.get(b"content-length", b"")
        declared = int(length) if length.isdigit() and len(length) < _MOST_DIGITS else 0
        parts: list[bytes] = []
        read, more = 0, declared <= limit
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused("invalid_input", "the body ended early")
            parts.append(message.get("body", b""))
            read += len(parts[-1])
            more = message.get("more_body", False) and read <= limit
        if max(read, declared) > limit:
            raise Refused("too_large", f"a body may have {limit} bytes at most")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def answer(
        self,
        status: int,
        body: bytes,
        content_type: bytes = JSON,
        headers: Headers = (),
        safety: Headers = NOTHING_LOADED,
    ) -> None:
        """Sends the whole answer; where HEAD asked, without its body."""
        length = (b"content-length", b"%d" % len(body))
        await self.start(status, content_type, (length, *headers), safety)
        body = b"" if self._scope["method"] == "HEAD" else body
        await self._send({"type": "http.response.body", "body": body})

    async def start(
        self,
        status: int,
        content_type: bytes,
        headers: Headers = (),
        safety: Headers = NOTHING_LOADED,
    ) -> None:
        """Sends the head of an answer; its parts follow by `part`."""
        self.status = status
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", content_type),
                    (b"x-request-id", self.request_id.encode()),
                    *(_OF_A_TEST if self.test else ()),
                    *safety,
                    *headers,
                ],
            }
        )

    async def part(self, body: bytes, *, more: bool) -> None:
        """Sends a part of the body; nothing of it where HEAD asked."""
        body = b"" if self._scope["method"] == "HEAD" else body
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
