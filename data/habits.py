"""Habits: how a kind of customer fills in a sign-up form, as probabilities.

Nobody is all fraud. A fraudster's habits lie somewhere between those of an
ordinary customer and a crude version of his trade:

    ordinary ├──────────────●───────────────────────┤ crude
                       crudeness

so the careful ones overlap with honest people and cannot be told apart at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from features.blocks import NetworkType


@dataclass(frozen=True)
class Habits:
    """Probabilities, unless a comment says otherwise."""

    networks: Mapping[NetworkType, float]  # weights
    free_mail: float = 0.46
    disposable_mail: float = 0.008
    digits_in_mail: float = 0.24
    abroad: float = 0.035
    foreign_card: float = 0.03
    no_card: float = 0.10
    prepaid: float = 0.03
    card_not_present: float = 0.62
    mfa: float = 0.72
    form_seconds: float = 95.0  # median
    autofill: float = 0.05  # a form filled in within seconds
    device_hidden: float = 0.12
    seats: float = 5.0  # median
    trial: float = 0.30
    metered: float = 0.26
    risk_pull: float = 0.0  # exponent of the country's risk
    bank_refuses: float = 0.05
    checks_fail: float = 0.03  # CVC, AVS
    verified: float = 0.30  # asked for a code by SMS


ORDINARY = Habits(
    networks={
        "residential": 0.50,
        "mobile": 0.17,
        "business": 0.22,
        "unknown": 0.055,
        "vpn": 0.032,
        "hosting": 0.012,
        "public_proxy": 0.003,
        "residential_proxy": 0.006,
        "tor": 0.001,
    }
)

CRUDE = replace(
    ORDINARY,
    networks={
        "residential": 0.14,
        "mobile": 0.06,
        "business": 0.01,
        "unknown": 0.10,
        "vpn": 0.29,
        "hosting": 0.21,
        "public_proxy": 0.05,
        "residential_proxy": 0.12,
        "tor": 0.02,
    },
    free_mail=0.76,
    disposable_mail=0.20,
    digits_in_mail=0.78,
    abroad=0.40,
    foreign_card=0.32,
    no_card=0.04,
    prepaid=0.22,
    card_not_present=0.85,
    mfa=0.20,
    form_seconds=24.0,
    autofill=0.40,
    device_hidden=0.26,
    seats=16.0,
    trial=0.42,
    metered=0.85,
    risk_pull=1.5,
    bank_refuses=0.30,
    checks_fail=0.30,
    verified=0.35,
)


def between(careful: Habits, crude: Habits, crudeness: float) -> Habits:
    """The habits at a crudeness of 0 to 1 between two.

    >>> between(ORDINARY, CRUDE, 0.5).form_seconds
    59.5
    """
    mixed: dict[str, float] = {}
    for field in fields(Habits):
        one, other = getattr(careful, field.name), getattr(crude, field.name)
        if field.name != "networks":
            mixed[field.name] = one + crudeness * (other - one)
    networks: dict[NetworkType, float] = {
        name: weight + crudeness * (crude.networks[name] - weight)
        for name, weight in careful.networks.items()
    }
    return Habits(networks=networks, **mixed)


def only(network: NetworkType) -> Mapping[NetworkType, float]:
    """The weights of somebody who always uses one type of network."""
    return {name: float(name == network) for name in ORDINARY.networks}
