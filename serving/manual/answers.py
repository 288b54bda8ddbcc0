"""Examples of what is answered, for the documentation."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import structs

from features.decide.reasons import Reason
from serving.answer import (
    Amount,
    DecisionAnswer,
    PolicyAnswer,
    RiskAnswer,
    Versions,
)
from serving.errors import Problem
from serving.manual.shapes import BatchAnswer, BatchResult
from serving.schema import Accepted
from serving.summary import DecreeSummary, Matched

ACCEPTED = Accepted(id="usage-9001", known_at=datetime(2026, 3, 2, 9, 15, tzinfo=UTC))

DECISION = DecisionAnswer(
    decision_id="d64b27a6c0b2a8",
    event_id="signup-1043",
    moment="signup",
    customer="customer-1043",
    outcome="decline",
    status="final",
    challenges=(),
    expires_at=None,
    supersedes=None,
    score=912,
    risks=(
        RiskAnswer("theft_of_service", 0.912, Amount("9800.00", "EUR"), Amount("8937.60", "EUR")),
    ),
    expected_loss=Amount("8937.60", "EUR"),
    demanded_by=("theft_of_service", "THREE_D_SECURE_FAILED"),
    exploration=None,
    policies=(PolicyAnswer("THREE_D_SECURE_FAILED", "decline", unknown=False),),
    reasons=(
        Reason(
            "THREE_D_SECURE_FAILED",
            "The bank asked its customer with 3-D Secure, and it was not the one who pays.",
            limit='three_d_secure == "failed"',
            customer_text="Your bank did not confirm this payment. Please contact your bank or use "
            "another card.",
        ),
        Reason(
            "BEHAVIOUR",
            "How the form was filled in: form_seconds is 2.1, usually 41.",
            signal="form_seconds",
            value=2.1,
            usual=41.0,
            contribution=0.8866,
            customer_text="Your request is unlike those that we usually receive.",
        ),
    ),
    mode="model",
    mode_reason=None,
    versions=Versions(("3f9c1a",), "5d20c4e1", "b7e0aa31", "9c41d02f", "0a5be6f3c991"),
    decided_at=datetime(2026, 3, 2, 9, 14, 58, tzinfo=UTC),
    dry_run=False,
    warnings=(),
)

CHECKUP = structs.replace(
    DECISION,
    decision_id="d64b27a6c0b9f1",
    event_id="c64b27a6c0b9f1",
    moment="checkup",
    outcome="approve",
    score=31,
    risks=(
        RiskAnswer("abuse_of_service", 0.009, Amount("412.00", "EUR"), Amount("3.71", "EUR")),
        RiskAnswer("nonpayment", 0.031, Amount("400.00", "EUR"), Amount("12.40", "EUR")),
    ),
    expected_loss=Amount("16.11", "EUR"),
    demanded_by=(),
    policies=(),
    reasons=(),
)

BATCH = BatchAnswer(
    results=[
        BatchResult(status=200, answer=DECISION),
        BatchResult(
            status=422,
            problem=Problem(
                type="/docs#invalid_input",
                title="The body cannot be read",
                status=422,
                code="invalid_input",
                detail="this field is required",
                pointer="/events/1/id",
                request_id="a1b2c3-7",
            ),
        ),
    ]
)

_HASHED = "k1.4lO1vVq8cN0m3sXoYt7b2A"

LISTING = DecreeSummary(
    id="e64b27b1f33010",
    kind="listing",
    owner="risk",
    reason="Nine sign-ups with stolen cards in one night.",
    in_force=True,
    known_at=datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    list="block",
    field="device",
    token=_HASHED,
)

MATCHED = Matched(
    lists=["block"],
    entries=[structs.replace(LISTING, field="network", token=_HASHED)],
    warnings=[],
)

SNOOZE = DecreeSummary(
    id="z64b27b1f33010",
    kind="snooze",
    owner="ana",
    reason="A customer for years; the second factor follows with the new telephones.",
    in_force=True,
    known_at=datetime(2026, 3, 2, 10, 30, tzinfo=UTC),
    expires_at=datetime(2026, 4, 1, tzinfo=UTC),
    customer="customer-1042",
    policy="NO_MFA_AT_SIGNUP",
)
