"""Evaluation: two sets of policies over the same rows, policy by policy and as a whole.

The score has no part in it. A row is *stopped* by whatever is not `approve`: a challenge is
taken to turn away whoever is no good, and to bother whoever is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from features.decide.columns import UNKNOWN, YES, Columns
from features.decide.outcomes import ORDER, Outcome
from features.decide.policies import Policies, Policy
from training.backtest.known import Found, Known
from training.labels import Times, Truths

Outcomes = npt.NDArray[np.int8]
Standing = Literal["new", "changed", "same"]


@dataclass(frozen=True)
class Applied:
    """A set of policies over rows: the place in `ORDER` of what each demands of each row.

    ``demands`` has shape (policies, rows), ``unknown`` the rows whose condition could not be
    told. What is in the shadow has its demands here, too, but they count for nothing.
    """

    policies: tuple[Policy, ...]
    demands: Outcomes
    unknown: npt.NDArray[np.bool_]

    @property
    def outcome(self) -> Outcomes:
        """The strictest demand for each row."""
        strictest: Outcomes = self.demands[self.counts].max(axis=0, initial=0)
        return strictest

    @property
    def counts(self) -> Truths:
        """Which policies are not in the shadow, shape (policies,)."""
        return np.array([not policy.shadow for policy in self.policies], dtype=np.bool_)


def apply(policies: Policies, moment: str, columns: Columns, at: Times) -> Applied:
    """What the policies of a moment demand of rows asked ``at`` (µs), as `Hit.outcome` has it."""
    asked, held = policies.at(moment), policies.evaluate_many(moment, columns, at)
    demands = np.zeros((len(asked), len(columns)), dtype=np.int8)
    unknown = np.zeros(demands.shape, dtype=np.bool_)
    for number, policy in enumerate(asked):
        answers = held[policy.id]
        unknown[number] = answers == UNKNOWN
        demands[number, answers == YES] = ORDER.index(policy.outcome)
        if policy.unknown != "ignore":
            demands[number, unknown[number]] = ORDER.index(policy.unknown)
    return Applied(asked, demands, unknown)


@dataclass(frozen=True)
class PolicyFinding:
    """What one policy did.

    ``hits`` are the rows it takes part in, ``only`` those of them that no other policy of its
    set stops, with the money that nothing else would have saved. ``unknown`` counts the rows
    whose condition could not be told. ``overlaps`` are the rows hit by each other policy too.
    In the shadow it stops nothing: then this is what it would add.
    """

    id: str
    outcome: Outcome
    shadow: bool
    standing: Standing
    hits: Found
    only: Found
    unknown: int
    overlaps: dict[str, int]

    @property
    def shares_most(self) -> tuple[str, int] | None:
        """The policy that hits most of the same rows, and how many; None if there is none."""
        most = max(self.overlaps.items(), key=lambda one: one[1], default=("", 0))
        return most if most[1] else None


@dataclass(frozen=True)
class SetFinding:
    """What a whole set did: rows by outcome, and what those are that it stopped."""

    outcomes: dict[Outcome, int]
    stopped: Found


@dataclass(frozen=True)
class Transition:
    """Rows that got one outcome now and would get another, or the same, then."""

    now: Outcome
    then: Outcome
    found: Found


@dataclass(frozen=True)
class Evaluation:
    """Two sets over the rows of one moment.

    ``every`` is all rows. ``gone`` are policies of the current set that the new one has not.
    ``transitions`` are those that happen.
    """

    every: Found
    now: SetFinding
    then: SetFinding
    policies: tuple[PolicyFinding, ...]
    gone: tuple[str, ...]
    transitions: tuple[Transition, ...]

    @property
    def changes(self) -> tuple[Transition, ...]:
        """Transitions to another outcome."""
        return tuple(one for one in self.transitions if one.now != one.then)


def evaluate(
    now: Policies, then: Policies, moment: str, columns: Columns, at: Times, known: Known
) -> Evaluation:
    """Compares the set in force ``now`` with the one that may be ``then``; rows asked ``at``."""
    before, after = apply(now, moment, columns, at), apply(then, moment, columns, at)
    standing = {policy.id: policy for policy in before.policies}
    return Evaluation(
        every=known.of(np.ones(len(columns), dtype=np.bool_)),
        now=_whole(before, known),
        then=_whole(after, known),
        policies=tuple(_each(after, standing, known)),
        gone=tuple(name for name in standing if name not in {one.id for one in after.policies}),
        transitions=tuple(_transitions(before.outcome, after.outcome, known)),
    )


def _whole(applied: Applied, known: Known) -> SetFinding:
    outcome = applied.outcome
    rows = np.bincount(outcome, minlength=len(ORDER)).tolist()
    return SetFinding(dict(zip(ORDER, rows, strict=True)), known.of(outcome > 0))


def _each(applied: Applied, before: Mapping[str, Policy], known: Known) -> Iterator[PolicyFinding]:
    hit = applied.demands > 0
    stopping = hit[applied.counts].sum(axis=0)
    shared = _shared(hit)
    for number, policy in enumerate(applied.policies):
        others = stopping - hit[number] * (not policy.shadow) > 0
        alone = hit[number] & ~others
        yield PolicyFinding(
            id=policy.id,
            outcome=policy.outcome,
            shadow=policy.shadow,
            standing=_standing(policy, before.get(policy.id)),
            hits=known.of(hit[number]),
            only=replace(known.of(alone), money=known.money(others | alone) - known.money(others)),
            unknown=int(applied.unknown[number].sum()),
            overlaps={
                other.id: int(shared[number, place])
                for place, other in enumerate(applied.policies)
                if place != number
            },
        )


def _shared(hit: Truths) -> npt.NDArray[np.int64]:
    """How many rows each two policies hit both, shape (policies, policies)."""
    packed = np.packbits(hit, axis=1)
    pairs = [np.bitwise_count(packed & one).sum(axis=1, dtype=np.int64) for one in packed]
    return np.array(pairs, dtype=np.int64).reshape(len(hit), len(hit))


def _standing(policy: Policy, before: Policy | None) -> Standing:
    if before is None:
        return "new"
    return "same" if _does(policy) == _does(before) else "changed"


def _does(policy: Policy) -> tuple[object, ...]:
    """What a policy does, without its words."""
    return (
        policy.when,
        policy.outcome,
        policy.unknown,
        policy.challenges,
        policy.shadow,
        policy.valid_until,
    )


def _transitions(before: Outcomes, after: Outcomes, known: Known) -> Iterator[Transition]:
    for place, now in enumerate(ORDER):
        for other, then in enumerate(ORDER):
            moved = (before == place) & (after == other)
            if moved.any():
                yield Transition(now, then, known.of(moved))
