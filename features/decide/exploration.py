"""Exploration: by chance, an event that only a model's score would stop is let pass.

What is stopped shows nobody what would have become of it, so a model that learns from its own
decisions never hears of its mistakes. Each event let pass stands for ``1 / share`` of its kind
(inverse propensity weights, Horvitz & Thompson 1952, doi:10.1080/01621459.1952.10483446).
"""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from features.decide.outcomes import Outcome

_BITS = 53  # of a float's fraction


class Chance(Struct, frozen=True):
    """The share that is let pass, and where in [0, 1) this event's draw fell."""

    share: float
    draw: float

    @property
    def falls(self) -> bool:
        """Whether the event is let pass."""
        return self.draw < self.share


class Exploration(Struct, frozen=True):
    """An event let pass: the share that is, and what the score alone would have asked for."""

    share: float
    instead_of: Outcome


#: Nobody is let pass by chance.
NO_CHANCE = Chance(0.0, 0.0)


class Lot:
    """Draws once for each event, from its id and a secret: a retry or a replay draws the same.

    >>> drawn = Lot(0.02, b"secret")("signup-1")
    >>> drawn == Lot(0.02, b"secret")("signup-1")
    True
    >>> Lot(0.0, b"secret")("signup-1") is NO_CHANCE
    True
    """

    def __init__(self, share: float, secret: bytes) -> None:
        self._share = share
        self._keyed = blake2b(digest_size=8, key=secret, person=b"exploration")

    def __call__(self, event_id: str) -> Chance:
        """The chance of an event."""
        if not self._share:
            return NO_CHANCE
        keyed = self._keyed.copy()
        keyed.update(event_id.encode())
        return Chance(self._share, (int.from_bytes(keyed.digest()) >> 11) / 2**_BITS)
