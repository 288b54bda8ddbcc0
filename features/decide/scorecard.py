"""The scorecard: expert weights with their reasons, for the days without a model.

Points are on the score's scale of 0 to 1000 and are no probability. It runs on
every request, so that the day it is needed is not its first.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import eq, ge, le
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from features.formulas import Floats

_TESTS: dict[str, Callable[[Any, float], Any]] = {"at least": ge, "at most": le, "is": eq}


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

    @property
    def limit(self) -> str:
        """What was tested, in words: ``at least 4``."""
        return f"{self.weight.test} {self.weight.limit:g}"


#: Points from which the scorecard alone asks for an outcome.
CHALLENGE_AT = 300
REVIEW_AT = 450


def fewest(fired: Iterable[Fired]) -> tuple[str, ...]:
    """The fewest signals without whose weights the points ask for nothing, the heaviest first."""
    points: Counter[str] = Counter()
    for one in fired:
        points[one.weight.signal] += one.weight.points
    left, found = points.total(), []
    for signal, its in points.most_common():
        if left < CHALLENGE_AT:
            break
        left -= its
        found.append(signal)
    return tuple(found)


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

    def points_of_many(self, vectors: Floats) -> npt.NDArray[np.int64]:
        """Points of many vectors, a row each, as `points` gives them; shape (rows,)."""
        total = np.zeros(len(vectors), dtype=np.int64)
        for place, test, weight in self._bound:
            total += weight.points * np.asarray(test(vectors[:, place], weight.limit))
        return np.minimum(total, 1000)


def digest(weights: Mapping[str, tuple[Weight, ...]]) -> str:
    """Names this version of the weights of all moments."""
    content = repr((dict(weights), CHALLENGE_AT, REVIEW_AT))
    return hashlib.sha256(content.encode()).hexdigest()[:12]
