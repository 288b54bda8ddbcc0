"""`Recent`: the last rows in the order learned, handed to a pure function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from features.declaration.base import OnSeries, Scope, check_field, check_widths
from features.derived import Derived
from features.durations import short
from features.errors import InvalidDeclaration
from features.formulas import Floats, Formula
from features.series import Asked, Input, Now, Read, Series

MOST_ROWS = 32
_OCCURRED = "occurred_at"


@dataclass(frozen=True, kw_only=True)
class Recent(OnSeries):
    """A formula over the last ``rows`` rows that happened within ``over``: streaks, gaps, bursts.

    ``values`` are the fields the formula gets of each row, integers or ``occurred_at``; a
    text with its categories as a pair. The formula gets an array (questions, rows, values),
    the row learned last first and NaN where there is none, and an array (questions,
    1 + asked): the time of the question and the facts ``asked`` of its event.
    """

    rows: int
    over: int
    values: tuple[str | tuple[str, tuple[str, ...]], ...]
    formula: Callable[..., Floats]
    parameters: Mapping[str, float] = field(default_factory=dict)
    asked: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Fields with their categories, none for integers."""
        return tuple((one, ()) if isinstance(one, str) else one for one in self.values)

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column."""
        series = Series(
            shape="recent",
            by=self.fields,
            events=self.kinds,
            span=self.over,
            where=self.condition,
            fields=tuple(one for one, _ in self.named),
            cap=self.rows,
        )
        reads = [
            Read(series, (self.over, row, one, *categories))
            for row in range(self.rows)
            for one, categories in self.named
        ]
        formula = Formula(
            self.formula, tuple(sorted(self.parameters.items())), (self.rows, len(self.named))
        )
        inputs: tuple[Input, ...] = (*reads, Now(), *(Asked(one) for one in self.asked))
        yield self.column(name, name, scope, inputs, formula)

    def described(self) -> str:
        """Which rows, and what is made of them."""
        what = self.formula.__name__.replace("_", " ")
        return f"{what} of the last {self.rows}: {self.counted()} in {short(self.over)}"

    def check(self, name: str, scope: Scope) -> None:
        """Few rows, of integers and texts with categories."""
        super().check(name, scope)
        check_widths(name, (self.over,))
        if not 1 <= self.rows <= MOST_ROWS:
            raise InvalidDeclaration(
                f"{name} keeps {self.rows} rows: write 1 to {MOST_ROWS}, or a Daily for more"
            )
        for one, categories in self.named:
            if one != _OCCURRED:
                check_field(name, one, self.kinds, scope, integer=not categories)
        for one in self.asked:
            fact = scope.domain.all_facts.get(one)
            if fact is None or fact.type is str:
                raise InvalidDeclaration(f"{name} compares with {one!r}, which is no number")
