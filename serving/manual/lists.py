"""The operations about lists and snoozes."""

from __future__ import annotations

from typing import get_args

from serving.decrees import ListName
from serving.listing import NewListing, NewSnooze, Sought
from serving.manual import answers, examples
from serving.manual.operation import LOCKED, PAGED, WITH_BODY, Operation, Parameter
from serving.summary import DecreePage, DecreeSummary, Matched

_PAST = Parameter(
    "past", "Also what has ended or was lifted.", {"type": "boolean", "default": False}
)
_READ = (*LOCKED, "invalid_query", "unconfirmed")

LISTS: tuple[Operation, ...] = (
    Operation(
        "post",
        "/v1/lists",
        "listing",
        ("review", "policy"),
        "Put a value on the allow, block or watch list",
        "It counts from the next event on; what was decided stays. The value is kept as a token "
        "and is told by nobody again. What is on the block list is declined and what is watched "
        "is reviewed, if the policies say so as the shipped ones do; what is on the allow list "
        "passes all that a person may let pass, and needs the scope `review`.",
        DecreeSummary,
        answer_example=answers.LISTING,
        takes=NewListing,
        examples={"a device of fraudsters": examples.LISTING},
        idempotent=True,
        problems=WITH_BODY,
    ),
    Operation(
        "get",
        "/v1/lists",
        "listings",
        ("review", "policy", "audit"),
        "Read the lists",
        "What stands on them, newest first.",
        DecreePage,
        parameters=(
            Parameter("list", "Of one list only.", {"enum": list(get_args(ListName))}),
            Parameter("field", "Of one field only: `email`, `device` ...", {"type": "string"}),
            _PAST,
            *PAGED,
        ),
        problems=_READ,
    ),
    Operation(
        "post",
        "/v1/lists/match",
        "match_lists",
        ("review", "policy", "audit"),
        "Ask which lists a value stands on",
        "The value is turned into a token and forgotten.",
        Matched,
        answer_example=answers.MATCHED,
        takes=Sought,
        examples={"an address of a network": examples.SOUGHT},
        problems=WITH_BODY,
    ),
    Operation(
        "get",
        "/v1/lists/{id}",
        "one_listing",
        ("review", "policy", "audit"),
        "Read an entry of a list",
        "In force or not.",
        DecreeSummary,
        problems=(*_READ, "not_found"),
    ),
    Operation(
        "delete",
        "/v1/lists/{id}",
        "lift_listing",
        ("review", "policy"),
        "Take a value off a list",
        "From the next event on; the entry stays to be read.",
        DecreeSummary,
        problems=(*_READ, "not_found"),
    ),
    Operation(
        "post",
        "/v1/snoozes",
        "snooze",
        ("review",),
        "Silence a policy for one customer",
        "From the next event on, for 90 days at most. Red policies cannot be silenced.",
        DecreeSummary,
        answer_example=answers.SNOOZE,
        takes=NewSnooze,
        examples={"a known customer without a second factor": examples.SNOOZE},
        idempotent=True,
        problems=(*WITH_BODY, "not_overridable"),
    ),
    Operation(
        "get",
        "/v1/snoozes",
        "snoozes",
        ("review", "audit"),
        "Read the snoozes",
        "Which policies are silent for whom, newest first.",
        DecreePage,
        parameters=(
            Parameter("customer", "Of one customer only.", {"type": "string"}),
            Parameter("policy", "Of one policy only.", {"type": "string"}),
            _PAST,
            *PAGED,
        ),
        problems=_READ,
    ),
    Operation(
        "get",
        "/v1/snoozes/{id}",
        "one_snooze",
        ("review", "audit"),
        "Read a snooze",
        "In force or not.",
        DecreeSummary,
        problems=(*_READ, "not_found"),
    ),
    Operation(
        "delete",
        "/v1/snoozes/{id}",
        "lift_snooze",
        ("review",),
        "Let the policy speak again",
        "From the next event on.",
        DecreeSummary,
        problems=(*_READ, "not_found"),
    ),
)
