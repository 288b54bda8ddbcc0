"""Examples of what reviewers are answered, for the documentation."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from features.decide.nearest import Change, Moved
from serving.explaining import Analysis, ExplainedFactor, ExplainedModel, ExplainedPolicy
from serving.manual.answers import DECISION
from serving.manual.shapes import AppealMade, OverrideMade, ReplayMade
from serving.replay import Difference
from serving.reviewing import Explanation, FoundDecisions, Summary
from serving.summary import DecreeSummary

_HELD = DECISION.reasons[0]  # that of a policy which a person may overrule
_LATER = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
_MADE_AGAIN = msgspec.structs.replace(
    DECISION, decision_id="d64b27b1f33011", supersedes=DECISION.decision_id, decided_at=_LATER
)

FOUND = FoundDecisions(
    decisions=(
        Summary(
            decision_id=str(DECISION.decision_id),
            event_id=DECISION.event_id,
            customer=DECISION.customer,
            moment=DECISION.moment,
            outcome=DECISION.outcome,
            score=DECISION.score,
            demanded_by=DECISION.demanded_by,
            status="final",
            expires_at=None,
            supersedes=None,
            superseded_by=None,
            decided_at=DECISION.decided_at,
        ),
    ),
    next=None,
)

EXPLANATION = Explanation(
    decision_id=str(DECISION.decision_id),
    moment="signup",
    outcome="decline",
    language="en",
    customer_reasons=(str(_HELD.customer_text),),
    analysis=Analysis(
        reasons=DECISION.reasons,
        policies=(
            ExplainedPolicy(
                id=_HELD.code,
                outcome="decline",
                unknown=False,
                shadow=False,
                snoozed=False,
                override="amber",
                owner="risk",
                condition=str(_HELD.limit),
                text=_HELD.text,
                customer_text=str(_HELD.customer_text),
            ),
        ),
        models=(
            ExplainedModel(
                risk="theft_of_service",
                model="3f9c1a",
                probability=0.912,
                base=-2.31,
                margin=-1.4234,
                factors=(
                    ExplainedFactor(
                        code="BEHAVIOUR",
                        contribution=0.8866,
                        signal="form_seconds",
                        value=2.1,
                        usual=41.0,
                        own_usual=None,
                        text="How the form was filled in: form_seconds is 2.1, usually 41",
                        customer_text="Your request is unlike those that we usually receive.",
                    ),
                ),
                changes=(Change("BEHAVIOUR", (Moved("form_seconds", 2.1, 41.0),)),),
            ),
        ),
        approved_without=(_HELD.code,),
        notes=(),
    ),
)

OVERRIDE = OverrideMade(
    override=DecreeSummary(
        id="o64b27b1f33010",
        decision=str(DECISION.decision_id),
        customer="customer-1043",
        moment="signup",
        outcome="approve",
        owner="ana",
        reason="Paid by bank transfer; the contract was signed in person.",
        evidence="ticket 4711",
        kind="override",
        in_force=True,
        known_at=_LATER,
    ),
    decision=msgspec.structs.replace(_MADE_AGAIN, outcome="approve", demanded_by=("override",)),
    warnings=[],
)

APPEAL = AppealMade(
    id="a64b27b1f33010",
    decision=msgspec.structs.replace(
        _MADE_AGAIN,
        outcome="review",
        status="pending",
        expires_at=datetime(2026, 3, 9, 10, 30, tzinfo=UTC),
    ),
    note=None,
    warnings=[],
)

REPLAY = ReplayMade(
    equal=False,
    replayed=msgspec.structs.replace(DECISION, outcome="review", demanded_by=(_HELD.code,)),
    differences=(Difference("/outcome", "decline", "review"),),
    notes=(),
)
