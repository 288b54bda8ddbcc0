"""Diaries: where stories write down their events, as the ledger would learn them."""

from __future__ import annotations

from typing import Protocol

from features.events import Ingestible, Label
from features.export import ExportWriter
from features.facts import Door
from features.reference import load
from features.tokens import Tokenizer

#: A simulated world has no secrets: its tokens are made with a published constant.
TOKEN_SECRET = b"vouch: the published secret of the simulated world"


class Diary(Protocol):
    """Takes an event that becomes known at a time (integer microseconds, UTC)."""

    def write(self, event: Ingestible | Label, known_at: int) -> None:
        """Takes one event; times need not be in order."""


class HistoryDiary:
    """Lets every event through the real door into an export; drops what lies after the end."""

    def __init__(self, writer: ExportWriter, end: int) -> None:
        self._door = Door(Tokenizer(TOKEN_SECRET, key_id="sim"), load())
        self._writer = writer
        self._end = end

    def write(self, event: Ingestible | Label, known_at: int) -> None:
        """Learns one event."""
        if known_at < self._end:
            self._writer.write(self._door.learn(event, known_at))


class EventDiary:
    """Keeps the events as they were sent."""

    def __init__(self) -> None:
        self.events: list[tuple[int, Ingestible | Label]] = []

    def write(self, event: Ingestible | Label, known_at: int) -> None:
        """Keeps one event."""
        self.events.append((known_at, event))
