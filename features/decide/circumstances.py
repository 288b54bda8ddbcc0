"""Circumstances: what people, banks and challenges have said about one decision.

    lists, snoozes, overrides ──┐
    answered challenges ────────┼──► circumstances ──► the decision, made or made again
    bank, label, appeal, time ──┘

A plain value: a decision is stored with its circumstances, so that it can be made again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, structs

from features.decide.outcomes import Challenge, Outcome
from features.decide.policy import Hit, Policy
from features.fact_types import Value
from features.facts import Entry

Judged = Literal["approve", "decline"]


class Override(Struct, frozen=True, omit_defaults=True):
    """What a person decided instead: the id of the override, and the outcome.

    ``over`` are the sources of what was known to demand more or less then: what a policy demands
    for something that was learned later stands. None where the override is of an event before,
    and holds whatever this one says.
    """

    id: str
    outcome: Outcome
    over: tuple[str, ...] | None = None

    def heard(self, source: str) -> bool:
        """Whether it takes the place of what a source demands."""
        return self.over is None or source in self.over


class Circumstances(Struct, frozen=True, omit_defaults=True):
    """All that has a say beside models, scorecard and policies.

    ``said`` are values by the names of `features.decide.evidence`. ``verdict`` is what turned
    out to be true; ``allowed`` the id of the list entry that lets pass what a person may let
    pass; ``snoozed`` are the ids of policies that are silent for this customer; ``appeal`` is
    the id of the customer's appeal. ``late``: no challenge was answered in time; ``expired``:
    nobody looked at it in time, either.
    """

    said: dict[str, Value] = {}
    verdict: Judged | None = None
    override: Override | None = None
    allowed: str = ""
    snoozed: tuple[str, ...] = ()
    appeal: str = ""
    late: bool = False
    expired: bool = False

    @property
    def ran_out(self) -> bool:
        """Whether something was not done in time."""
        return self.late or self.expired

    def silences(self, policy: Policy) -> bool:
        """Whether a policy is snoozed; red ones never are."""
        return policy.override != "red" and policy.id in self.snoozed

    def heard(self, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """The hits that have a say: neither in the shadow nor snoozed."""
        return tuple(hit for hit in hits if not (hit.policy.shadow or self.silences(hit.policy)))

    def when_time_runs_out(self, waited: Outcome) -> Circumstances:
        """With nobody having done in time what a challenge or a review ``waited`` for."""
        if waited == "challenge":
            return structs.replace(self, late=True)
        return structs.replace(self, expired=True, late=self.ran_out)

    def when_appealed(self, appeal: str) -> Circumstances:
        """With the customer's appeal: a person has time again; challenges stay late."""
        return structs.replace(self, appeal=appeal, late=self.ran_out, expired=False)

    def and_also(self, entry: Entry) -> Circumstances:
        """With what an event or label says; the same object if it says nothing to the matter."""
        said = _said(entry)
        verdict = _verdict(entry)
        if not said and verdict is None:
            return self
        return structs.replace(
            self,
            said={**self.said, **said},
            verdict=verdict or self.verdict,
            late=False,
            expired=False,
        )


NOTHING_SAID = Circumstances()

#: The challenge that a kind of verification answers.
_ANSWERS: dict[str, Challenge] = {
    "sms": "sms",
    "mfa": "mfa",
    "call": "call",
    "prepayment": "prepay",
    "three_d_secure": "three_d_secure",
    "business_check": "business_check",
}
_OF_A_BANK = ("decline_code", "cvc", "avs_line1", "avs_postal", "three_d_secure", "liability_shift")
_OF_A_REGISTRY = ("registry_status", "registry_age_days", "registry_name_match")
_THREE_D_SECURE = {"authenticated": "passed", "failed": "failed"}
_JUDGED: dict[str, Judged] = {"fraud": "decline", "legitimate": "approve"}


def challenge_name(challenge: Challenge) -> str:
    """The name under which the answer to a challenge stands in `said`."""
    return f"challenge_{challenge}"


def _said(entry: Entry) -> dict[str, Value]:
    facts = entry.facts
    if entry.kind == "verification":
        challenge = _ANSWERS[str(facts["type"])]
        return {
            challenge_name(challenge): facts["result"],
            **{name: facts[name] for name in _OF_A_REGISTRY if name in facts},
        }
    if entry.kind == "authorisation":
        said: dict[str, Value] = {name: facts[name] for name in _OF_A_BANK if name in facts}
        said["authorisation_result"] = facts["result"]
        answered = _THREE_D_SECURE.get(str(facts.get("three_d_secure")))
        if answered is not None:
            said["challenge_three_d_secure"] = answered
        return said
    if entry.kind == "profile" and "contact_made" in facts:
        return {"challenge_call": "passed"}
    return {}


def _verdict(entry: Entry) -> Judged | None:
    if entry.kind == "label" and entry.facts["status"] == "confirmed":
        return "approve" if entry.facts["label"] == "legitimate" else "decline"
    if entry.kind == "alert":
        return _JUDGED.get(str(entry.facts.get("verdict")))
    return None
