"""Following: the store of state of a home, opened so that it follows the home's ledger."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from features.errors import SetupError
from features.series import Series
from features.state.embedded import EmbeddedState
from features.state.protocol import State, StateDamaged, StateUnavailable
from serving.filling import Entries
from serving.settings import Settings

if TYPE_CHECKING:
    from features.state.redis import RedisState

FILE = "state.db"


def open_state(
    settings: Settings, series: Iterable[Series], ledger: Entries, *, beside: bool = False
) -> EmbeddedState | RedisState:
    """The state of a home; where it cannot have followed the ledger, it is made anew.

    ``beside`` another process that uses it, it only fills what is not known there. Raises
    `SetupError` where it cannot be opened, and beside also where there is none of this ledger.
    """
    try:
        return _open(settings, series, ledger, beside)
    except StateUnavailable as error:
        raise SetupError(f"state cannot be used: {error}") from None


def _open(
    settings: Settings, series: Iterable[Series], ledger: Entries, beside: bool
) -> EmbeddedState | RedisState:
    path = settings.home / FILE
    first = next(iter(ledger.entries()), None)
    follows = "" if first is None else f"{first.known_at} {first.id}"
    wanted = tuple(series)
    if settings.state:
        from features.state.redis import RedisState

        return RedisState(settings.state, wanted, follows, fill_only=beside)
    try:
        return EmbeddedState(path, wanted, follows, fill_only=beside)
    except StateDamaged:
        if beside:
            raise
        logging.getLogger("vouch").warning("the state file was damaged and is made anew")
        for name in ("", "-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        return EmbeddedState(path, wanted, follows)


def catch_up(state: State, ledger: Entries, newest: int) -> None:
    """Folds what state has missed; one that knows what the ledger does not starts over."""
    if state.position > newest:
        state.reset()
    for entry in ledger.entries(after=state.position):
        state.fold(entry)
