"""Folding: how state follows the ledger, also after it failed or was lost."""

from __future__ import annotations

from itertools import islice

from features.facts import Entry
from features.state.protocol import State, StateDamaged, StateUnavailable
from serving.ledger.protocol import Ledger

_SLICE = 2_000  # entries that one request may fold to catch up: some 50 ms


class Folding:
    """One state behind one ledger. ``behind`` is the place up to which it has followed.

    None while it is level. A state that fails is left behind, and caught up when it can be.
    """

    def __init__(self, state: State, ledger: Ledger, slice: int = _SLICE) -> None:
        self.state = state
        self.behind: int | None = None
        self._ledger, self._slice = ledger, slice

    def fold(self, entry: Entry) -> None:
        """Folds an entry that was appended just now."""
        if self.behind is None:
            try:
                self.state.fold(entry)
            except StateUnavailable:
                self.behind = entry.known_at - 1

    def start_over(self) -> None:
        """State knows what the ledger does not, or is damaged: it is folded again from there."""
        self.state.reset()
        self.behind = 0

    def failed(self, error: StateUnavailable) -> str:
        """What to say of a state that cannot be read; a damaged one starts over."""
        if isinstance(error, StateDamaged):
            self.start_over()
        return f"state cannot be read: {error}"

    def catch_up(self) -> None:
        """Folds a slice of what state has missed. Raises `StateUnavailable` until nothing is."""
        if self.behind is None:
            return
        for entry in islice(self._ledger.entries(after=self.behind), self._slice):
            self.state.fold(entry)
            self.behind = entry.known_at
        if self.behind < self._ledger.last_known_at:
            raise StateUnavailable("state is behind the ledger and catches up")
        self.behind = None
