"""What every ledger can do, whatever keeps it.

    append ──► takes its place at once ──► one commit for all that wait ──► durable
               (found from now on)         (the writer)                     (answered)

If a commit fails, everything that was not on disk yet is forgotten together:
`durable` raises for all who wait, `last_known_at` and what `find` sees go back
to what the disk holds, and ``on_loss`` is called so that state can be rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from features.decide.outcomes import Outcome
from features.facts import Entry

#: Within what an id is unique: events, labels, decisions, and what people decree.
Space = Literal["event", "label", "decision", "decree"]

_SPACES: dict[str, Space] = {
    "label": "label",
    "decision": "decision",
    "redecision": "decision",
    "override": "decree",
    "listing": "decree",
    "snooze": "decree",
    "appeal": "decree",
    "lift": "decree",
}


class Kept(Struct, frozen=True, kw_only=True):
    """A decision as it is kept: the exact bytes of the answer, and the JSON record of it.

    ``event`` is the id of the event's entry; ``expires_at`` (µs) is set while it is pending,
    ``supersedes`` the id of the decision that it takes the place of.
    """

    id: str
    event: str
    customer: str | None
    moment: str
    outcome: Outcome
    expires_at: int | None = None
    supersedes: str | None = None
    answer: bytes
    record: bytes


class Record(Struct, frozen=True):
    """An entry and what is kept beside it; ``fingerprint`` is a keyed hash of its body.

    The entry of a scored event carries its decision, that of one made again its own.
    """

    entry: Entry
    fingerprint: bytes = b""
    decision: Kept | None = None


class Stored(NamedTuple):
    """What is known of an id that was sent before."""

    fingerprint: bytes
    known_at: int
    answer: bytes | None
    decision_id: str | None
    on_disk: bool = True


class StoredDecision(NamedTuple):
    """A decision as it was written, and the decision that has taken its place since."""

    known_at: int
    id: str
    event: str
    customer: str | None
    moment: str
    outcome: Outcome
    expires_at: int | None
    supersedes: str | None
    superseded_by: str | None
    answer: bytes
    record: bytes


class Wanted(Struct, frozen=True, kw_only=True):
    """Which decisions are looked for; what is None does not matter. Times in µs.

    ``pending`` asks for those that wait for an answer at that time, or (negative) do not;
    ``policy`` is one that holds, ``before`` goes on from a place, newest first.
    """

    customer: str | None = None
    event: str | None = None
    moment: str | None = None
    outcome: str | None = None
    since: int | None = None
    until: int | None = None
    pending: bool | None = None
    policy: str | None = None
    current: bool | None = None
    before: int | None = None
    limit: int = 50


class ImportCounts(NamedTuple):
    """How many records of an import were new, and how many were there already."""

    new: int
    known: int


OnLoss = Callable[[], None]
Progress = Callable[[ImportCounts], None]


class Ledger(Protocol):
    """The one order of entries. Ids are unique within their `Space`."""

    @property
    def last_known_at(self) -> int:
        """Place of the last appended entry; 0 if there is none."""
        ...

    def append(self, records: Sequence[Record]) -> None:
        """Takes a place for each at once, in order, not yet durable; never blocks."""
        ...

    async def durable(self) -> None:
        """Returns when all that was appended before this call is on disk.

        Raises `Unavailable` when it could not be written: then none of it is stored,
        or `Unconfirmed` where the disk does not tell.
        To be awaited in the step that appended, with no other wait in between.
        """
        ...

    def find(self, space: Space, id: str) -> Stored | None:
        """What is stored under an id, also when it is not on disk yet."""
        ...

    def decision(self, decision_id: str) -> StoredDecision | None:
        """A decision that is on disk."""
        ...

    def known_decision(self, decision_id: str) -> StoredDecision | None:
        """A decision, also when it is not on disk yet."""
        ...

    def current(self, event: str) -> StoredDecision | None:
        """The decision about an event that nothing supersedes, on disk or not yet."""
        ...

    def asked_again(self, customer: str, moment: str, after: int) -> bool:
        """Whether something of a customer was decided about at a moment after a place."""
        ...

    def pending(self) -> Iterator[StoredDecision]:
        """Decisions on disk that wait for an answer and were not superseded."""
        ...

    def decrees(self) -> Iterator[Entry]:
        """What people decreed, on disk, in order."""
        ...

    def has_fingerprints(self) -> bool:
        """Whether an entry on disk came with a body: an imported one did not."""
        ...

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries on disk with ``after < known_at <= until``, in order, in bounded memory."""
        ...

    def of_customer(self, customer: str, after: int = 0, limit: int = 5_000) -> list[Entry]:
        """The entries on disk that name a customer, from a place on, in order."""
        ...

    def import_entries(
        self, records: Iterable[Record], progress: Progress | None = None
    ) -> ImportCounts:
        """Writes records in order, in batches; ids that are there already are left as they are.

        A record whose place is not after the last one takes the place after it.
        """
        ...

    def close(self) -> None:
        """Writes what waits and lets go."""
        ...


def space_of(entry: Entry) -> Space:
    """Within what an entry's id is unique."""
    return _SPACES.get(entry.kind, "event")
