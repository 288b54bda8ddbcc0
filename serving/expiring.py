"""Expiring: pending decisions that nobody answered in time are decided again, in all rooms.

It runs on the server's own loop, where alone the ledger is written, from the first request on.
"""

from __future__ import annotations

import asyncio
import logging

from features.errors import VouchError
from serving.log import places
from serving.rooms import Room, Rooms

_SECONDS = 1.0


class Expiring:
    """Looks once a second, a bounded number of decisions at a time."""

    def __init__(self, rooms: Rooms, seconds: float = _SECONDS) -> None:
        self._rooms, self._seconds = rooms, seconds
        self._task: asyncio.Task[None] | None = None

    def keep_on(self) -> None:
        """Begins, if it does not run."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow())

    def close(self) -> None:
        """Stops."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
        self._task = None

    async def _follow(self) -> None:
        while True:
            for room in self._rooms.opened():
                try:
                    await _expire(room)
                except VouchError as error:
                    logging.getLogger("vouch").error("nothing expires: %s", error.message)
                except Exception as error:  # the edge of a task: it must not die in silence
                    logging.getLogger("vouch").error("nothing expires: %s", places(error))
            await asyncio.sleep(self._seconds)


async def _expire(room: Room) -> None:
    done = room.desk.scorer.expire()
    if done:
        await room.desk.durable()
        room.desk.decided_again(done)
