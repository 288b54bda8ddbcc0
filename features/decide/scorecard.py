"""The scorecard: expert weights with their reasons, for the days without a model.

Points are on the score's scale of 0 to 1000 and are no probability. It runs on
every request, so that the day it is needed is not its first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import eq, ge, le
from typing import NamedTuple

from features.formulas import Floats

_TESTS: dict[str, Callable[[float, float], bool]] = {"at least": ge, "at most": le, "is": eq}


@dataclass(frozen=True)
class Weight:
    """Points for a signal that is at least, at most or exactly a limit; none when unknown."""

    signal: str
    test: str
    limit: float
    points: int
    why: str


class Fired(NamedTuple):
    """A weight that applied, and the signal's value."""

    weight: Weight
    value: float


_FACTS = (
    Weight("card_is_prepaid", "is", 1, 300, "Nothing can be collected from a prepaid card later."),
    Weight("card_country_ne_billing", "is", 1, 120, "Card and bill are from different countries."),
    Weight("ip_country_ne_billing", "is", 1, 80, "Request and bill are from different countries."),
    Weight("ip_is_anonymous", "is", 1, 100, "The network hides who is asking."),
    Weight("ip_is_tor", "is", 1, 250, "The request came through Tor."),
    Weight("email_is_disposable", "is", 1, 200, "The address is made to be thrown away."),
    Weight("email_local_digit_share", "at least", 0.4, 60, "The address looks generated."),
    Weight("mfa_done", "is", 0, 60, "No second factor was given."),
    Weight("form_seconds", "at most", 3, 150, "The form was filled in faster than people can."),
    Weight("region_risk", "at least", 0.1, 100, "More than a tenth of this country's were bad."),
)
_VELOCITY = (
    Weight("accounts_on_device_24h", "at least", 1, 150, "The device opened an account today."),
    Weight("accounts_on_device_24h", "at least", 3, 300, "The device opens account after account."),
    Weight("accounts_on_ip_24h", "at least", 3, 150, "The address opens account after account."),
    Weight("accounts_on_network_1h", "at least", 5, 100, "The network opens accounts in a row."),
    Weight("accounts_on_card_30d", "at least", 1, 250, "The card pays for another customer."),
    Weight("accounts_on_phone_30d", "at least", 2, 150, "The telephone stands for others too."),
    Weight("accounts_at_address_30d", "at least", 2, 100, "The address stands for others too."),
    Weight("cards_on_device_24h", "at least", 3, 250, "Several cards were tried on the device."),
    Weight("declines_on_card_24h", "at least", 2, 200, "The card was declined again and again."),
)
_CHECKUP = (
    Weight("spend_spike", "at least", 6, 250, "Consumption jumped far above what is usual."),
    Weight("spend_week_over_month", "at least", 4, 200, "Consumption has grown fourfold."),
    Weight("alerts_of_customer_30d", "at least", 1, 200, "Somebody raised an alert."),
    Weight("failed_settlements_90d", "at least", 2, 200, "Collecting failed more than once."),
    Weight("declines_of_customer_24h", "at least", 3, 150, "Cards are declined again and again."),
)

WEIGHTS: dict[str, tuple[Weight, ...]] = {
    "signup": _FACTS + _VELOCITY,
    "payment": _FACTS + _VELOCITY,
    "checkup": _CHECKUP,
}

#: Points from which the scorecard alone asks for an outcome.
CHALLENGE_AT = 300
REVIEW_AT = 450


class Scorecard:
    """The weights of one moment, bound to the places of its vector."""

    def __init__(self, weights: tuple[Weight, ...], position: Mapping[str, int]) -> None:
        self._bound = [
            (position[weight.signal], _TESTS[weight.test], weight)
            for weight in weights
            if weight.signal in position
        ]

    def points(self, vector: Floats) -> tuple[int, tuple[Fired, ...]]:
        """Points, at most 1000, and the weights that applied, the heaviest first."""
        row = vector.tolist()
        fired = [
            Fired(weight, row[place])
            for place, test, weight in self._bound
            if test(row[place], weight.limit)
        ]
        fired.sort(key=lambda one: -one.weight.points)
        return min(1000, sum(one.weight.points for one in fired)), tuple(fired)


def digest() -> str:
    """Names this version of the weights."""
    return hashlib.sha256(repr((WEIGHTS, CHALLENGE_AT, REVIEW_AT)).encode()).hexdigest()[:12]
