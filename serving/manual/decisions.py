"""The operations about decisions that were made."""

from __future__ import annotations

from features.decide.outcomes import ORDER
from serving.asking import NewAppeal, NewReplay
from serving.manual import examples, reviews
from serving.manual.operation import LOCKED, PAGED, WITH_BODY, Operation, Parameter
from serving.manual.shapes import AppealMade, RecordedDecision, ReplayMade
from serving.reviewing import Explanation, FoundDecisions

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}

DECISIONS: tuple[Operation, ...] = (
    Operation(
        "get",
        "/v1/decisions",
        "decisions",
        ("score", "review", "audit"),
        "Search decisions",
        "Newest first. One page looks at 50,000 decisions at most (those of a customer, an event, "
        "a time, or all that wait): where it finds fewer than asked, `next` goes on from there. "
        "What is on disk is found.",
        FoundDecisions,
        answer_example=reviews.FOUND,
        parameters=(
            Parameter("customer", "Those about a customer.", _TEXT),
            Parameter("event", "Those about an event of the API key's account.", _TEXT),
            Parameter("moment", "Those at a moment.", _TEXT),
            Parameter("outcome", "Those of an outcome.", {"type": "string", "enum": list(ORDER)}),
            Parameter("status", "Those that wait for an answer, or do not.",
                      {"type": "string", "enum": ["pending", "final"]}),
            Parameter("current", "Only those that no other has taken the place of.",
                      {"type": "boolean", "default": False}),
            Parameter("policy", "Those in which a policy holds.", _TEXT),
            Parameter("since", "Those made at a time or later.", _TIME),
            Parameter("until", "Those made before a time.", _TIME),
            *PAGED,
        ),
        problems=(*LOCKED, "invalid_query"),
    ),
    Operation(
        "get",
        "/v1/decisions/{id}",
        "decision",
        ("score", "review", "audit"),
        "Read a decision again",
        "The answer as it was given, the facts, vector and versions it was made from, and what "
        "became of it: `superseded_by` names the decision that has taken its place.",
        RecordedDecision,
        problems=(*LOCKED, "not_found", "invalid_query"),
    ),
    Operation(
        "get",
        "/v1/decisions/{id}/explanation",
        "explanation",
        ("score", "review", "audit"),
        "Explain a decision",
        "Worked out from the vector with the model that decided: `base` and all contributions add "
        "up to the raw `margin`. An API key that may only `score` learns what the customer may be "
        "told; `analysis` is for `review` and `audit`, with the smallest change that would have "
        "approved. Where the model is gone from the home: 409 `cannot_replay`.",
        Explanation,
        answer_example=reviews.EXPLANATION,
        language=True,
        problems=(*LOCKED, "not_found", "invalid_query", "cannot_replay"),
    ),
    Operation(
        "post",
        "/v1/decisions/{id}/appeal",
        "appeal",
        ("score", "review"),
        "Appeal against a decision",
        "What was declined by a model, by a policy that a person may overrule, or because nobody "
        "answered a challenge, is reviewed and waits for an answer; the challenge may still be "
        "answered, too. A customer appeals once.",
        AppealMade,
        answer_example=reviews.APPEAL,
        takes=NewAppeal,
        examples={"an appeal": examples.APPEAL},
        idempotent=True,
        problems=(*WITH_BODY, "not_found", "superseded", "already_appealed", "cannot_replay"),
    ),
    Operation(
        "post",
        "/v1/decisions/{id}/replay",
        "replay",
        ("review", "audit"),
        "Replay a decision",
        "Without a body: the decision once more from what was kept of it, `equal` to the byte. "
        "With other `policies` (the text of a file) or another `model` (its digest): what it would "
        "have been. Nothing is recorded.",
        ReplayMade,
        answer_example=reviews.REPLAY,
        takes=NewReplay,
        examples={"as it was": {}},
        bare=True,
        problems=(*LOCKED, "invalid_query", "too_large", "too_slow", "wrong_content_type",
                  "invalid_input", "card_number_refused", "not_found", "invalid_declaration",
                  "cannot_replay"),
    ),
)  # fmt: skip
