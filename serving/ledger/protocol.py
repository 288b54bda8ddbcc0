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

from features.facts import Entry

Space = Literal["event", "label"]


class Record(Struct, frozen=True):
    """An entry and what is kept beside it.

    ``fingerprint`` is a keyed hash of the body that brought it; ``answer`` the
    exact bytes of a scored event's response; ``decision`` the JSON record kept
    for audit and replay.
    """

    entry: Entry
    fingerprint: bytes = b""
    answer: bytes | None = None
    decision: bytes | None = None
    decision_id: str | None = None


class Stored(NamedTuple):
    """What is known of an id that was sent before."""

    fingerprint: bytes
    known_at: int
    answer: bytes | None
    decision_id: str | None


class StoredDecision(NamedTuple):
    """The bytes that were answered, and the record kept for audit and replay."""

    answer: bytes
    record: bytes


class ImportCounts(NamedTuple):
    """How many records of an import were new, and how many were there already."""

    new: int
    known: int


OnLoss = Callable[[], None]
Progress = Callable[[ImportCounts], None]


class Ledger(Protocol):
    """The one order of entries. Ids are unique among events, among labels, among decisions."""

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
        """The answer and record of a decision that is on disk."""
        ...

    def has_fingerprints(self) -> bool:
        """Whether an entry on disk came with a body: an imported one did not."""
        ...

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries on disk with ``after < known_at <= until``, in order, in bounded memory."""
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


def space_of(entry: Entry) -> str:
    """Within what an entry's id is unique."""
    return entry.kind if entry.kind in ("label", "decision") else "event"
