"""The BentoML service: one app mounted in it, one worker, opened when it starts.

BentoML's own addresses would win over those of a mounted app (`/livez`,
`/readyz`, and a page at `/` that loads a script from the internet), so the app
also stands in front of its router. Only the native method `score` and what
BentoML's own client asks for first go on to it, and there the method gives the
request back to the app: one gate, one parser, one answer. Tracing is excluded because
its middleware costs as much as a decision even where nothing is traced.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import bentoml
from _bentoml_sdk.io_models import IORootModel
from bentoml.exceptions import NotFound
from starlette.requests import Request
from starlette.responses import Response

from features.errors import SetupError
from serving.api import Api
from serving.exchange import Message, Receive, Scope, Send
from serving.settings import read

_SECONDS_TO_ANSWER = 15  # BentoML's timer lives as long; ours for a body is shorter
_OF_BENTOML = frozenset({("POST", "/score"), ("GET", "/schema.json")})
_CHAMPIONS = "champions"  # what pyproject.toml calls the model that is built into a bento

_Method = TypeVar("_Method", bound=Callable[..., None])
_Score = TypeVar("_Score", bound=Callable[..., object])
_at_start: Callable[[_Method], _Method] = bentoml.on_startup
_at_end: Callable[[_Method], _Method] = bentoml.on_shutdown

API = Api()


class InFront:
    """Answers HTTP requests with the mounted app, before BentoML's router sees them."""

    def __init__(self, app: Any) -> None:
        self._inner = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the life span of the server, which is BentoML's."""
        ours = scope["type"] == "http" and (scope["method"], scope["path"]) not in _OF_BENTOML
        await (API if ours else self._inner)(scope, receive, send)


class _Unread(IORootModel[dict[str, Any]]):  # type: ignore[misc] # BentoML's has no types
    """A JSON object that BentoML leaves to us: it would log what it cannot parse."""

    __root_input__ = True  # BentoML's mark: the argument is the whole body

    @classmethod
    async def from_http_request(cls, request: Request, serde: object) -> object:
        """The request in the place of its body."""
        return cls.model_construct(root=request)


_native: Callable[[_Score], _Score] = bentoml.api(input_spec=_Unread, output_spec=dict)


async def _answered(request: Request, path: str) -> Response:
    """What our app answers to a request, at an address of its own."""
    head: dict[str, Any] = {}
    body: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
        else:
            body.append(message.get("body", b""))

    await API({**request.scope, "path": path, "raw_path": path.encode()}, request.receive, keep)
    response = Response(b"".join(body), head["status"])
    response.raw_headers = list(head["headers"])
    return response


def _packed() -> Path | None:
    """The folder of the champions that were built into this bento; None outside of one.

    Raises `SetupError` where they are gone: a bento never answers without its models unasked.
    """
    if Vouch.bento is None:
        return None
    try:
        return Path(bentoml.models.get(_CHAMPIONS).path)
    except NotFound as error:
        raise SetupError(
            f"the models of this bento are not there ({error}): say where it was built, with the "
            "full path, in BENTOML_HOME"
        ) from None


class _Service:
    """Scores sign-ups, payments and customers."""

    @_at_start
    def open(self) -> None:
        """Opens the home folder, unless that is done, and begins to answer."""
        API.open(read(), _packed)
        gc.collect()
        gc.freeze()  # what is there now stays: the collector need not walk it again
        gc.set_threshold(50_000, 50, 1000)

    @_native
    async def score(self, event: Request, /) -> Response:
        """Decides about an event exactly as `POST /v1/score` does."""
        return await _answered(event, "/v1/score")

    @_at_end
    def close(self) -> None:
        """Writes what waits."""
        API.close()


Vouch: bentoml.Service[_Service] = bentoml.service(
    name="vouch",
    workers=1,
    traffic={"timeout": _SECONDS_TO_ANSWER},
    tracing={"excluded_urls": ".*"},
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
)(_Service)
Vouch.mount_asgi_app(API, path="/", name="vouch")
Vouch.add_asgi_middleware(InFront)
