"""`Latest`: the last value of a field known before the question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.declaration.base import OnSeries, Scope, check_field, check_widths, formula_of
from features.derived import Derived
from features.durations import short
from features.errors import InvalidDeclaration
from features.formulas.counts import age
from features.series import Now, Read, Series


@dataclass(frozen=True, kw_only=True)
class Latest(OnSeries):
    """The value of a field in the row learned last, if that happened within ``over``.

    Texts need their ``categories``. With ``unit`` the field is a time, and the column says
    how long ago it lies in that unit; what is ahead is negative.
    """

    of: str
    over: int
    categories: tuple[str, ...] | None = None
    unit: int = 0

    def series(self) -> Series:
        """Where the value is read."""
        return latest_series(self.of, self.fields, self.kinds, self.over, self)

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column."""
        read = Read(self.series(), (self.over, *(self.categories or ())))
        if self.unit:
            formula = formula_of(age, {"unit": self.unit})
            yield self.column(name, name, scope, (read, Now()), formula)
        else:
            yield self.column(name, name, scope, (read,))

    def described(self) -> str:
        """Which value of which events."""
        how = f"how long ago the last {self.of} lies" if self.unit else f"last {self.of}"
        return f"{how}: {self.counted()} in {short(self.over)}"

    def check(self, name: str, scope: Scope) -> None:
        """An integer, or a text with its categories."""
        super().check(name, scope)
        check_widths(name, (self.over,))
        check_field(name, self.of, self.kinds, scope, integer=self.categories is None)
        fact = scope.domain.all_facts.get(self.of)
        if self.categories is not None and (fact is None or fact.type is not str):
            raise InvalidDeclaration(f"{name}: {self.of} is no text and takes no categories")


def latest_series(
    of: str,
    by: tuple[str, ...],
    kinds: tuple[str, ...],
    over: int,
    declared: OnSeries | None = None,
) -> Series:
    """The series of the last value of a field."""
    return Series(
        shape="latest",
        by=by,
        events=kinds,
        span=over,
        where=() if declared is None else declared.condition,
        value=of,
        cap=0,
    )
