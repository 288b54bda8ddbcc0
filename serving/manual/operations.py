"""The API's operations as data: the OpenAPI document and the pages of /docs are made from them."""

from __future__ import annotations

from typing import Any, NamedTuple

from features.events import Ingestible, Label, Scorable
from serving.answer import DecisionAnswer, DecisionRecord
from serving.manual import answers, examples
from serving.schema import Accepted, Health, Line

#: What any locked address can answer, and what every address that takes a body can.
LOCKED = ("unauthorised", "unavailable", "internal")
WITH_BODY = (*LOCKED, "invalid_query", "too_large", "too_slow", "wrong_content_type",
             "invalid_input", "card_number_refused", "conflict", "unconfirmed")  # fmt: skip

JSON = "application/json"
NDJSON = "application/x-ndjson"


class Operation(NamedTuple):
    """One method of one address. A type of None means text."""

    method: str
    path: str
    name: str
    summary: str
    description: str
    answers: Any
    answer_type: str = JSON
    answer_example: Any = None
    takes: Any = None
    examples: dict[str, Any] = {}  # noqa: RUF012 - never changed
    dry_run: bool = False
    streams: bool = False
    problems: tuple[str, ...] = ()


class RecordedDecision(NamedTuple):
    """The answer that was given, and what it was made from."""

    answer: DecisionAnswer
    record: DecisionRecord


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post",
        "/v1/score",
        "score",
        "Decide about a sign-up or a payment",
        "The event is recorded, counted and decided about. The answer is on disk before it leaves. "
        "Sending the same body under the same id again gives the same bytes, with "
        "`Idempotent-Replayed: true`, and counts nothing twice.",
        DecisionAnswer,
        answer_example=answers.DECISION,
        takes=Scorable,
        examples={
            "an ordinary sign-up": examples.ORDINARY_SIGNUP,
            "a sign-up as fraud looks": examples.FRAUDULENT_SIGNUP,
            "a payment": examples.PAYMENT,
        },
        dry_run=True,
        problems=WITH_BODY,
    ),
    Operation(
        "post",
        "/v1/events",
        "events",
        "Tell what happened, without asking for a decision",
        "One event as JSON, or many as NDJSON, one a line. A stream is answered line by line: "
        "a line that is refused does not stop the others.",
        Accepted,
        answer_example=answers.ACCEPTED,
        takes=Ingestible,
        examples={"usage": examples.USAGE, "authorisation": examples.AUTHORISATION},
        streams=True,
        problems=WITH_BODY,
    ),
    Operation(
        "post",
        "/v1/labels",
        "labels",
        "Tell what turned out to be true",
        "Labels are what models learn from. A `reversed` one takes an earlier one back.",
        Accepted,
        answer_example=answers.ACCEPTED,
        takes=Label,
        examples={"a chargeback": examples.LABEL},
        problems=WITH_BODY,
    ),
    Operation(
        "get",
        "/v1/decisions/{id}",
        "decision",
        "Read a decision again",
        "The answer as it was given, and the facts, vector and versions it was made from.",
        RecordedDecision,
        problems=(*LOCKED, "not_found", "invalid_query"),
    ),
    Operation("get", "/livez", "livez", "Whether the process answers", "Needs no key.",
              dict[str, str]),
    Operation("get", "/readyz", "readyz", "Whether the service decides",
              "`degraded` still answers every request: `problems` says what is missing.", Health),
    Operation("get", "/metrics", "metrics", "Figures for Prometheus", "Needs no key.", None,
              answer_type="text/plain"),
)  # fmt: skip

STREAM_LINE = Line
