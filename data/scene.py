"""Scene: what a story is told with (time, chance, networks, a diary) and who takes part."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from data.clock import DAY, HOUR, MINUTE
from data.diary import Diary
from data.dice import Dice
from data.networks import Networks
from data.people import Person
from data.places import Place
from features.blocks import Address, Card, Device, Ip


class Truth(NamedTuple):
    """What a customer is; reports may read it, training never does."""

    customer: str
    typology: str
    is_fraud_at_signup: bool


@dataclass
class Account:
    """One customer as the reseller knows it. ``seat_dollars`` is the price of a month."""

    customer: str
    place: Place
    person: Person
    ip: Ip
    device: Device | None
    card: Card | None
    reseller: str | None
    signed_up_at: int
    seat_dollars: float
    is_metered: bool
    bank_refuses: float
    checks_fail: float
    paid: str | None = None  # the last payment that was approved
    _numbers: dict[str, int] = field(default_factory=dict)

    def next_id(self, kind: str) -> str:
        """The next event id of a kind, unique in the world."""
        number = self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return f"{kind}_{self.customer[4:]}_{number}"

    @property
    def signup(self) -> str:
        """The id of its sign-up event."""
        return f"sig_{self.customer[4:]}_1"

    def subscription(self, number: int = 1) -> str:
        """The id of one of its subscriptions."""
        return f"sub_{self.customer[4:]}_{number}"


@dataclass(frozen=True)
class Scene:
    """The stage of one case; ``start`` and ``end`` of the history in microseconds."""

    seed: int
    start: int
    end: int
    resellers: int
    dice: Dice
    networks: Networks
    diary: Diary
    typology: str
    is_fraud_at_signup: bool
    truths: list[Truth]

    def new_customer(self) -> str:
        """An opaque id, which tells nothing of what is behind it."""
        customer = f"cus_{self.dice.code(14)}"
        self.truths.append(Truth(customer, self.typology, self.is_fraud_at_signup))
        return customer

    def reseller(self, most_careless: float = 1.0) -> str:
        """One of the resellers, or of the given share of them that look least closely."""
        number = self.dice.randrange(max(1, round(self.resellers * most_careless)))
        return f"res_{Dice(self.seed, 'reseller', number).code(10)}"

    def days(self, share: float) -> int:
        """A share of the whole history as a duration."""
        return round((self.end - self.start) * share)

    def opening(self, place: Place, latest: float = 1.0, night: float = 0.12) -> int:
        """When somebody turns up: within the first ``latest`` share of the history.

        Business grows a little, week-ends are quiet, few work at night.
        """
        dice = self.dice
        span = (self.end - self.start) * latest
        while True:
            share = math.sqrt(dice.random()) if dice.chance(0.2) else dice.random()
            at = self.start + int(span * share)
            local = at + place.utc_offset * HOUR
            weekend = (local // DAY + 3) % 7 >= 5  # 1970-01-01 was a Thursday
            awake = 7 * HOUR <= local % DAY < 20 * HOUR
            if dice.chance((0.4 if weekend else 1.0) * (1.0 if awake else night)):
                return min(at, self.end - MINUTE - dice.randrange(HOUR))


class Ties(NamedTuple):
    """What an account has in common with others; None is its own."""

    place: Place | None = None
    device: Device | None = None
    ip: Ip | None = None
    card: Card | None = None
    domain: str | None = None
    phone: str | None = None
    address: Address | None = None
    reseller: str | None = None
