"""The ledger's export: its entries as Parquet, the form in which history is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from features.domain import CLOUD, Domain
from features.export import ExportWriter
from features.facts import Entry

_REPORT_EVERY = 10_000


class Entries(Protocol):
    """A ledger, or a reader of one."""

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Entries in order."""
        ...


def export(
    ledger: Entries,
    path: Path,
    progress: Callable[[int], None] | None = None,
    domain: Domain = CLOUD,
    until: int | None = None,
) -> int:
    """Writes all entries known ``until`` then to a Parquet file; returns how many.

    ``progress`` is told now and then.
    """
    with ExportWriter(path, domain=domain) as writer:
        for entry in ledger.entries(until=until):
            writer.write(entry)
            if progress is not None and writer.rows % _REPORT_EVERY == 0:
                progress(writer.rows)
    return writer.rows
