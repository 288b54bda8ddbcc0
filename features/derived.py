"""A derived column: one place of a vector, made from a declaration under the name it was given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from features.formulas import Formula
from features.series import Asked, Input, Now, Read


@dataclass(frozen=True)
class Derived:
    """One column: its inputs, and the formula over them; without one it is its only input.

    ``signal`` is the name of the declaration; ``family`` groups columns in reports; ``at``
    are the moments that have it; ``cap`` is where a count stops, 0 where nothing does;
    ``only_raises`` says that more of it never lowers the risk.
    """

    name: str
    signal: str
    why: str
    at: tuple[str, ...]
    family: str
    inputs: tuple[Input, ...]
    formula: Formula | None = None
    cap: int = 0
    only_raises: bool = False

    @property
    def code(self) -> str:
        """The stable code of the reason that this column gives."""
        return self.signal.upper()

    @property
    def fact(self) -> str:
        """The field of the event asked about that this column is; empty if it is none."""
        first = self.inputs[0]
        return first.field if self.formula is None and isinstance(first, Asked) else ""

    @property
    def categories(self) -> tuple[str, ...] | None:
        """The texts that its values are positions of; None for a number."""
        first = self.inputs[0]
        if self.formula is not None or isinstance(first, Now):
            return None
        if isinstance(first, Asked):
            return first.categories
        return _texts(first)

    @property
    def state(self) -> tuple[str, ...]:
        """What state is read by for it, such as ``device``; nothing for what the event says."""
        reads = (one for one in self.inputs if isinstance(one, Read))
        return tuple(dict.fromkeys(" and ".join(one.series.by) or "all" for one in reads))

    @cached_property
    def digest(self) -> str:
        """Digest of all that decides the column's value."""
        inputs = [
            (one.series.digest, one.argument) if isinstance(one, Read) else one
            for one in self.inputs
        ]
        formula = None if self.formula is None else self.formula.definition
        return hashlib.sha256(repr((self.name, inputs, formula)).encode()).hexdigest()[:12]


def _texts(read: Read) -> tuple[str, ...] | None:
    if read.series.shape == "latest" and isinstance(read.argument, tuple):
        return read.argument[1:] or None
    return None
