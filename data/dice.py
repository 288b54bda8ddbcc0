"""Dice: the one source of chance, seeded by words, so that every story can be told again."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # no 0, 1, i, l, o: codes are read aloud


class Dice(random.Random):
    """Chance with the few distributions that people and machines follow.

    >>> Dice("seven", 1).code(6) == Dice("seven", 1).code(6)
    True
    """

    def __new__(cls, *words: str | int) -> Dice:
        return super().__new__(cls)

    def __init__(self, *words: str | int) -> None:
        super().__init__("/".join(map(str, words)))

    def chance(self, probability: float) -> bool:
        """Whether something happens that happens with this probability."""
        return self.random() < probability

    def pick(self, weights: Mapping[T, float]) -> T:
        """One of the keys, in proportion to its weight."""
        point = self.random() * sum(weights.values())
        for key, weight in weights.items():  # noqa: B007 - the last one takes the rounding
            point -= weight
            if point < 0:
                break
        return key

    def around(self, median: float, sigma: float) -> float:
        """A positive amount: log-normal with this median and this spread of its logarithm."""
        return median * math.exp(self.gauss(0.0, sigma))

    def between(self, low: float, high: float) -> float:
        """A positive amount between two bounds, small ones as likely as large ones."""
        return low * math.exp(self.random() * math.log(high / low))

    def code(self, length: int) -> str:
        """An opaque code of letters and digits."""
        return "".join(self.choices(_LETTERS, k=length))
