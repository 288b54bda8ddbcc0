"""A set of policies as it is shown: every field of the file, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from features.decide.outcomes import Challenge, Outcome
from features.decide.policies import Policies
from features.decide.policy import Override, Policy, Texts


class PolicyInForce(Struct, frozen=True, kw_only=True):
    """One policy.

    ``hits`` are the decisions since the start in which it had a say; null for a ``shadow``, which
    has none, and for policies that are not in force. ``ended`` is one whose last day is over.
    """

    id: str
    moments: tuple[str, ...]
    when: str
    outcome: Outcome
    challenges: tuple[Challenge, ...]
    unknown: str
    override: Override
    shadow: bool
    valid_until: date | None
    ended: bool
    answer_within: str
    failed: str
    unanswered: str
    owner: str
    analyst: Texts
    customer: Texts
    hits: int | None


class PoliciesAnswer(Struct, frozen=True, kw_only=True):
    """A set of policies; ``problem`` says why the file is not what is in force."""

    digest: str
    policies: tuple[PolicyInForce, ...]
    problem: str | None = None


def shown(policy: Policy, now: int, hits: int | None) -> PolicyInForce:
    """A policy as of a time, µs."""
    return PolicyInForce(
        id=policy.id,
        moments=policy.moments,
        when=policy.when,
        outcome=policy.outcome,
        challenges=policy.challenges,
        unknown=policy.unknown,
        override=policy.override,
        shadow=policy.shadow,
        valid_until=policy.valid_until,
        ended=now >= policy.ends,
        answer_within=policy.answer_within,
        failed=policy.failed,
        unanswered=policy.unanswered,
        owner=policy.owner,
        analyst=_texts(policy.analyst),
        customer=_texts(policy.customer),
        hits=None if policy.shadow else hits,
    )


def all_shown(
    policies: Policies,
    now: int,
    hits: Callable[[str], int | None] = lambda policy: None,
    problem: str | None = None,
) -> PoliciesAnswer:
    """All of a set."""
    return PoliciesAnswer(
        digest=policies.digest,
        policies=tuple(shown(one, now, hits(one.id)) for one in policies.policies),
        problem=problem,
    )


def _texts(text: str | Texts) -> Texts:
    return Texts(en=text) if isinstance(text, str) else text
