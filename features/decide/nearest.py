"""Nearest: the smallest change with which a decision would have been approved.

It is for the reviewer, who asks what he would have to be wrong about: which policies, and the
signals of which codes. It is no advice to the customer, and much of it nobody could change by
being honest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from msgspec import Struct

from features.decide.policies import Hit
from features.decide.reasons import Explainer, shown
from features.decide.texts import Shown
from features.formulas import Floats

#: How often a search may ask the model, and among how many codes it looks.
MOST_PREDICTIONS = 64
MOST_CODES = 16


class Moved(Struct, frozen=True):
    """A signal that would have had its usual value."""

    signal: str
    value: Shown
    usual: Shown


class Change(Struct, frozen=True):
    """All signals of a code at their usual values; ``moved`` are those that are not."""

    code: str
    moved: tuple[Moved, ...]


class Nearest(Struct, frozen=True):
    """What would have had to be otherwise, all of it together.

    ``policies`` would not have had to hold. ``changes`` are None where no few codes bring the
    score down far enough, or none that so many predictions can find.
    """

    policies: tuple[str, ...]
    changes: tuple[Change, ...] | None


def nearest(
    explainer: Explainer,
    row: Floats,
    hits: Iterable[Hit],
    margin: Callable[[Floats], float],
    approved: Callable[[float], bool],
) -> Nearest:
    """The fewest codes found whose usual values bring the margin to where it is approved.

    None of the changes can be left out. One code is the least there is if one is enough; of
    several there may be fewer that the search does not find.
    """
    policies = tuple(dict.fromkeys(hit.policy.id for hit in hits if not hit.policy.shadow))
    search = _Search(explainer, row, margin, approved)
    try:
        found = search.found()
    except _Exhausted:
        found = None
    if found is None:
        return Nearest(policies, None)
    return Nearest(policies, tuple(Change(code, tuple(search.moved(code))) for code in found))


class _Exhausted(Exception):
    """The predictions are used up."""


class _Search:
    def __init__(
        self,
        explainer: Explainer,
        row: Floats,
        margin: Callable[[Floats], float],
        approved: Callable[[float], bool],
    ) -> None:
        self._explainer, self._row = explainer, row
        self._margin, self._approved = margin, approved
        self._left = MOST_PREDICTIONS
        strange = ~np.isnan(explainer.usual) & (row != explainer.usual)
        self._places: dict[str, list[int]] = {}
        for place in np.flatnonzero(strange).tolist():
            self._places.setdefault(explainer.code[place], []).append(place)

    def found(self) -> list[str] | None:
        """Codes, those that bring most first; None if not even all are enough."""
        if self._enough([]):
            return []
        raising = [
            factor.code
            for factor in self._explainer(self._row)
            if factor.contribution > 0 and factor.code in self._places
        ]
        alone = {code: self._with([code]) for code in raising[:MOST_CODES]}
        best = sorted(alone, key=lambda code: alone[code])
        if best and self._approved(alone[best[0]]):
            return best[:1]
        for count in range(2, len(best) + 1):
            if self._enough(best[:count]):
                return self._pruned(best[:count])
        return None

    def _pruned(self, chosen: list[str]) -> list[str]:
        """Without what can be left out, until nothing can."""
        for code in reversed(chosen):
            fewer = [one for one in chosen if one != code]
            if self._enough(fewer):
                return self._pruned(fewer)
        return chosen

    def moved(self, code: str) -> Iterator[Moved]:
        """The signals of a code that are not as usual."""
        for place in self._places[code]:
            column = self._explainer.columns[place]
            value, usual = float(self._row[place]), float(self._explainer.usual[place])
            yield Moved(column.name, shown(column, value), shown(column, usual))

    def _enough(self, codes: list[str]) -> bool:
        return self._approved(self._with(codes))

    def _with(self, codes: list[str]) -> float:
        """The margin with these codes as usual."""
        if not self._left:
            raise _Exhausted
        self._left -= 1
        row = self._row.copy()
        for code in codes:
            row[self._places[code]] = self._explainer.usual[self._places[code]]
        return self._margin(row)
