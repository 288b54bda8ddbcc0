"""`Rate`: the smoothed share of bad customers among those whose labels have matured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.declaration.base import OnSeries, Scope, check_field, formula_of
from features.derived import Derived
from features.durations import DAY
from features.errors import InvalidDeclaration
from features.formulas.counts import smoothed_rate
from features.series import BAD, MATURED, Read, Series


@dataclass(frozen=True, kw_only=True)
class Rate(OnSeries):
    """Smoothed share of bad customers among those whose labels have matured.

    A customer enters ``matures_after`` its first event, and counts for ``over``;
    ``weight`` customers' worth of the share of those around are mixed in: of everybody, or
    first of the group ``within`` (a country's subregion).
    """

    bad: tuple[str, ...]
    matures_after: int
    over: int
    within: str = ""
    weight: float = 50.0

    def _series(self, by: tuple[str, ...]) -> Series:
        return Series(
            shape="matured",
            by=by,
            events=self.kinds,
            span=self.over,
            where=self.condition,
            cap=0,
            delay=self.matures_after,
            bad=self.bad,
        )

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """The rate, and beside it the number of customers it rests on."""
        groups = [self.fields, *(((self.within,),) if self.within else ()), ()]
        days = self.over // DAY
        reads = tuple(
            Read(self._series(by), (days, part)) for by in groups for part in (MATURED, BAD)
        )
        formula = formula_of(smoothed_rate, {"weight": self.weight})
        yield self.column(name, name, scope, reads, formula)
        why = f"How many customers {name} rests on."
        yield self.column(f"{name}_customers", name, scope, reads[:1], why=why)

    def described(self) -> str:
        """Whose share."""
        within = f", smoothed within {self.within}" if self.within else ""
        return (
            f"share of customers labelled {' or '.join(self.bad)}: {self.counted()} in "
            f"{self.over // DAY}d, {self.matures_after // DAY} days after{within}"
        )

    def check(self, name: str, scope: Scope) -> None:
        """Labels exist, and the times are whole days."""
        super().check(name, scope)
        known = scope.domain.bad
        if not self.bad or set(self.bad) - set(known):
            raise InvalidDeclaration(f"{name} needs bad=(...) of the labels {', '.join(known)}")
        if self.over < DAY or self.over % DAY:
            raise InvalidDeclaration(f"{name} counts whole days: write over=days(365)")
        if self.within:
            check_field(name, self.within, self.kinds, scope)
