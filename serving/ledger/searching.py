"""Searching: the statement that finds decisions, newest first, among a bounded number of them.

decisions ──► by place, customer or event, newest first ──► the first `MOST_SEEN`
              (what an index finds)                            └──► the rest that is asked
"""

from __future__ import annotations

from typing import NamedTuple

from serving.ledger.protocol import StoredDecision, Wanted

#: So many decisions are looked at for one page.
MOST_SEEN = 50_000

COLUMNS = (
    "known_at, id, event, customer, moment, outcome, expires_at, supersedes, superseded_by, "
    "answer, record"
)
_WAITS = "expires_at IS NOT NULL AND superseded_by IS NULL"
_HIT = (
    "EXISTS (SELECT 1 FROM json_each(CAST(answer AS TEXT), '$.policies') "
    "WHERE json_extract(value, '$.id') = ?)"
)


class Page(NamedTuple):
    """Decisions, newest first, and the place before which to go on; None at the end."""

    decisions: tuple[StoredDecision, ...]
    before: int | None


class Search(NamedTuple):
    """The parts of a search: what is looked at, and which of it is wanted."""

    seen: str
    seen_values: tuple[object, ...]
    wanted: str
    wanted_values: tuple[object, ...]

    @property
    def statement(self) -> str:
        """One more row than a page has: then there is a next one."""
        return (
            f"SELECT {COLUMNS} FROM ({self.seen}) JOIN decisions USING (known_at) "
            f"{self.wanted} ORDER BY known_at DESC LIMIT ?"
        )

    @property
    def last_seen(self) -> str:
        """The place of the last decision that was looked at, and how many were."""
        return f"SELECT min(known_at), count(*) FROM ({self.seen})"


def search(wanted: Wanted, now: int) -> Search:
    """How to find what is wanted; ``now`` tells what still waits."""
    looked = _given(
        ("customer = ?", wanted.customer),
        ("event = ?", wanted.event),
        ("known_at >= ?", wanted.since),
        ("known_at < ?", wanted.until),
        ("known_at < ?", wanted.before),
    )
    asked = _given(
        ("moment = ?", wanted.moment),
        ("outcome = ?", wanted.outcome),
        (f"({_WAITS} AND expires_at > ?)", now if wanted.pending else None),
        (f"NOT ({_WAITS} AND expires_at > ?)", now if wanted.pending is False else None),
        (_HIT, wanted.policy),
    )
    if wanted.current is not None:
        asked.append((f"superseded_by IS {'NULL' if wanted.current else 'NOT NULL'}", ()))
    index = ""
    if wanted.pending:
        looked.append((_WAITS, ()))
        if wanted.customer is None and wanted.event is None:
            index = " INDEXED BY decisions_pending"
    return Search(
        f"SELECT known_at FROM decisions{index} {_where(looked)}"
        f"ORDER BY known_at DESC LIMIT {MOST_SEEN}",
        _values(looked),
        _where(asked),
        _values(asked),
    )


_Condition = tuple[str, tuple[object, ...]]


def _given(*conditions: tuple[str, object]) -> list[_Condition]:
    return [(text, (value,)) for text, value in conditions if value is not None]


def _where(conditions: list[_Condition]) -> str:
    return f"WHERE {' AND '.join(text for text, _ in conditions)} " if conditions else ""


def _values(conditions: list[_Condition]) -> tuple[object, ...]:
    return tuple(value for _, values in conditions for value in values)
