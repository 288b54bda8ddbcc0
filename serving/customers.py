"""Customers: everything that the ledger knows about one, read a page at a time.

entries of the customer ──► counts, labels, what was used ──┐
decisions ──► the current ones, those that wait ────────────┼──► one answer
decrees ──► about the customer, or about what was used ─────┘
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from features.facts import Entry
from serving.answer import DecisionAnswer, DecisionRecord, at
from serving.decrees import Value, values
from serving.ledger.protocol import StoredDecision
from serving.reviewing import Summary
from serving.summary import DecreeSummary, EntrySummary, of_entry

if TYPE_CHECKING:
    from serving.ledger.tables import LedgerReader

_PAGE = 1_000
_EXPORTED_AT_ONCE = 100  # a decision has some ten thousand bytes

_encode = msgspec.json.Encoder().encode


class CustomerLabel(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody said to be true of a customer, or took back."""

    id: str
    label: str
    status: str
    known_at: datetime
    source: str | None = None
    event: str | None = None


class CustomerAnswer(Struct, frozen=True, kw_only=True):
    """Everything about one customer.

    ``entries`` counts the customer's entries by kind. ``decisions`` are the current ones, one for
    each moment, ``pending`` those that wait. ``decrees`` are about the customer or about something
    the customer used. ``recent`` are the newest entries; ``next`` goes on with older ones at
    ``/entries``.
    """

    id: str
    first_seen: datetime
    last_seen: datetime
    entries: dict[str, int]
    decisions: list[Summary]
    pending: list[Summary]
    labels: list[CustomerLabel]
    decrees: list[DecreeSummary]
    recent: list[EntrySummary]
    next: str | None


class EntryPage(Struct, frozen=True, kw_only=True):
    """Entries, newest first; ``next`` is the cursor of the page after it, null at the end."""

    entries: list[EntrySummary]
    next: str | None


class ExportedDecision(Struct, frozen=True, kw_only=True):
    """A decision in an export, with its answer and record as they are kept."""

    id: str
    event: str
    superseded_by: str | None
    answer: DecisionAnswer
    record: DecisionRecord


class ExportLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an export: an entry, or a decision that was made with the entry before it."""

    entry: EntrySummary | None = None
    decision: ExportedDecision | None = None


class Account:
    """What the entries of one customer come to; give them in order."""

    def __init__(self) -> None:
        self.first_seen = self.last_seen = 0
        self.kinds: Counter[str] = Counter()
        self.labels: list[CustomerLabel] = []
        self.used: set[Value] = set()

    def add(self, entries: Iterable[Entry]) -> None:
        """Takes in some more."""
        for entry in entries:
            self.first_seen = self.first_seen or entry.known_at
            self.last_seen = entry.known_at
            self.kinds[entry.kind] += 1
            self.used.update(values(entry))
            if entry.kind == "label":
                self.labels.append(_label(entry))


def page_of(reader: LedgerReader, customer: str, after: int) -> list[Entry]:
    """Some entries of a customer from a place on, in order."""
    return reader.of_customer(customer, after, _PAGE)


def exported(reader: LedgerReader, customer: str, after: int) -> tuple[bytes, int]:
    """Lines of a customer's export from a place on, and the place they reach; 0 at the end."""
    entries = reader.of_customer(customer, after, _EXPORTED_AT_ONCE)
    if not entries:
        return b"", 0
    last = entries[-1].known_at
    decided = {one.known_at: one for one in reader.decisions_of(customer, after, last)}
    return b"".join(_lines(entries, decided)), last


def _lines(entries: list[Entry], decided: dict[int, StoredDecision]) -> Iterator[bytes]:
    for entry in entries:
        yield _encode({"entry": of_entry(entry)}) + b"\n"
        if (made := decided.get(entry.known_at)) is not None:
            yield _encode({"decision": _decision(made)}) + b"\n"


def _decision(made: StoredDecision) -> dict[str, object]:
    return {
        "id": made.id,
        "event": made.event,
        "superseded_by": made.superseded_by,
        "answer": msgspec.Raw(made.answer),
        "record": msgspec.Raw(made.record),
    }


def _label(entry: Entry) -> CustomerLabel:
    said = entry.facts
    return CustomerLabel(
        id=entry.id,
        label=str(said["label"]),
        status=str(said["status"]),
        known_at=at(entry.known_at),
        source=_text(said.get("source")),
        event=_text(said.get("event")),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
