"""What every shape can do, and what the shapes anchored to customers do besides.

Every shape remembers the place up to which it has been folded and ignores what
it has seen, so that folding an entry twice changes nothing. Reads are asked at
times that only grow; what no later read can see is dropped while folding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

Integers = list[int | None]


class Stored(Protocol):
    """What a store keeps for one value of ``by``."""

    EMPTY: ClassVar[int | None]  # what an object that nothing was folded into answers
    upto: int

    def read(self, t: int, arguments: Sequence[Any]) -> Sequence[int | None]:
        """The integers at ``t``, one per argument."""

    def pack(self) -> tuple[Any, ...]:
        """Plain values, the place first, that the constructor of the same shape understands."""


class Change(NamedTuple):
    """What an anchor's customer does to the stored object of a token: plain integers."""

    token: str
    values: tuple[int, ...]


class Anchor(Protocol):
    """What one customer has contributed to one series.

    Changes are kept by the place of the entry that made them, so that an entry folded
    twice makes the same changes again.
    """

    upto: int

    @property
    def lasting(self) -> bool:
        """Whether it must be kept however long ago it was folded last."""

    def enter(self, known_at: int, occurred_at: int, token: str | None) -> Iterable[Change]:
        """An event of the customer."""

    def label(self, known_at: int, kind: str, status: str) -> Iterable[Change]:
        """A label of the customer."""

    def pack(self) -> tuple[Any, ...]:
        """Plain values, the place first."""


def relabelled(
    active: frozenset[str], bad: Sequence[str], kind: str, status: str
) -> frozenset[str]:
    """The bad labels that stand after another one; ``legitimate`` clears, a reversal undoes."""
    undone = status == "reversed"
    if kind == "legitimate":
        return active if undone else frozenset()
    if kind in bad:
        return active - {kind} if undone else active | {kind}
    return active
