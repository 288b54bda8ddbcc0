"""Speaking to an API in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from serving.api import Api


class Caller:
    """One caller with an API key, or without one."""

    def __init__(self, api: Api, key: str | None) -> None:
        self._api = api
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def __call__(self, method: str, path: str, **sent: Any) -> httpx.Response:
        """One request."""

        async def story(client: httpx.AsyncClient) -> httpx.Response:
            return await client.request(method, path, **sent)

        answer: httpx.Response = self.tell(story)
        return answer

    def tell(self, story: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
        """A story of several requests."""

        async def told() -> Any:
            transport = httpx.ASGITransport(app=self._api)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://vouch", headers=self._headers
            ) as client:
                return await story(client)

        return asyncio.run(told())
