"""The policies in use: read at the start, and again when their file changes.

    file read, or changes ──► checked ──► good? kept as a version, in force from the next event on
                                 └─ no ──► what is in force stays, also over a restart, and
                                           /readyz tells the line and why

The file is the one that the operator names (``VOUCH_POLICIES``), or ``policies.yaml`` of the
home, or that of the home it stands beside (``packed``), or the one that Vouch ships. Every
version that was in force stays in ``policies/`` of the home, so that a decision can be replayed
with the policies that made it.
"""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from features.decide.condition import Names
from features.decide.in_force import FILE, load, place
from features.decide.policies import Policies
from features.errors import VouchError
from serving import keyfile
from serving.policy_versions import PolicyVersions

_State = tuple[str, int, int, int]


class PoliciesElsewhere(VouchError):
    """The policies are written in a file that is the operator's to change."""

    code = "conflict"


class OthersInForce(VouchError):
    """The policies in force are not those that were to be replaced."""

    code = "precondition_failed"


class PolicyFile:
    """Follows the file of the policies in force.

    ``current`` is the last good version, exchanged whole: take it once for each event.
    ``problem`` says why the file is not it, ``versions`` finds those from before. Raises
    `InvalidDeclaration` where there never was one.
    """

    def __init__(
        self,
        path: Path | None,
        home: Path,
        names: Names,
        *,
        is_own: bool,
        packed: Path | None = None,
        poll_seconds: float | None = 3.0,
    ) -> None:
        self._path, self._home, self._names, self._is_own = path, home, names, is_own
        self._homes = (home,) if packed is None else (home, packed)
        self.versions = PolicyVersions(home, names)
        self._one_at_a_time = threading.Lock()
        self._seen = self._look()
        self.problem = ""
        self.current = self._at_the_start()
        self._stop = threading.Event()
        if poll_seconds is not None:
            threading.Thread(
                target=self._follow, args=(poll_seconds,), name="vouch-policies", daemon=True
            ).start()

    def _at_the_start(self) -> Policies:
        """Those of the file; if they cannot work, those that were in force before the stop."""
        try:
            return self._kept(load(self._place, self._names))
        except VouchError as error:
            last = self.versions.last()
            if last is None:
                raise
            self._say(error, last)
            return last

    def _say(self, error: VouchError, instead: Policies) -> None:
        """That the file is not what is in force."""
        self.problem = f"{error.message}; the policies {instead.digest} stay in force"
        logging.getLogger("vouch").error("policies: %s", self.problem)

    def refresh(self) -> None:
        """Reads the file again if it has changed, or if it is another one now."""
        with self._one_at_a_time:
            seen = self._look()
            if seen == self._seen:
                return
            try:
                found = load(self._place, self._names)
                self.problem = ""
                if found.digest != self.current.digest:
                    self.current = self._kept(found)
            except VouchError as error:
                self._say(error, self.current)
            self._seen = seen

    def check(self, text: bytes) -> Policies:
        """The policies of a text. Raises `InvalidPolicies` with the lines of all that is wrong."""
        return self.versions.read(text, "what was sent")

    def replace(self, text: bytes, instead_of: str | None = None) -> Policies:
        """Puts a text in force at once, and writes it into the home.

        Raises `InvalidDeclaration` with the lines of all that is wrong, `PoliciesElsewhere`
        where the operator's setting names a file, and `OthersInForce` where the digest of those
        in force is not ``instead_of``.
        """
        if self._path is not None:
            raise PoliciesElsewhere(
                "VOUCH_POLICIES names the file of the policies: change it there, it is read "
                "again within seconds"
            )
        found = self.check(text)
        with self._one_at_a_time:
            if instead_of not in (None, self.current.digest):
                raise OthersInForce(
                    f"the policies {self.current.digest} are in force by now: read them, and send "
                    "yours again"
                )
            kept = self._kept(found)
            keyfile.write(self._home / FILE, text)
            self.current, self.problem, self._seen = kept, "", self._look()
        return kept

    def close(self) -> None:
        """Stops following."""
        self._stop.set()

    @property
    def _place(self) -> Path | None:
        return place(self._path, self._homes, is_own=self._is_own)

    def _kept(self, found: Policies) -> Policies:
        """The same, after its version was written down."""
        self.versions.keep(found)
        log = logging.getLogger("vouch")
        log.info("policies %s are in force", found.digest or "(none)")
        for policy in found.ended(time.time_ns() // 1000):
            log.warning("the policy %s ended on %s: take it out", policy.id, policy.valid_until)
        return found

    def _look(self) -> _State:
        """What tells that the file has changed."""
        path = self._place
        try:
            stat = None if path is None else path.stat()
        except OSError:
            stat = None
        return (
            (str(path), 0, 0, 0)
            if stat is None
            else (str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino)
        )

    def _follow(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            self.refresh()
