"""The wire between a client and the service: what fails only for now is sent again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import httpx
import msgspec

from features.errors import SetupError, VouchError
from serving.errors import Problem

T = TypeVar("T")
Query = Mapping[str, str | int | bool | None]
Headers = Mapping[str, str]

_LATER = frozenset({0, 429, 502, 503, 504})
_LONGEST_WAIT = 30.0
JSON = "application/json"


class VouchProblem(VouchError):
    """What was sent was refused, or nothing answered: then ``status`` is 0.

    ``code`` is for programs (`/docs` lists them), ``pointer`` names the field (RFC 6901),
    ``request_id`` finds it in the service's log.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        request_id: str | None = None,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(f"{detail} ({code} at {pointer})" if pointer else f"{detail} ({code})")
        self.status, self.code, self.detail = status, code, detail
        self.pointer, self.request_id, self.retry_after = pointer, request_id, retry_after

    @property
    def passing(self) -> bool:
        """Whether the same may be taken if it is sent again."""
        return self.status in _LATER or self.code == "in_flight"


class Wire:
    """Connections to one service. Threads may share it.

    ``timeout`` are seconds for one try, ``tries`` how many there are at most. Every method raises
    `VouchProblem`. Raises `SetupError` for an API key or address that nothing can be sent with.
    """

    def __init__(self, api_key: str, url: str, timeout: float, tries: int) -> None:
        secret = api_key.strip()  # a file that holds it ends with a line's end
        if not (secret.isascii() and secret.isprintable() and secret):
            raise SetupError("this is no API key: `vouch keys create NAME` prints one")
        if not url.startswith(("http://", "https://")):
            raise SetupError("the address of the service begins with http:// or https://")
        self._tries = tries
        self._http = httpx.Client(
            base_url=url, timeout=timeout, headers={"authorization": f"Bearer {secret}"}
        )

    def close(self) -> None:
        """Lets go of the connections."""
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: object = None,
        query: Query | None = None,
        headers: Headers = MappingProxyType({}),
    ) -> T:
        """What is answered to a body."""
        content = b"" if body is None else msgspec.json.encode(body)
        return decoded(self.send(method, path, content, JSON, query, headers).content, kind)

    def send(
        self,
        method: str,
        path: str,
        body: bytes,
        content_type: str,
        query: Query | None = None,
        headers: Headers = MappingProxyType({}),
    ) -> httpx.Response:
        """The answer; what only failed for now is sent again."""
        tried = 1
        while True:
            try:
                return self._send_once(method, path, body, content_type, query, headers)
            except VouchProblem as problem:
                wait = max(problem.retry_after, _pause(tried))
                if not problem.passing or tried >= self._tries or wait > _LONGEST_WAIT:
                    raise
            time.sleep(wait)
            tried += 1

    def _send_once(
        self,
        method: str,
        path: str,
        body: bytes,
        content_type: str,
        query: Query | None,
        headers: Headers,
    ) -> httpx.Response:
        kind = {"content-type": content_type} if body else {}
        try:
            answer = self._http.request(
                method, path, content=body, headers={**kind, **headers}, params=_written(query)
            )
        except httpx.TransportError as error:
            told = f"no answer from {self._http.base_url} ({type(error).__name__})"
            raise VouchProblem(0, "no_answer", told) from None
        if not answer.is_success:
            raise _problem(answer)
        return answer


def _written(query: Query | None) -> dict[str, str]:
    """Parameters as text, without those that are not asked for."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in (query or {}).items()
        if value is not None and value is not False
    }


def _pause(tried: int) -> float:
    """Seconds before the next try: 0.1, 0.2, 0.4 and so on, spread so that callers do not meet."""
    return 0.05 * 2.0**tried * (0.75 + secrets.randbelow(501) / 1000)


def decoded(body: bytes, kind: type[T]) -> T:
    """An answer; fields that we do not know yet are left out."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise VouchProblem(
            200, "unexpected_answer", f"this client is too old or too new for the service: {error}"
        ) from None


def _problem(answer: httpx.Response) -> VouchProblem:
    after = answer.headers.get("retry-after", "")
    wait = float(after) if after.isascii() and after.isdigit() else 0.0
    try:
        told = msgspec.json.decode(answer.content, type=Problem)
    except msgspec.MsgspecError:  # something in between answered
        status = answer.status_code
        return VouchProblem(status, "http", f"the answer was {status}", retry_after=wait)
    return VouchProblem(
        answer.status_code,
        told.code,
        told.detail,
        pointer=told.pointer,
        request_id=told.request_id,
        retry_after=wait,
    )
