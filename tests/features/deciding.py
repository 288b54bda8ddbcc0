"""What decisions are made of, made short."""

from __future__ import annotations

from features.decide.decision import Assessed
from features.decide.policy import Hit, Policy
from features.thresholds import Thresholds

LIMITS = Thresholds(challenge=0.2, review=0.5, decline=0.9)


def risk(probability: float, limits: Thresholds = LIMITS, exposure: int | None = None) -> Assessed:
    return Assessed("theft_of_service", probability, limits, exposure)


def hit(outcome: str, **fields: object) -> Hit:
    """A policy that holds; it is called as its outcome unless it has another ``id``."""
    return Hit(
        Policy(
            id=str(fields.pop("id", outcome.upper())),
            moments=("signup",),
            when="seats >= 1",
            outcome=outcome,  # type: ignore[arg-type]
            analyst="a",
            customer="c",
            owner="o",
            **fields,  # type: ignore[arg-type]
        ),
        unknown=False,
    )
