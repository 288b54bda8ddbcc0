"""Outcomes have an order, and a decision takes the strictest that anything demands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Outcome = Literal["approve", "challenge", "review", "decline"]
Challenge = Literal["sms", "mfa", "call", "prepay", "three_d_secure", "business_check"]

ORDER: tuple[Outcome, ...] = ("approve", "challenge", "review", "decline")
_RANK = {outcome: rank for rank, outcome in enumerate(ORDER)}


def strictest(outcomes: Iterable[Outcome]) -> Outcome:
    """The strictest of some outcomes; `approve` of none.

    >>> strictest(["challenge", "review", "approve"])
    'review'
    """
    return max(outcomes, key=_RANK.__getitem__, default="approve")
