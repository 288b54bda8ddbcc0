"""Verification: what a store holds, compared with what the ledger gives when folded anew."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from features.facts import Entry
from features.series import Series
from features.state.embedded import EmbeddedState
from features.state.protocol import State
from features.state.shapes import ANCHORS

_ENTRIES_BETWEEN_PROGRESS = 1_000


class Difference(NamedTuple):
    """One object that is not what it should be; None stands for nothing."""

    series: Series
    token: str
    stored: Any
    expected: Any


def differences(
    state: State,
    series: Iterable[Series],
    entries: Iterable[Entry],
    progress: Callable[[int], None] = lambda entries: None,
) -> Iterator[Difference]:
    """Every difference between a state and the ``entries`` up to its position.

    What the state folded after its position was read is not compared, and what no read can
    see any more may be missing.
    """
    kept = {one.digest: one for one in series}
    kept |= {one.anchors: one for one in kept.values() if one.shape in ANCHORS}
    position = state.position
    with tempfile.TemporaryDirectory(prefix="vouch-") as folder:
        fresh = EmbeddedState(Path(folder) / "state.db", set(kept.values()), flush_seconds=3600)
        try:
            for number, entry in enumerate(entries):
                if entry.known_at > position:
                    break
                fresh.fold(entry)
                if number % _ENTRIES_BETWEEN_PROGRESS == 0:
                    progress(number)
            yield from _compared(state, fresh, kept, position)
        finally:
            fresh.close()


def _compared(
    state: State, fresh: EmbeddedState, kept: dict[str, Series], position: int
) -> Iterator[Difference]:
    expected = {(one.part, one.token): one for one in fresh.held()}
    for held in state.held():
        wanted = expected.pop((held.part, held.token), None)
        if held.part not in kept or held.upto > position:
            continue
        content = None if wanted is None else wanted.content
        if _plain(held.content) != _plain(content):
            yield Difference(kept[held.part], held.token, held.content, content)
    for (part, token), missing in expected.items():
        one = kept[part]
        if not any(missing.content):
            continue  # an empty object and none are the same
        if missing.lasting or missing.upto >= position - one.span - one.delay:
            yield Difference(one, token, None, missing.content)


def _plain(content: Any) -> Any:
    """Sequences alike, whether they were lists or tuples."""
    if isinstance(content, list | tuple):
        return [_plain(one) for one in content]
    return content
