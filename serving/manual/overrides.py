"""The operations about overrides."""

from __future__ import annotations

from serving.asking import NewOverride
from serving.manual import examples, reviews
from serving.manual.operation import LOCKED, PAGED, WITH_BODY, Operation, Parameter
from serving.manual.shapes import OverrideMade
from serving.summary import DecreePage, DecreeSummary

OVERRIDES: tuple[Operation, ...] = (
    Operation(
        "post",
        "/v1/overrides",
        "override",
        ("score", "review"),
        "Decide instead",
        "Takes the place of all that models and policies demand, but of what nobody may override "
        "(red policies). Only green policies can be overridden with the scope `score`. It is about "
        "one decision, the current one about its event; with `expires_at`, which needs the scope "
        "`review`, also about what the customer does at that moment until then.",
        OverrideMade,
        answer_example=reviews.OVERRIDE,
        takes=NewOverride,
        examples={"a reviewer approves": examples.OVERRIDE},
        idempotent=True,
        problems=(*WITH_BODY, "superseded", "not_overridable", "cannot_replay"),
    ),
    Operation(
        "get",
        "/v1/overrides",
        "overrides",
        ("review", "audit"),
        "List overrides",
        "Those in force, newest first.",
        DecreePage,
        parameters=(
            Parameter("past", "Also those that have ended or were lifted.",
                      {"type": "boolean", "default": False}),
            *PAGED,
        ),
        problems=(*LOCKED, "invalid_query", "unconfirmed"),
    ),
    Operation(
        "get",
        "/v1/overrides/{id}",
        "one_override",
        ("review", "audit"),
        "Read an override",
        "In force or not.",
        DecreeSummary,
        problems=(*LOCKED, "not_found", "invalid_query", "unconfirmed"),
    ),
    Operation(
        "delete",
        "/v1/overrides/{id}",
        "lift_override",
        ("review",),
        "Lift an override",
        "It holds for nothing that comes later; decisions that were made stay.",
        DecreeSummary,
        problems=(*LOCKED, "not_found", "invalid_query", "unconfirmed"),
    ),
)  # fmt: skip
