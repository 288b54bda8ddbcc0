"""What the online engine asks of a store of state, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from features.fact_types import Value
from features.facts import Entry
from features.series import Argument, Series


class StateUnavailable(Exception):
    """The store does not answer now; what it holds is not lost."""


class StateDamaged(StateUnavailable):
    """What the store holds cannot be read: it has to be folded again."""


#: What is read at a moment: series with the arguments for each. One tuple for all questions,
#: as stores remember how they answer it.
Blocks = tuple[tuple[Series, tuple[Argument, ...]], ...]
#: Under what is read: the token, or None, for every ``by`` of the blocks.
Tokens = Mapping[tuple[str, ...], str | None]


class Held(NamedTuple):
    """One stored object, for those who compare: ``part`` is its series, or the series' anchors.

    ``lasting`` ones are kept however long ago they were folded last.
    """

    part: str
    token: str
    upto: int
    content: Any
    lasting: bool = False


class State(Protocol):
    """A follower of the ledger. All methods raise `StateUnavailable`."""

    @property
    def position(self) -> int:
        """Place of the last entry that is folded and would survive a fault."""

    @property
    def filling(self) -> tuple[Series, ...]:
        """Series that are wanted and have a hole in their past: unknown until filled."""

    @property
    def filled(self) -> int:
        """Place up to which the hole has been filled."""

    def read(self, blocks: Blocks, tokens: Tokens, t: int) -> Sequence[int | None]:
        """All integers of all blocks as of ``t``, in order; None where unknown."""

    def current(self, wanted: Sequence[tuple[Series, str]], t: int) -> Sequence[Value | None]:
        """The values as they are of latest series, each under its token."""

    def fold(self, entry: Entry) -> None:
        """Takes in one entry; one that was folded before changes nothing."""

    def fill(self, entries: Iterable[Entry]) -> None:
        """Takes entries of the past, in order, into the series that are filling."""

    def catch_tail(self) -> int:
        """From now on keeps what is folded for the series that are filling, too.

        Returns the place up to which they still have to be filled before `go_live`.
        """

    def go_live(self) -> None:
        """The series that were filling have no hole any more."""

    def want(self, series: Iterable[Series]) -> None:
        """Keeps more series from now on; those not kept yet are filling."""

    def held(self) -> Iterator[Held]:
        """Everything stored."""

    def reset(self) -> None:
        """Forgets everything at once: the ledger is to be folded again from its beginning."""

    def flush(self) -> None:
        """Makes what has been folded so far survive a fault."""

    def close(self) -> None:
        """Flushes and lets go."""
