"""A domain: which moments there are, which risks each has, which labels tell, what is sent.

Vouch ships the domain of cloud resellers and subscription businesses; another business
declares its own beside its catalogue (`docs/own-domain.md`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from features.decide.exposure import AMOUNT, CONSUMED, ORDERED, UNPAID, Exposure
from features.decide.outcomes import Outcome
from features.decide.scorecard import Weight
from features.decide.weights import CUSTOMERS, DOOR
from features.errors import InvalidDeclaration, InvalidInput, NotEnoughData
from features.events import EVENT_KINDS, Ingestible, Label, Scorable
from features.fact_types import FACTS, FactType
from features.sql_names import is_taken
from features.tokens import TOKEN_KINDS

LEGITIMATE = "legitimate"
_ASKS = tuple(str(kind.__struct_config__.tag) for kind in Scorable.__args__)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = frozenset(
    ("id", "kind", "known_at", "occurred_at", "customer", "reseller", "attributes", "reference",
     "score", "outcome", *TOKEN_KINDS, *FACTS)
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Risk:
    """What one model predicts: the ``labels`` that make a row of its moment bad.

    ``of="customer"``: a row asked at `t` is bad if the customer's fraud lies in
    ``(t - lead, t + horizon]``. ``of="event"``: a row is bad if a label names its event, so
    that lead and horizon do not matter. ``maturity`` is how many days labels take to come.
    All in days; a row says nothing before both `horizon` and `maturity` have passed.
    ``exposure`` is what it may cost until it is found out.
    """

    labels: tuple[str, ...]
    maturity: int
    horizon: int = 1
    lead: int = 1
    of: Literal["customer", "event"] = "customer"
    exposure: Exposure = AMOUNT


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When one asks. ``event`` is the kind of event that asks; none asks about a customer.

    ``weights`` are the moment's scorecard, ``without`` the least outcome of the answer that
    is given when state cannot be read.
    """

    event: str
    risks: Mapping[str, Risk]
    weights: tuple[Weight, ...] = ()
    without: Outcome = "review"


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Moments and labels, and what events say beyond what Vouch knows.

    ``labels`` are the kinds, each with the days after which a customer without it may be
    taken to be free of it; `legitimate`, which takes the others back, always is one.
    ``identifiers`` are kinds of token and ``facts`` facts that callers send besides the
    shipped ones, in ``identifiers`` and in ``attributes``.

    Raises `InvalidDeclaration` with what to write instead.
    """

    moments: Mapping[str, Moment]
    labels: Mapping[str, int]
    identifiers: tuple[str, ...] = ()
    facts: Mapping[str, FactType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for problem in self._problems():
            raise InvalidDeclaration(problem)

    def _problems(self) -> Iterator[str]:
        own = (*self.identifiers, *self.facts)
        for name in (*self.moments, *self.labels, *own):
            if not _NAME.fullmatch(name):
                yield f"{name!r} is no name: write small letters, digits and _, 40 at most"
        for name in own:
            if name in _TAKEN or own.count(name) > 1:
                yield f"Vouch has a {name} already: give yours another name"
            elif is_taken(name):
                yield f"{name} is a word that SQL keeps for itself: give yours another name"
        for name, fact in self.facts.items():
            if strange := set(fact.kinds) - set(EVENT_KINDS):
                yield f"{name} is said by {_listed(strange)}: write some of {_listed(EVENT_KINDS)}"
        if not self.moments:
            yield "a domain needs a moment: write moments={...}"
        for name, moment in self.moments.items():
            if moment.event and moment.event not in _ASKS:
                yield (
                    f"{name} cannot be asked by a {moment.event}: write one of {_listed(_ASKS)}, "
                    'or "" to ask about customers'
                )
            if moment.event and self.moment_of(moment.event) != name:
                yield f"two moments are asked by a {moment.event}: an event asks once"
            for risk, what in moment.risks.items():
                if not _NAME.fullmatch(risk):
                    yield f"{risk!r} is no name: write small letters, digits and _, 40 at most"
                if not what.labels or not set(what.labels) <= set(self.bad):
                    yield (
                        f"{risk} at {name} has labels {_listed(what.labels) or 'of no kind'}: "
                        f"write some of {_listed(self.bad) or 'those of the domain'}"
                    )
                if what.horizon < 1 or what.lead < 1 or what.maturity < 0:
                    yield f"{risk} at {name}: horizon and lead are 1 or more, maturity 0 or more"
                if what.of == "event" and not moment.event:
                    yield f'{risk} at {name} is about customers, for no event asks: of="customer"'
        if not self.bad:
            yield "a domain needs a bad kind of label: write labels={...}, with days"

    @cached_property
    def bad(self) -> tuple[str, ...]:
        """The kinds of label that say something bad."""
        return tuple(kind for kind in self.labels if kind != LEGITIMATE)

    @cached_property
    def kinds_of_label(self) -> tuple[str, ...]:
        """All kinds of label."""
        return (*self.bad, LEGITIMATE)

    def matures_after(self, kind: str) -> int:
        """Days until a label of a kind is known, where nobody says when it was."""
        return self.labels.get(kind, max(self.labels.values()))

    @cached_property
    def all_facts(self) -> dict[str, FactType]:
        """The shipped facts and the domain's own."""
        return {**FACTS, **self.facts}

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The shipped kinds of token and the domain's own."""
        return (*TOKEN_KINDS, *self.identifiers)

    @cached_property
    def fields(self) -> frozenset[str]:
        """All that a declaration may name."""
        return frozenset(("customer", "reseller", *self.tokens, *self.all_facts))

    @cached_property
    def current_from(self) -> tuple[str, ...]:
        """The kinds of event that say what a customer uses now: those asked about, and profiles."""
        return (*(one.event for one in self.moments.values() if one.event), "profile")

    def moment_of(self, kind: str) -> str | None:
        """The moment at which an event of a kind is asked about; None if it never is."""
        for name, moment in self.moments.items():
            if moment.event == kind:
                return name
        return None

    def named(self, moment: str) -> Moment:
        """A moment by its name. Raises `NotEnoughData` with the names there are."""
        if moment not in self.moments:
            raise NotEnoughData(
                f"there is no moment {moment}: choose one of {_listed(self.moments)}"
            )
        return self.moments[moment]

    def check(self, what: Ingestible | Label) -> None:
        """Raises `InvalidInput` for a label, an identifier or a fact that is not the domain's."""
        if isinstance(what, Label):
            if what.label not in self.kinds_of_label:
                raise InvalidInput(
                    f"must be one of {_listed(sorted(self.kinds_of_label))}", "/label"
                )
            return
        for name in what.identifiers or ():
            if name not in self.identifiers:
                known = _listed(self.identifiers)
                raise InvalidInput(
                    f"is no identifier of this domain: {known or 'there are none'}",
                    f"/identifiers/{name}",
                )
        if self.facts and what.attributes:
            kind = str(what.__struct_config__.tag)
            for name, value in what.attributes.items():
                fact = self.facts.get(name)
                if fact is not None and value is not None and kind in fact.kinds:
                    _check_fact(fact, value, f"/attributes/{name}")


