"""The upgrade of a ledger's file that an older Vouch wrote: all at once, or not at all.

Format 1 knew neither whose an entry is nor what a decision is about without decoding it.
"""

from __future__ import annotations

import apsw
import msgspec

_OLD_TABLES = """
DROP INDEX entries_by_id; DROP INDEX decisions_by_id;
ALTER TABLE entries RENAME TO old_entries; ALTER TABLE decisions RENAME TO old_decisions;
"""
_COPY = """
INSERT INTO entries SELECT known_at, space, id, customer_of(entry), fingerprint, entry
    FROM old_entries;
INSERT INTO decisions SELECT known_at, id, answer ->> '$.event_id', answer ->> '$.customer',
    answer ->> '$.moment', answer ->> '$.outcome', NULL, NULL, NULL, bytes, record
    FROM (SELECT known_at, id, CAST(answer AS TEXT) AS answer, answer AS bytes, record
          FROM old_decisions);
DROP TABLE old_entries; DROP TABLE old_decisions;
"""


class _Whose(msgspec.Struct):
    customer: str | None = None


_whose = msgspec.msgpack.Decoder(_Whose).decode


def _customer_of(*entry: apsw.SQLiteValue) -> str | None:
    return _whose(entry[0]).customer if isinstance(entry[0], bytes) else None


def upgrade(connection: apsw.Connection, tables: str) -> None:
    """Turns format 1 into ``tables``. What decided then stays final, for nobody waits for it."""
    connection.create_scalar_function("customer_of", _customer_of, 1, deterministic=True)
    with connection:
        connection.execute(_OLD_TABLES).fetchall()
        connection.execute(tables).fetchall()
        connection.execute(_COPY).fetchall()
