"""Records of promotion: what was promoted, refused and rolled back, and the switch itself.

bundles/signup/theft_of_service/promotions.ndjson      a line each, only ever added to

locked: record ──► previous ──► champion        cut off after the record? the next call finishes
"""

from __future__ import annotations

import fcntl
import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Literal

import msgspec

from features.contract import BundleStore
from features.errors import InvalidBundle, NotFound, VouchError
from training.gate import Check, Verdict

FILE = "promotions.ndjson"
_MOVES = ("promotion", "rollback")


class Refused(VouchError):
    """A model was not put into use."""

    code = "not_promoted"


class Record(msgspec.Struct, frozen=True, kw_only=True, rename={"before": "from", "after": "to"}):
    """Something that was decided about the champion: when, by whom, from which bundle to which.

    ``verdict``, ``checks`` and ``rows`` are those of the gate (`training.gate.Verdict`).
    ``forced`` says that the verdict was overruled, ``reason`` why.
    """

    at: datetime
    by: str
    what: Literal["promotion", "refusal", "rollback"]
    before: str | None
    after: str
    verdict: str = ""
    checks: tuple[Check, ...] = ()
    rows: str = ""
    forced: bool = False
    reason: str = ""


class Promotions:
    """The records of one risk at one moment. Whatever moves the champion goes through here."""

    def __init__(self, store: BundleStore, moment: str, risk: str) -> None:
        self.store = store
        self.where = (moment, risk)
        self._path = store.folder(moment, risk) / FILE

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, oldest first; a line that was cut off is none."""
        with suppress(FileNotFoundError):
            return tuple(_read(self._path.read_bytes().split(b"\n")))
        return ()

    def digest(self, alias: str) -> str | None:
        """The bundle an alias stands for; None where there is none, or it cannot be read."""
        with suppress(InvalidBundle):
            return self.store.alias(*self.where, alias)
        return None

    def finish(self) -> None:
        """Ends a move that was recorded and cut off."""
        if self._path.exists():
            with self._alone():
                self._finish()

    def promote(
        self, digest: str, verdict: Verdict, before: str | None, *, reason: str, forced: bool
    ) -> Record:
        """Puts a bundle into use in the place of ``before``, which it was compared with.

        Raises `Refused` where another one has taken that place meanwhile, `InvalidBundle`
        where nobody can tell which has it.
        """
        with self._alone():
            self._finish()
            if self.store.alias(*self.where, "champion") != before:
                raise Refused(
                    "another champion was promoted while this one was being compared: run "
                    "`vouch promote` again"
                )
            return self._move(_record("promotion", before, digest, verdict, reason, forced))

    def refuse(self, digest: str, verdict: Verdict, before: str | None) -> Record:
        """Records that a bundle was not put into use."""
        with self._alone():
            self._finish()
            record = _record("refusal", before, digest, verdict, "", False)
            self._append(record)
            return record

    def roll_back(self, reason: str) -> Record:
        """Puts the previous champion into use again; the present one becomes the previous.

        Raises `Refused` where there is none, `InvalidBundle` where nobody can tell which it is.
        """
        moment, risk = self.where
        with self._alone():
            self._finish()
            before, after = (self.store.alias(*self.where, one) for one in ("champion", "previous"))
            if before is None or after is None or before == after:
                raise Refused(
                    f"{risk} at {moment} has no champion before the present one, so there is "
                    "nothing to roll back to"
                )
            verdict = Verdict(True, "")
            return self._move(_record("rollback", before, after, verdict, reason, False))

    def _move(self, record: Record) -> Record:
        moment, risk = self.where
        if not (self.store.folder(moment, risk) / record.after).is_dir():
            raise NotFound(f"there is no bundle {record.after} for {risk} at {moment}")
        self._append(record)
        self.store.promote(*self.where, record.after)
        return record

    def _finish(self) -> None:
        for last in self.records[-1:]:
            with suppress(NotFound, InvalidBundle):
                champion = self.store.alias(*self.where, "champion")
                waits = champion == last.after == self.digest("challenger")
                if last.what in _MOVES and (champion == last.before or waits):
                    self.store.promote(*self.where, last.after)

    def _append(self, record: Record) -> None:
        line = msgspec.json.encode(record) + b"\n"
        with self._path.open("a+b") as file:
            if file.seek(0, os.SEEK_END) and not _ends_a_line(file.fileno()):
                line = b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _record(
    what: Literal["promotion", "refusal", "rollback"],
    before: str | None,
    after: str,
    verdict: Verdict,
    reason: str,
    forced: bool,
) -> Record:
    return Record(
        at=datetime.now(UTC),
        by=login(),
        what=what,
        before=before,
        after=after,
        verdict=verdict.sentence,
        checks=verdict.checks,
        rows=verdict.rows,
        forced=forced,
        reason=reason,
    )


def login() -> str:
    """The login name of whoever runs this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _read(lines: list[bytes]) -> Iterator[Record]:
    for line in lines:
        with suppress(msgspec.MsgspecError):
            yield msgspec.json.decode(line, type=Record)


def _ends_a_line(file: int) -> bool:
    return os.pread(file, 1, os.fstat(file).st_size - 1) == b"\n"
