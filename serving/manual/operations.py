"""The API's operations as data: the OpenAPI document and the pages of /docs are made from them."""

from __future__ import annotations

from features.events import Ingestible, Label, Scorable
from serving.answer import DecisionAnswer
from serving.manual import answers, examples
from serving.manual.customers import CUSTOMERS
from serving.manual.decisions import DECISIONS
from serving.manual.lists import LISTS
from serving.manual.operation import OPEN, WITH_BODY, Operation
from serving.manual.overrides import OVERRIDES
from serving.manual.policies import POLICIES
from serving.manual.shapes import BatchAnswer, ScorableBatch
from serving.schema import Accepted, Health, Line

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "post",
        "/v1/score",
        "score",
        ("score",),
        "Decide about a sign-up or a payment",
        "The event is recorded, counted and decided about. The answer is on disk before it leaves. "
        "Sending the same body, byte for byte, under the same id again gives the same bytes, with "
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
        language=True,
        idempotent=True,
        problems=(*WITH_BODY, "in_flight", "never_decided"),
    ),
    Operation(
        "post",
        "/v1/score/batch",
        "score_batch",
        ("score",),
        "Decide about many sign-ups and payments",
        "Each event is decided about as by `/v1/score`, in the order in which they stand, and has "
        "an answer or a problem of its own: one that is refused does not stop the others. What was "
        "sent before is answered with the same bytes, and `replayed`.",
        BatchAnswer,
        answer_example=answers.BATCH,
        takes=ScorableBatch,
        examples={"a sign-up and a payment": examples.BATCH},
        dry_run=True,
        language=True,
        problems=WITH_BODY,
    ),
    Operation(
        "post",
        "/v1/events",
        "events",
        ("ingest",),
        "Tell what happened, without asking for a decision",
        "One event as JSON, or many as NDJSON, one a line. A stream is answered line by line: "
        "a line that is refused does not stop the others.",
        Accepted,
        answer_example=answers.ACCEPTED,
        takes=Ingestible,
        examples={"usage": examples.USAGE, "authorisation": examples.AUTHORISATION},
        streams=True,
        idempotent=True,
        problems=WITH_BODY,
    ),
    Operation(
        "post",
        "/v1/labels",
        "labels",
        ("ingest",),
        "Tell what turned out to be true",
        "Labels are what models learn from. A `reversed` one takes an earlier one back.",
        Accepted,
        answer_example=answers.ACCEPTED,
        takes=Label,
        examples={"a chargeback": examples.LABEL},
        idempotent=True,
        problems=WITH_BODY,
    ),
    *DECISIONS,
    *OVERRIDES,
    *CUSTOMERS,
    *LISTS,
    *POLICIES,
    Operation("get", "/livez", "livez", OPEN, "Whether the process answers", "", dict[str, str]),
    Operation("get", "/readyz", "readyz", OPEN, "Whether the service decides",
              "`degraded` still answers every request: `problems` says what is missing.", Health),
    Operation("get", "/metrics", "metrics", OPEN, "Figures for Prometheus", "", None,
              answer_type="text/plain"),
    Operation("get", "/openapi.json", "openapi", OPEN, "This manual for programs", "", None,
              listed=False),
    Operation("get", "/docs", "docs", OPEN, "This manual for people", "", None, listed=False),
    Operation("get", "/", "home", OPEN, "Leads to the manual", "", None, listed=False),
)  # fmt: skip

STREAM_LINE = Line
