"""What the online engine asks of a store of state, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from features.facts import Entry
from features.series import Series


class Question(NamedTuple):
    """Integers wanted of one stored object; a ``token`` of None is unknown."""

    series: Series
    arguments: tuple[int, ...]
    token: str | None


class State(Protocol):
    """A follower of the ledger."""

    @property
    def position(self) -> int:
        """Place of the last entry that is folded and would survive a fault."""

    def read(self, questions: Iterable[Question], t: int) -> Sequence[int | None]:
        """All integers of all questions as of ``t``, in order; None where unknown."""

    def fold(self, entry: Entry) -> None:
        """Takes in one entry; one that was folded before changes nothing."""

    def reset(self) -> None:
        """Forgets everything at once: the ledger is to be folded again from its beginning."""

    def flush(self) -> None:
        """Makes what has been folded so far survive a fault."""

    def close(self) -> None:
        """Flushes and lets go."""
