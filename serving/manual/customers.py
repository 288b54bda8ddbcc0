"""The operations about customers."""

from __future__ import annotations

from serving.answer import DecisionAnswer
from serving.customers import CustomerAnswer, EntryPage, ExportLine
from serving.manual import answers
from serving.manual.decisions import PAGED
from serving.manual.operation import LOCKED, NDJSON, Operation, Parameter

_READ = (*LOCKED, "not_found", "invalid_query")

CUSTOMERS: tuple[Operation, ...] = (
    Operation(
        "get",
        "/v1/customers/{id}",
        "customer",
        ("review", "audit"),
        "Everything about one customer",
        "When and how often there was something, what was decided and waits, which labels there "
        "are, and which lists, snoozes and overrides are about the customer. Tokens stand where "
        "identifiers were.",
        CustomerAnswer,
        problems=_READ,
    ),
    Operation(
        "get",
        "/v1/customers/{id}/entries",
        "customer_entries",
        ("review", "audit"),
        "What happened to one customer, newest first",
        "The entries of the ledger as they are stored: facts and tokens.",
        EntryPage,
        parameters=PAGED,
        problems=_READ,
    ),
    Operation(
        "get",
        "/v1/customers/{id}/export",
        "customer_export",
        ("review", "audit"),
        "All that is stored about one customer",
        "For the customer who asks what is known: every entry in order, a line each, and after it "
        "the decision that was made with it, its answer and record complete.",
        ExportLine,
        answer_type=NDJSON,
        problems=_READ,
    ),
    Operation(
        "post",
        "/v1/customers/{id}/checkup",
        "checkup",
        ("score", "review"),
        "Decide about a customer now, though nothing happens",
        "The customer is asked about with all that is known by now. Nothing counts a checkup, but "
        "its decision is recorded like any other and can be decided again. Under an idempotency "
        "key it is answered with the same bytes again.",
        DecisionAnswer,
        answer_example=answers.CHECKUP,
        dry_run=True,
        language=True,
        idempotent=True,
        parameters=(
            Parameter(
                "moment",
                "One that no event asks; by default the first.",
                {"type": "string"},
            ),
        ),
        problems=(
            *_READ,
            "id_reused",
            "in_flight",
            "never_decided",
            "invalid_idempotency_key",
            "unconfirmed",
        ),
    ),
)
