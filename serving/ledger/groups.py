"""Group commit: one thread writes whatever waits, in one commit, and wakes all who wait for it.

add, add, add ──► open group ──due──► in flight (the writer) ──► on disk: all wake
                                                     └───────► failed: this group and the
                                                               open one are forgotten together
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence

from features.errors import Unavailable
from serving.ledger.protocol import Record
from serving.log import places

_IDLE_SECONDS = 0.5


class _Group:
    """Records that are committed together, and who waits for them."""

    __slots__ = ("records", "waiting")

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.waiting: list[asyncio.Future[None]] = []


class GroupCommit:
    """Runs ``commit`` on a thread of its own; ``lost`` is called where the waiters live.

    ``commit`` raises `Unavailable` when it could not write; ``written`` is told
    of each group on disk, ``idle`` is called when nothing has come for a while.
    """

    def __init__(
        self,
        commit: Callable[[list[Record]], None],
        *,
        written: Callable[[list[Record]], None],
        lost: Callable[[], None],
        idle: Callable[[], None],
    ) -> None:
        self._commit, self._written, self._lost, self._idle = commit, written, lost, idle
        self._open = _Group()
        self._flight: _Group | None = None
        self._failure: Unavailable | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = self._closing = False
        self._turn = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="ledger-writer", daemon=True)
        self._thread.start()

    def add(self, records: Sequence[Record]) -> None:
        """Puts records into the open group.

        It is due once the loop has seen to all that it has read: they share a commit,
        and the writer does not take the interpreter away from them meanwhile.
        """
        with self._turn:
            self._open.records.extend(records)
        try:
            asyncio.get_running_loop().call_soon(self._fall_due)
        except RuntimeError:  # there is no loop, so nobody else comes
            self._fall_due()

    async def wait(self) -> None:
        """Returns when everything added so far is on disk; raises `Unavailable` if it is lost."""
        with self._turn:
            group = self._open if self._open.records else self._flight
            if group is None:
                return
            self._loop = asyncio.get_running_loop()
            waiter = self._loop.create_future()
            group.waiting.append(waiter)
            if self._failure is not None:
                self._loop.call_soon(self._lose)
        await waiter

    def drain(self) -> None:
        """Blocks until nothing waits. Raises `Unavailable` if something was lost."""
        self._fall_due()
        with self._turn:
            self._turn.wait_for(
                lambda: self._failure or (not self._open.records and self._flight is None)
            )
            failure = self._failure
        if failure is not None:
            self._lose()
            raise type(failure)(failure.message)

    def close(self) -> None:
        """Writes what waits and ends the thread."""
        with self._turn:
            self._closing = True
            self._turn.notify_all()
        self._thread.join()

    def _fall_due(self) -> None:
        with self._turn:
            self._due = bool(self._open.records)
            self._turn.notify_all()

    def _run(self) -> None:
        while (group := self._next()) is not None:
            try:
                self._commit(group.records)
            except Unavailable as error:
                self._fail(error)
            except Exception as error:  # the edge of a thread: whoever waits must hear of it
                logging.getLogger("vouch").error("the ledger's writer failed: %s", places(error))
                self._fail(Unavailable(f"nothing was recorded: {type(error).__name__}"))
            else:
                self._finish(group)

    def _next(self) -> _Group | None:
        """Takes the open group; None when the ledger closes."""
        rested = False
        while True:
            with self._turn:
                due = self._due or self._closing
                if due and self._open.records and self._failure is None:
                    self._flight, self._open, self._due = self._open, _Group(), False
                    return self._flight
                if self._closing:
                    return None
                if self._turn.wait(None if rested else _IDLE_SECONDS):
                    continue
            self._idle()
            rested = True

    def _finish(self, group: _Group) -> None:
        self._written(group.records)
        with self._turn:
            self._flight = None
            waiting = group.waiting
            self._turn.notify_all()
        if waiting:
            self._on_loop(lambda: _wake(waiting))

    def _fail(self, error: Unavailable) -> None:
        with self._turn:
            self._failure = error
            self._turn.notify_all()
        self._on_loop(self._lose)

    def _on_loop(self, call: Callable[[], None]) -> None:
        """Calls where the waiters live; without a loop, or after its end, nobody waits."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(call)

    def _lose(self) -> None:
        """Forgets all that is not on disk, tells the owner and all who wait."""
        with self._turn:
            failure = self._failure
            if failure is None:
                return
            waiting = [*(self._flight.waiting if self._flight else ()), *self._open.waiting]
            self._flight, self._open, self._failure = None, _Group(), None
            self._turn.notify_all()
        for waiter in waiting:
            if not waiter.done():
                waiter.set_exception(type(failure)(failure.message))
        self._lost()


def _wake(waiting: list[asyncio.Future[None]]) -> None:
    for waiter in waiting:
        if not waiter.done():
            waiter.set_result(None)
