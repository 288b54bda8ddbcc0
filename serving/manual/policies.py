"""The operations about policies."""

from __future__ import annotations

from typing import Any

from serving.manual import examples
from serving.manual.operation import LOCKED, Operation
from serving.policy_set import PoliciesAnswer, PolicyInForce

_YAML = "application/yaml"
_AS_WRITTEN = list[dict[str, Any]]
_READ = (*LOCKED, "invalid_query")
_WITH_TEXT = (*_READ, "too_large", "too_slow", "wrong_content_type", "card_number_refused",
              "invalid_declaration")  # fmt: skip
_SHOWN = {"one policy": examples.POLICIES}

POLICIES: tuple[Operation, ...] = (
    Operation(
        "get",
        "/v1/policies",
        "policies",
        ("policy", "review", "audit"),
        "Read the policies in force",
        "With the digest that decisions name, the texts in three languages, and how often each "
        "has hit since the start. `ETag` is the digest.",
        PoliciesAnswer,
        problems=_READ,
    ),
    Operation(
        "get",
        "/v1/policies.yaml",
        "policies_text",
        ("policy", "review", "audit"),
        "Read the policies in force as they were written",
        "To be changed and sent back.",
        _AS_WRITTEN,
        answer_type=_YAML,
        problems=_READ,
    ),
    Operation(
        "put",
        "/v1/policies",
        "replace_policies",
        ("policy",),
        "Put other policies in force",
        "They are checked, kept as a version, and in force from the next event on; the home keeps "
        "them over a restart. With `If-Match` and a digest they replace those and no others. "
        "With a test API key they are in force for tests only.",
        PoliciesAnswer,
        takes=_AS_WRITTEN,
        takes_type=_YAML,
        examples=_SHOWN,
        problems=(*_WITH_TEXT, "conflict", "precondition_failed"),
    ),
    Operation(
        "post",
        "/v1/policies/check",
        "check_policies",
        ("policy",),
        "Check policies",
        "Nothing changes. All that is wrong is told at once, each with its line and what to write "
        "instead.",
        PoliciesAnswer,
        takes=_AS_WRITTEN,
        takes_type=_YAML,
        examples=_SHOWN,
        problems=_WITH_TEXT,
    ),
    Operation(
        "get",
        "/v1/policies/{id}",
        "policy",
        ("policy", "review", "audit"),
        "Read one policy",
        "As it is in force.",
        PolicyInForce,
        problems=(*_READ, "not_found"),
    ),
)
