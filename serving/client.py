"""A client of the service: typed, and safe to call again.

Whatever is sent has an id, the caller's or one made here. So what fails on the way, or may not be
on disk yet, is sent again by itself and does not count twice.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from features.errors import VouchError
from features.events import Ingestible, Label, Scorable
from serving.answer import DecisionAnswer
from serving.errors import Problem
from serving.schema import Accepted, Line

T = TypeVar("T")
Fields = Mapping[str, Any]

_LATER = frozenset({0, 429, 502, 503, 504})
_LONGEST_WAIT = 30.0
_JSON, _NDJSON = "application/json", "application/x-ndjson"
_LINES_AT_ONCE = 1000


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


class Decision(msgspec.Struct, frozen=True):
    """A decision that was made: what was answered, and what it was made of."""

    answer: DecisionAnswer
    record: dict[str, Any]


class Client:
    """Speaks to a service with an API key. Threads may share it.

        answer = Client("vouch_...").score({"kind": "signup", "email": "ada@example.org"})
        if answer.outcome == "approve": ...

    ``timeout`` are seconds for one try, ``tries`` how many there are at most. Every method raises
    `VouchProblem`.
    """

    def __init__(
        self,
        api_key: str,
        url: str = "http://127.0.0.1:3000",
        *,
        timeout: float = 10.0,
        tries: int = 5,
    ) -> None:
        self._tries = tries
        self._http = httpx.Client(
            base_url=url, timeout=timeout, headers={"authorization": f"Bearer {api_key}"}
        )

    def score(self, event: Scorable | Fields, *, dry_run: bool = False) -> DecisionAnswer:
        """Decides about an event; a dry run leaves no trace."""
        query = {"dry_run": "true"} if dry_run else None
        return self._ask("POST", "/v1/score", DecisionAnswer, _identified(event), query)

    def event(self, event: Ingestible | Fields) -> Accepted:
        """Takes in what happened, without deciding."""
        return self._ask("POST", "/v1/events", Accepted, _identified(event))

    def events(self, events: Iterable[Ingestible | Fields]) -> list[Line]:
        """Takes in many: a line each says what became of it, and a bad one stops no other.

        Lines are missing at the end where the disk failed: send those again.
        """
        waiting, lines = iter(events), list[Line]()
        while batch := [_identified(event) for event in islice(waiting, _LINES_AT_ONCE)]:
            body = b"".join(msgspec.json.encode(event) + b"\n" for event in batch)
            answer = self._send("POST", "/v1/events", body, _NDJSON)
            told = [_decoded(line, Line) for line in answer.content.splitlines()]
            first = len(lines)
            lines += [msgspec.structs.replace(one, line=first + one.line) for one in told]
            if len(told) < len(batch):
                break
        return lines

    def label(self, label: Label | Fields) -> Accepted:
        """Says what turned out to be true."""
        return self._ask("POST", "/v1/labels", Accepted, _identified(label))

    def decision(self, decision_id: str) -> Decision:
        """A decision that was made before."""
        return self._ask("GET", f"/v1/decisions/{quote(decision_id, safe='')}", Decision)

    def close(self) -> None:
        """Lets go of its connections."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(
        self,
        method: str,
        path: str,
        kind: type[T],
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> T:
        content = b"" if body is None else msgspec.json.encode(body)
        return _decoded(self._send(method, path, content, _JSON, query).content, kind)

    def _send(
        self,
        method: str,
        path: str,
        body: bytes,
        content_type: str,
        query: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer; what only failed for now is sent again."""
        tried = 1
        while True:
            try:
                return self._send_once(method, path, body, content_type, query)
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
        query: Mapping[str, str] | None,
    ) -> httpx.Response:
        headers = {"content-type": content_type} if body else {}
        try:
            answer = self._http.request(method, path, content=body, headers=headers, params=query)
        except httpx.TransportError as error:
            told = f"no answer from {self._http.base_url} ({type(error).__name__})"
            raise VouchProblem(0, "no_answer", told) from None
        if not answer.is_success:
            raise _problem(answer)
        return answer


def _identified(sent: msgspec.Struct | Fields) -> msgspec.Struct | Fields:
    """What is sent, with an id."""
    if isinstance(sent, msgspec.Struct) or "id" in sent:
        return sent
    return {**sent, "id": str(uuid.uuid4())}


def _pause(tried: int) -> float:
    """Seconds before the next try: 0.1, 0.2, 0.4 and so on, spread so that callers do not meet."""
    return 0.05 * 2.0**tried * (0.75 + secrets.randbelow(501) / 1000)


def _decoded(body: bytes, kind: type[T]) -> T:
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
