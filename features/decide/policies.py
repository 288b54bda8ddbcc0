"""Policies: hard rules that analysts write in YAML and CEL, checked when they are loaded.

A condition is true, false or unknown. CEL's ``&&`` and ``||`` absorb what they
can; a condition that still needs something unknown is unknown, never false, and
the policy says what that means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

import cel
import msgspec
import yaml

from features.decide.columns import NOT_TOLD, Columns, Held
from features.decide.outcomes import Challenge, Outcome
from features.durations import long
from features.errors import InvalidDeclaration

SHIPPED = Path(__file__).with_name("policies.yaml")

Value = float | int | str
Override = Literal["red", "amber", "green"]


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hard rule, as written.

    ``override`` says who may let pass what it stops: nobody (red), a reviewer (amber), whoever
    may score (green). A ``shadow`` is only reported. Its challenge must be answered in
    ``answer_within``; ``failed`` and ``unanswered`` are what it demands if it is not.
    """

    id: str
    moments: tuple[str, ...]
    when: str
    outcome: Literal["challenge", "review", "decline"]
    analyst: str
    customer: str
    owner: str
    challenges: tuple[Challenge, ...] = ()
    unknown: Literal["ignore", "challenge", "review", "decline"] = "ignore"
    override: Override = "amber"
    shadow: bool = False
    valid_until: date | None = None
    answer_within: str = "24h"
    failed: Literal["review", "decline"] = "review"
    unanswered: Literal["review", "decline"] = "decline"

    @property
    def within(self) -> int:
        """How long its challenge may wait for an answer, µs."""
        return long(self.answer_within)


class Hit(NamedTuple):
    """A policy that takes part in a decision, and whether only because something is unknown."""

    policy: Policy
    unknown: bool

    @property
    def outcome(self) -> Outcome:
        """What the policy demands here."""
        if self.unknown and self.policy.unknown != "ignore":
            return self.policy.unknown
        return self.policy.outcome


class Policies:
    """The policies in force, compiled.

    ``names`` gives, for each moment, the type of every name a condition may use.
    Raises `InvalidDeclaration` with the policy's id and what to write instead.
    """

    def __init__(
        self, policies: list[Policy], names: Mapping[str, Mapping[str, type]], digest: str
    ) -> None:
        self.policies = tuple(policies)
        self.digest = digest
        ids = [policy.id for policy in policies]
        for name in ids:
            if ids.count(name) > 1:
                raise InvalidDeclaration(f"two policies are called {name}: rename one")
        compiled = {policy.id: _compile(policy, names) for policy in policies}
        self._by_moment = {
            moment: [
                (policy, compiled[policy.id]) for policy in policies if moment in policy.moments
            ]
            for moment in names
        }
        self._used = {
            moment: frozenset(name for _, program in programs for name in program.variables())
            for moment, programs in self._by_moment.items()
        }

    @classmethod
    def load(cls, path: Path, names: Mapping[str, Mapping[str, type]]) -> Policies:
        """Reads a YAML file."""
        try:
            text = path.read_bytes()
            policies = msgspec.convert(yaml.safe_load(text) or [], list[Policy])
        except OSError as error:
            raise InvalidDeclaration(f"cannot read the policies in {path}: {error}") from None
        except yaml.YAMLError as error:
            raise InvalidDeclaration(f"{path} is not valid YAML: {error}") from None
        except msgspec.ValidationError as error:
            raise InvalidDeclaration(f"{path}: {error}") from None
        return cls(policies, names, hashlib.sha256(text).hexdigest()[:12])

    def used(self, moment: str) -> frozenset[str]:
        """The names that the conditions of a moment read: no others need to be given."""
        return self._used[moment]

    def evaluate(self, moment: str, values: Mapping[str, Value], at: int) -> tuple[Hit, ...]:
        """The policies that hold, and those that are unknown and say that this matters.

        What is unknown must be missing from ``values``.
        """
        context = cel.Context(variables=dict(values))
        hits = []
        for policy, program in self._by_moment[moment]:
            try:
                if program.execute(context) is True:
                    hits.append(Hit(policy, unknown=False))
            except NOT_TOLD:
                if policy.unknown != "ignore":
                    hits.append(Hit(policy, unknown=True))
        return tuple(hits)

    def evaluate_many(self, moment: str, columns: Columns) -> dict[str, Held]:
        """For each policy of the moment whether its condition holds: `NO`, `YES` or `UNKNOWN`.

        The same as `evaluate` of each row; ``columns`` are what the conditions read.
        """
        return {
            policy.id: columns.held(policy.when, program)
            for policy, program in self._by_moment[moment]
        }

    def reads(self, moment: str) -> dict[str, frozenset[str]]:
        """The names that the condition of each policy of a moment reads, by the policy's id."""
        return {
            policy.id: frozenset(program.variables()) for policy, program in self._by_moment[moment]
        }

    def at(self, moment: str) -> tuple[Policy, ...]:
        """The policies that are asked at a moment."""
        return tuple(policy for policy, _ in self._by_moment[moment])


def _compile(policy: Policy, names: Mapping[str, Mapping[str, type]]) -> Any:
    try:
        program = cel.compile(policy.when)
    except ValueError as error:
        raise InvalidDeclaration(f"the policy {policy.id} cannot be read: {error}") from None
    if not policy.moments or set(policy.moments) - set(names):
        strange = ", ".join(sorted(set(policy.moments) - set(names))) or "nowhere"
        raise InvalidDeclaration(
            f"the policy {policy.id} is asked at {strange}: write some of {', '.join(names)}"
        )
    for moment in policy.moments:
        known = names[moment]
        for name in program.variables():
            if name not in known:
                raise InvalidDeclaration(
                    f"the policy {policy.id} uses {name}, which is not known at {moment}: "
                    f"{_nearest(name, known)}"
                )
        sample = {name: "x" if known[name] is str else 1.0 for name in program.variables()}
        try:
            result = program.execute(cel.Context(variables=sample))
        except NOT_TOLD as error:
            raise InvalidDeclaration(
                f"the policy {policy.id} compares what cannot be compared: {error}"
            ) from None
        if not isinstance(result, bool):
            raise InvalidDeclaration(
                f"the policy {policy.id} gives {result!r} where it must be true or false: "
                "write a comparison such as mfa_done == 0"
            )
    return program


def _nearest(name: str, known: Mapping[str, type]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else "docs/signals.md lists the names"
