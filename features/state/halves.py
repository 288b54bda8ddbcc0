"""Two halves: the series that are whole, and those with a hole in their past being filled."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from features.facts import Entry
from features.series import Series
from features.state.folding import Folder

Fold = Callable[[Folder, Entry], None]
#: Per series its span, and the place up to which it was filled; None has no hole.
Known = Mapping[str, tuple[int, int | None]]


class Adopted(NamedTuple):
    """A series taken in: whether it is whole, and whether what was kept of it is of no use."""

    series: Series
    whole: bool
    narrower: bool


class Halves:
    """Which series are folded by what, and how far. Whoever calls holds the state's lock."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self.live, self.filling = Folder(()), Folder(())
        self.folded = self.filled = 0
        self._tail: deque[Entry] | None = None

    def fold(self, entry: Entry) -> None:
        """Folds what comes into what is whole."""
        self._fold(self.live, entry)
        self.folded = max(self.folded, entry.known_at)
        if self._tail is not None:
            self._tail.append(entry)

    def fill(self, entries: Iterable[Entry]) -> None:
        """Folds the past into what has a hole."""
        for entry in entries:
            self._fold(self.filling, entry)
            self.filled = max(self.filled, entry.known_at)

    def catch_tail(self) -> int:
        """Keeps what is folded from now on; returns the last place before that."""
        self._tail = deque()
        return self.folded

    def go_live(self) -> tuple[Series, ...]:
        """Joins the halves; returns the series that have no hole any more."""
        for entry in self._tail or ():
            self._fold(self.filling, entry)
        series, self._tail = self.filling.series, None
        self.live, self.filling = Folder((*self.live.series, *series)), Folder(())
        return series

    def adopt(self, series: Iterable[Series], known: Known, *, fill_only: bool) -> list[Adopted]:
        """Takes series in as live where they are known whole, as filling elsewhere."""
        wanted = tuple(series)
        taken = {one.digest for one in wanted}
        live = [one for one in self.live.series if one.digest not in taken]
        filling = [one for one in self.filling.series if one.digest not in taken]
        places = [self.filled] * bool(filling)
        adopted = []
        for one in wanted:
            span, filled = known.get(one.digest, (0, 0))
            narrower = span < one.span
            whole = filled is None and not narrower
            adopted.append(Adopted(one, whole, narrower))
            (live if whole else filling).append(one)
            if not whole:
                places.append(0 if narrower or filled is None else filled)
        self.live = Folder(() if fill_only else live)
        self.filling = Folder(filling)
        self.filled = min(places, default=0)
        return adopted

    def missing(self, series: Iterable[Series]) -> tuple[Series, ...]:
        """Those that are not kept yet, or not for long enough."""
        kept = {one.digest: one.span for one in (*self.live.series, *self.filling.series)}
        return tuple(one for one in series if kept.get(one.digest, 0) < one.span)

    def reset(self) -> tuple[Series, ...]:
        """All begins anew, and so all is whole; returns all series."""
        series = (*self.live.series, *self.filling.series)
        self.live, self.filling, self._tail = Folder(series), Folder(()), None
        self.folded = self.filled = 0
        return series
