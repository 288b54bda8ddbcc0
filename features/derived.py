"""A derived column: one place of a vector, made from a declaration under the name it was given."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from features.formulas import Floats
from features.series import Read


@dataclass(frozen=True)
class Derived:
    """One column: either a fact of the event asked about, or a formula over integers.

    Without a formula the column is its only read. ``family`` groups columns in
    reports; ``at`` are the moments that have it.
    """

    name: str
    why: str
    at: tuple[str, ...]
    family: str
    definition: str
    fact: str = ""
    categories: tuple[str, ...] | None = None
    reads: tuple[Read, ...] = ()
    formula: Callable[[Floats], Floats] | None = None

    @property
    def digest(self) -> str:
        """Digest of all that decides the column's value."""
        content = (self.name, self.definition, self.categories)
        return hashlib.sha256(repr(content).encode()).hexdigest()[:12]
