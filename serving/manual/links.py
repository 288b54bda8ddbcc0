"""Links: where the ids in an answer lead, so that programs find their way through the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from serving.answer import DecisionAnswer
from serving.manual.operation import Operation
from serving.manual.shapes import AppealMade, OverrideMade, RecordedDecision
from serving.reviewing import FoundDecisions
from serving.summary import DecreeSummary


class Lead(NamedTuple):
    """A place in an answer (RFC 6901) that holds an id, and the address that takes it."""

    pointer: str
    address: str


_DECISION = "/v1/decisions/{id}"
_CUSTOMER = "/v1/customers/{id}"
_OVERRIDE = "/v1/overrides/{id}"

#: By what is answered; where a decree is answered its id stands behind the same address.
_LEADS: dict[Any, tuple[Lead, ...]] = {
    DecisionAnswer: (Lead("/decision_id", _DECISION), Lead("/customer", _CUSTOMER)),
    RecordedDecision: (Lead("/answer/decision_id", _DECISION),),
    FoundDecisions: (Lead("/decisions/0/decision_id", _DECISION),),
    AppealMade: (Lead("/decision/decision_id", _DECISION),),
    OverrideMade: (Lead("/override/id", _OVERRIDE), Lead("/decision/decision_id", _DECISION)),
}


def leads(operation: Operation) -> tuple[Lead, ...]:
    """Where the answer of an operation leads."""
    if operation.answers is DecreeSummary and operation.method == "post":
        return (Lead("/id", f"{operation.path}/{{id}}"),)
    return _LEADS.get(operation.answers, ())


def links(operation: Operation, operations: Iterable[Operation]) -> dict[str, Any]:
    """The links of an answer: to every operation at an address it leads to, or below."""
    return {
        other.name: {
            "operationId": other.name,
            "parameters": {"id": f"$response.body#{lead.pointer}"},
        }
        for lead in leads(operation)
        for other in operations
        if other.path == lead.address or other.path.startswith(f"{lead.address}/")
    }
