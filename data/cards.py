"""Payment cards without numbers: what a processor tells a shop about one."""

from __future__ import annotations

import hashlib

from data.dice import Dice
from data.habits import Habits
from data.places import Place, elsewhere
from features.blocks import Card, Funding


def card(dice: Dice, place: Place, habits: Habits, holder: str | None = None) -> Card:
    """A card of somebody who lives in a place."""
    issued = elsewhere(dice, place) if dice.chance(habits.foreign_card) else place
    funding: Funding = "prepaid" if dice.chance(habits.prepaid) else "credit"
    if funding == "credit" and dice.chance(0.45):
        funding = "debit"
    present = False if dice.chance(habits.card_not_present) else None
    return Card(
        bin=_bin(issued, funding, dice.randrange(6)),
        last4=f"{dice.randrange(10_000):04d}",
        fingerprint=f"card_{dice.code(16)}",
        funding=funding,
        country=issued.country,
        holder=holder,
        present=present,
    )


def _bin(place: Place, funding: Funding, issuer: int) -> str:
    digest = hashlib.blake2b(f"{place.country}/{funding}/{issuer}".encode(), digest_size=4).digest()
    return f"4{int.from_bytes(digest) % 100_000:05d}"
