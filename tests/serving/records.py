"""Records of a ledger, made short."""

from __future__ import annotations

from features.facts import Entry
from serving.ledger.protocol import Kept, Record


def entry(id: str, known_at: int, kind: str = "signup", **facts: int | float | str) -> Entry:
    """An entry that happened when it became known."""
    return Entry(id=id, kind=kind, known_at=known_at, occurred_at=known_at, facts=dict(facts))


def scored(id: str, known_at: int) -> Record:
    """A scored event with its answer and record."""
    return Record(
        entry(id, known_at),
        fingerprint=b"of the body",
        decision=Kept(
            id=f"d{known_at}",
            event=id,
            customer=None,
            moment="signup",
            outcome="approve",
            answer=b'{"outcome":"approve"}',
            record=b'{"vector":[]}',
        ),
    )


def learned(id: str, known_at: int, kind: str = "usage") -> Record:
    """An event or label that was not scored."""
    return Record(entry(id, known_at, kind), fingerprint=b"of the body")