def _check_fact(fact: FactType, value: float | bool | str, pointer: str) -> None:
    if fact.type is str:
        if not isinstance(value, str):
            raise InvalidInput("must be a text", pointer)
    elif isinstance(value, str):
        raise InvalidInput(
            "must be true or false" if fact.is_truth else "must be a number", pointer
        )
    elif fact.is_truth and value not in (0, 1):
        raise InvalidInput("must be true or false", pointer)
    elif fact.type is int and (value != int(value) or abs(value) > 2**53):
        raise InvalidInput("must be a whole number", pointer)
    elif value < 0 and not fact.is_signed:
        raise InvalidInput("must not be negative", pointer)


def _listed(names: Collection[str]) -> str:
    return ", ".join(names)


_THEFT = ("stolen_instrument", "false_identity")


def _theft(lead: int, exposure: Exposure) -> dict[str, Risk]:
    theft = Risk(labels=_THEFT, lead=lead, horizon=60, maturity=60, exposure=exposure)
    return {"theft_of_service": theft}


CLOUD = Domain(
    moments={
        # A date of fraud may lack its hour or its zone, so the sign-up has two days of lead.
        "signup": Moment(event="signup", risks=_theft(lead=2, exposure=ORDERED), weights=DOOR),
        # Whoever paid with a stolen card pays with it again before anybody finds out; those
        # payments are asked about themselves, so each one stands for its own amount.
        "payment": Moment(event="payment", risks=_theft(lead=60, exposure=AMOUNT), weights=DOOR),
        "checkup": Moment(
            event="",
            risks={
                "abuse_of_service": Risk(
                    labels=("service_abuse",), lead=30, horizon=30, maturity=30, exposure=CONSUMED
                ),
                "nonpayment": Risk(
                    labels=("credit_default",), lead=90, horizon=90, maturity=90, exposure=UNPAID
                ),
            },
            weights=CUSTOMERS,
            without="approve",
        ),
    },
    labels={
        "stolen_instrument": 60,
        "false_identity": 60,
        "service_abuse": 30,
        "credit_default": 90,
        LEGITIMATE: 60,
    },
)
