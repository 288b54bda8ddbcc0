"""An operation of the API as data, and what many of them share."""

from __future__ import annotations

from typing import Any, NamedTuple

from serving.auth import ScopeName

#: What any locked address can answer, and what every address that takes a body can.
LOCKED = ("unauthorised", "forbidden", "too_many_requests", "unavailable", "internal")
WITH_BODY = (*LOCKED, "invalid_query", "too_large", "too_slow", "wrong_content_type",
             "invalid_input", "card_number_refused", "id_reused", "invalid_idempotency_key",
             "idempotency_mismatch", "unconfirmed")  # fmt: skip

JSON = "application/json"
NDJSON = "application/x-ndjson"

#: Needs no API key.
OPEN: tuple[ScopeName, ...] = ()


class Parameter(NamedTuple):
    """What may stand behind the question mark of an address; ``schema`` is its JSON schema."""

    name: str
    description: str
    schema: dict[str, Any]


#: What goes with a list of any kind.
PAGED = (
    Parameter("limit", "How many at most.",
              {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    Parameter("cursor", "The `next` of the page before.",
              {"type": "string", "pattern": "^[1-9a-f][0-9a-f]{0,14}$"}),
)  # fmt: skip


class Operation(NamedTuple):
    """One method of one address. A type of None means text.

    The method of an endpoint that has its ``name`` answers it. One of ``scopes`` is enough to
    ask for it. One that is ``bare`` may come without the body that it takes; one that is not
    ``listed`` is no part of the manual.
    """

    method: str
    path: str
    name: str
    scopes: tuple[ScopeName, ...]
    summary: str
    description: str
    answers: Any
    answer_type: str = JSON
    answer_example: Any = None
    takes: Any = None
    takes_type: str = JSON
    examples: dict[str, Any] = {}  # noqa: RUF012 - never changed
    dry_run: bool = False
    language: bool = False
    idempotent: bool = False
    streams: bool = False
    bare: bool = False
    parameters: tuple[Parameter, ...] = ()
    problems: tuple[str, ...] = ()
    listed: bool = True
