"""Policies: hard rules that analysts write in YAML and CEL, checked when they are loaded.

A condition is true, false or unknown. CEL's ``&&`` and ``||`` absorb what they
can; a condition that still needs something unknown is unknown, never false, and
the policy says what that means.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import cel
import numpy as np
import numpy.typing as npt

from features.decide.checks import checked
from features.decide.columns import NO, NOT_TOLD, Columns, Held
from features.decide.condition import Names, faults
from features.decide.names import Name
from features.decide.plain import Plain, plain
from features.decide.policy import NEVER, Hit, Policy
from features.errors import InvalidDeclaration

__all__ = ["SHIPPED", "Hit", "Policies", "Policy"]

SHIPPED = Path(__file__).with_name("policies.yaml")

Value = float | int | str
Times = npt.NDArray[np.int64]


class _Asked(NamedTuple):
    """One policy, prepared: what asks its condition, its hit and its hit where that is unknown.

    CEL's ``execute`` asks where no ``plain`` way does.
    """

    plain: Plain | None
    execute: Callable[[Any], object]
    held: Hit
    untold: Hit | None
    ends: int


class Policies:
    """The policies in force, compiled; ``text`` is the file they were read from.

    ``names`` gives, for each moment, the names that a condition may use.
    Raises `InvalidDeclaration` with the policy's id and what to write instead.
    """

    def __init__(
        self, policies: Iterable[Policy], names: Names, digest: str, text: bytes = b""
    ) -> None:
        self.policies = tuple(policies)
        self.digest = digest
        self.text = text
        ids = [policy.id for policy in self.policies]
        for name in ids:
            if ids.count(name) > 1:
                raise InvalidDeclaration(f"two policies are called {name}: rename one")
        self._programs = {policy.id: _compile(policy, names) for policy in self.policies}
        self._at = {
            moment: tuple(policy for policy in self.policies if moment in policy.moments)
            for moment in names
        }
        self._asked = {
            moment: tuple(
                _prepared(policy, self._programs[policy.id], names[moment]) for policy in asked
            )
            for moment, asked in self._at.items()
        }
        self._first_end = {
            moment: min((one.ends for one in asked), default=NEVER)
            for moment, asked in self._asked.items()
        }
        self._read = {
            moment: frozenset(
                name for policy in asked for name in self._programs[policy.id].variables()
            )
            for moment, asked in self._at.items()
        }
        self._by_cel = {
            moment: frozenset(
                name
                for policy, one in zip(self._at[moment], asked, strict=True)
                if one.plain is None
                for name in self._programs[policy.id].variables()
            )
            for moment, asked in self._asked.items()
        }
        self._evidence = {
            moment: frozenset(name for name in read if names[moment][name].is_evidence)
            for moment, read in self._read.items()
        }

    @classmethod
    def read(cls, text: bytes, names: Names, where: str) -> Policies:
        """The policies of a file's text; ``where`` names the file in what is said of it.

        Raises `InvalidPolicies` with every problem and its line.
        """
        return cls(checked(text, names, where), names, digest_of(text), text)

    @classmethod
    def load(cls, path: Path, names: Names) -> Policies:
        """Reads a YAML file."""
        try:
            text = path.read_bytes()
        except OSError as error:
            raise InvalidDeclaration(f"cannot read the policies in {path}: {error}") from None
        return cls.read(text, names, str(path))

    def used(self, moment: str) -> frozenset[str]:
        """The signals and facts that the conditions of a moment read: no others are needed."""
        return self._read[moment] - self._evidence[moment]

    def evidence(self, moment: str) -> frozenset[str]:
        """The names of evidence that the conditions of a moment read."""
        return self._evidence[moment]

    def evaluate(self, moment: str, values: Mapping[str, Value], at: int) -> tuple[Hit, ...]:
        """The policies that hold, and those that are unknown and say that this matters.

        What is unknown must be missing from ``values``. Asked ``at`` a time (µs), policies that
        have ended are silent. Those in the shadow are among the hits: they are told, and demand
        nothing.
        """
        asked = self._asked[moment]
        if at >= self._first_end[moment]:
            asked = tuple(one for one in asked if at < one.ends)
        by_cel = {name: values[name] for name in self._by_cel[moment] if name in values}
        context, hits, said = cel.Context(variables=by_cel), [], values.get
        for asks, execute, held, untold, _ in asked:
            told = _told(execute, context) if asks is None else asks(said)
            if told:
                hits.append(held)
            elif told is None and untold is not None:
                hits.append(untold)
        return tuple(hits)

    def evaluate_many(self, moment: str, columns: Columns, at: Times) -> dict[str, Held]:
        """For each policy of the moment whether its condition holds: `NO`, `YES` or `UNKNOWN`.

        The same as `evaluate` of each row; ``columns`` are what the conditions read, ``at`` when
        each row was asked (µs). What has ended by then does not hold.
        """
        held = {}
        for policy in self._at[moment]:
            answers = columns.held(policy.when, self._programs[policy.id])
            ended = policy.valid_until is not None
            held[policy.id] = np.where(at < policy.ends, answers, NO) if ended else answers
        return held

    def reads(self, moment: str) -> dict[str, frozenset[str]]:
        """The names that the condition of each policy of a moment reads, by the policy's id."""
        return {
            policy.id: frozenset(self._programs[policy.id].variables())
            for policy in self._at[moment]
        }

    def ended(self, at: int) -> tuple[Policy, ...]:
        """The policies whose last day was over at a time (µs): they are asked no more."""
        return tuple(policy for policy in self.policies if at >= policy.ends)

    def at(self, moment: str) -> tuple[Policy, ...]:
        """The policies that are asked at a moment, also those that have ended."""
        return self._at[moment]


def digest_of(text: bytes) -> str:
    """Names a version of a file of policies."""
    return hashlib.sha256(text).hexdigest()[:12]


def _told(execute: Callable[[Any], object], context: Any) -> bool | None:
    try:
        return execute(context) is True
    except NOT_TOLD:
        return None


def _prepared(policy: Policy, program: Any, names: Mapping[str, Name]) -> _Asked:
    untold = None if policy.unknown == "ignore" else Hit(policy, unknown=True)
    asks = plain(policy.when, names)
    return _Asked(asks, program.execute, Hit(policy, unknown=False), untold, policy.ends)


def _compile(policy: Policy, names: Names) -> Any:
    where = ", ".join(moment for moment in policy.moments if moment not in names)
    if where or not policy.moments:
        raise InvalidDeclaration(
            f"the policy {policy.id} is asked at {where or 'nowhere'}: "
            f"write some of {', '.join(names)}"
        )
    for fault in faults(policy.when, policy.moments, names):
        raise InvalidDeclaration(f"the condition of {policy.id} {fault}")
    return cel.compile(policy.when)
