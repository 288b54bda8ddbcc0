"""A policy: one hard rule as an analyst wrote it, and its hit in a decision."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from features.decide.outcomes import Challenge, Outcome
from features.durations import read

Override = Literal["red", "amber", "green"]
Reader = Literal["analyst", "customer"]

#: How long a challenge may be left without an answer, as it is written: 30m, 24h, 7d.
DURATION = re.compile(r"([1-9][0-9]{0,3})([mhd])")
#: No end: later than any time there is.
NEVER = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Texts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text in the languages that answers are given in; English stands for the others."""

    en: str
    fr: str | None = None
    nl: str | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hard rule, as written.

    ``override`` says who may let pass what it stops: nobody (red), a reviewer (amber), whoever
    may score (green). A ``shadow`` is only reported. ``valid_until`` is its last day (UTC). Its
    challenge must be answered in ``answer_within``; ``failed`` and ``unanswered`` are what it
    demands if it is not.
    """

    id: str
    moments: tuple[str, ...]
    when: str
    outcome: Literal["challenge", "review", "decline"]
    analyst: str | Texts
    customer: str | Texts
    owner: str
    challenges: tuple[Challenge, ...] = ()
    unknown: Literal["ignore", "challenge", "review", "decline"] = "ignore"
    override: Override = "amber"
    shadow: bool = False
    valid_until: date | None = None
    answer_within: str = "24h"
    failed: Literal["review", "decline"] = "review"
    unanswered: Literal["review", "decline"] = "decline"

    def said(self, reader: Reader, language: str = "en") -> str:
        """What a reader is told, in a language; in English where the policy has no other."""
        text = self.analyst if reader == "analyst" else self.customer
        if isinstance(text, str):
            return text
        return getattr(text, language, None) or text.en

    @property
    def answer_within_us(self) -> int:
        """``answer_within`` in microseconds."""
        return read(self.answer_within)

    @property
    def ends(self) -> int:
        """The first moment at which it is not asked any more, in µs since 1970."""
        if self.valid_until is None or self.valid_until == date.max:
            return NEVER
        last = datetime.combine(self.valid_until, datetime.min.time(), UTC)
        return (last + timedelta(days=1) - _EPOCH) // timedelta(microseconds=1)


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
