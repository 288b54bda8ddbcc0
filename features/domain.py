"""A domain: which moments there are, which risks each has, which labels tell, what is sent.

Vouch ships the domain of cloud resellers and subscription businesses; another business
declares its own beside its catalogue (`docs/own-domain.md`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.fact_types import FACTS, FactType
from features.tokens import TOKEN_KINDS


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What one model predicts: the ``labels`` that make a row of its moment bad.

    ``horizon`` is how many days after the row the fraud may have happened, ``maturity``
    how many days a row must wait before the absence of a label means anything.
    """

    labels: tuple[str, ...]
    horizon: int
    maturity: int


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When one asks. ``event`` is the kind of event that asks; none asks about a customer."""

    event: str
    risks: Mapping[str, Risk]


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Moments and labels, and what events say beyond what Vouch knows.

    ``labels`` are the bad kinds, each with the days after which a customer without it may
    be taken to be free of it; ``legitimate`` always is a kind too. ``identifiers`` are kinds
    of token, and ``facts`` facts, that callers send besides the shipped ones.
    """

    moments: Mapping[str, Moment]
    labels: Mapping[str, int]
    identifiers: tuple[str, ...] = ()
    facts: Mapping[str, FactType] = field(default_factory=dict)

    @property
    def all_facts(self) -> dict[str, FactType]:
        """The shipped facts and the domain's own."""
        return {**FACTS, **self.facts}

    @property
    def tokens(self) -> tuple[str, ...]:
        """The shipped kinds of token and the domain's own."""
        return (*TOKEN_KINDS, *self.identifiers)

    @property
    def fields(self) -> frozenset[str]:
        """All that a declaration may name."""
        return frozenset(("customer", "reseller", *self.tokens, *self.all_facts))

    @property
    def current_from(self) -> tuple[str, ...]:
        """The kinds of event that say what a customer uses now: those asked about, and profiles."""
        return (*(one.event for one in self.moments.values() if one.event), "profile")

    def moment_of(self, kind: str) -> str | None:
        """The moment at which an event of a kind is asked about; None if it never is."""
        for name, moment in self.moments.items():
            if moment.event == kind:
                return name
        return None


_THEFT = Risk(labels=("stolen_instrument", "false_identity"), horizon=180, maturity=60)

CLOUD = Domain(
    moments={
        "signup": Moment(event="signup", risks={"theft_of_service": _THEFT}),
        "payment": Moment(event="payment", risks={"theft_of_service": _THEFT}),
        "checkup": Moment(
            event="",
            risks={
                "abuse_of_service": Risk(labels=("service_abuse",), horizon=30, maturity=30),
                "nonpayment": Risk(labels=("credit_default",), horizon=90, maturity=90),
            },
        ),
    },
    labels={
        "stolen_instrument": 60,
        "false_identity": 60,
        "service_abuse": 30,
        "credit_default": 90,
    },
)
