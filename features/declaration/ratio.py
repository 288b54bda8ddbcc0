"""`Ratio`: a column made of other columns: ratios, differences, the largest of several."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from features.declaration.base import Declaration, Scope
from features.derived import Derived
from features.errors import InvalidDeclaration
from features.formulas import Floats
from features.formulas.composed import Composed, Part
from features.formulas.counts import largest, share, smallest
from features.series import Input

_SAFE_AT_THE_CAP = (largest, smallest)


@dataclass(frozen=True, kw_only=True)
class Ratio(Declaration):
    """A formula over columns of this catalogue, by default the first over the second.

    A count that has reached its cap is unknown here, as more is hidden behind it; only the
    largest and smallest of several take it as it is.

    >>> Ratio(of=("declines_on_card_24h", "authorisations_on_card_24h"), why="Testers.").formula
    ... # doctest: +ELLIPSIS
    <function share at ...>
    """

    of: tuple[str, ...]
    formula: Callable[[Floats], Floats] = share

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column."""
        inputs: list[Input] = []
        parts = []
        for column in self._columns(name, scope):
            start = len(inputs)
            inputs += column.inputs
            cap = 0 if self.formula in _SAFE_AT_THE_CAP else column.cap
            parts.append(Part(start, len(inputs), column.formula, cap))
        composed = Composed(self.formula, parts=tuple(parts))
        yield self.column(name, name, scope, tuple(inputs), composed)

    def _columns(self, name: str, scope: Scope) -> list[Derived]:
        known = {
            column.name: column
            for other, declaration in scope.declarations.items()
            if not isinstance(declaration, Ratio)
            for column in declaration.derive(other, scope)
        }
        missing = [part for part in self.of if part not in known]
        if missing or not self.of:
            near = get_close_matches(missing[0] if missing else name, known, n=1, cutoff=0)
            raise InvalidDeclaration(
                f"the ratio {name} names {', '.join(missing) or 'no column'}, which is no column "
                f"of another declaration here: write one, such as {(*near, 'those of a window')[0]}"
            )
        return [known[part] for part in self.of]

    def described(self) -> str:
        """Of what."""
        columns = " and ".join(f"`{one}`" for one in self.of)
        return f"{self.formula.__name__.replace('_', ' ')} of {columns}"

    def check(self, name: str, scope: Scope) -> None:
        """All its columns exist, at every moment it is asked for."""
        super().check(name, scope)
        for column in self._columns(name, scope):
            missing = set(self.moments(scope.domain)) - set(column.at)
            if missing:
                raise InvalidDeclaration(
                    f"{name} is asked at {sorted(missing)}, where {column.name} is not: "
                    f"write at=({', '.join(map(repr, column.at))},)"
                )
        if self.formula is share and len(self.of) != 2:
            raise InvalidDeclaration(f"{name} divides {len(self.of)} columns: name two")
