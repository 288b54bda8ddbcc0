"""`Fact`: what the event asked about says by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from features.declaration.base import Declaration, Scope
from features.derived import Derived
from features.errors import InvalidDeclaration
from features.series import Asked


@dataclass(frozen=True, kw_only=True)
class Fact(Declaration):
    """What the event asked about says by itself.

    ``of`` names the fact (`features.fact_types`) or an attribute, ``attributes.x``.
    Texts need their ``categories``: a text is its position there, another is unknown.
    """

    of: str
    categories: tuple[str, ...] | None = None

    def derive(self, name: str, scope: Scope) -> Iterator[Derived]:
        """One column."""
        yield self.column(name, name, scope, (Asked(self.of, self.categories),))

    def described(self) -> str:
        """Which fact."""
        return f"the fact `{self.of}` of the event"

    def check(self, name: str, scope: Scope) -> None:
        """The fact exists, and is said at the moments that ask for it."""
        super().check(name, scope)
        if self.of.startswith("attributes."):
            return
        facts, moments = scope.domain.all_facts, scope.domain.moments
        if self.of not in facts:
            raise InvalidDeclaration(
                f"{name} names the unknown fact {self.of}: docs/signals.md lists those there are"
            )
        kinds = facts[self.of].kinds
        missing = [one for one in self.moments(scope.domain) if moments[one].event not in kinds]
        if missing:
            there = [f"{one!r}" for one, moment in moments.items() if moment.event in kinds]
            instead = f"declare it at=({', '.join(there)},)" if there else "write Latest(of=...)"
            raise InvalidDeclaration(
                f"{name} asks for {self.of} at {missing[0]}, where no event says it yet: {instead}"
            )
        if (facts[self.of].type is str) != (self.categories is not None):
            wanted = (
                "needs categories=(...)" if facts[self.of].type is str else "takes no categories"
            )
            raise InvalidDeclaration(f"{name}: the fact {self.of} {wanted}")
