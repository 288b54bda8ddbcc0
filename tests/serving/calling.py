"""Speaking to an API in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from serving.api import Api
from serving.settings import Settings


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


@contextmanager
def opened(settings: Settings) -> Iterator[Api]:
    """An API of its own, for other settings than usual."""
    api = Api()
    api.open(settings)
    try:
        yield api
    finally:
        api.close()


@contextmanager
def writer_held(api: Api) -> Iterator[None]:
    """A disk that does not answer."""
    scorer = api._scorer
    assert scorer is not None
    with scorer.ledger._committing:  # type: ignore[attr-defined]
        yield
