"""Versions of the policies, found by the digest that decisions name."""

from __future__ import annotations

import re
from pathlib import Path

from features.decide.condition import Names
from features.decide.policies import SHIPPED, Policies, digest_of
from features.errors import InvalidDeclaration, NotFound
from serving import keyfile

FOLDER = "policies"
#: The file in it that names the version in force.
IN_FORCE = "in_force"
_DIGEST = re.compile(r"[0-9a-f]{12}")


class PolicyVersions:
    """Those that a home has kept, and that of Vouch; ``names`` are what conditions may read.

    The one that was found last is kept ready, for it is mostly asked for again.
    """

    def __init__(self, home: Path, names: Names) -> None:
        self._folder, self._names = home / FOLDER, names
        self._last = Policies([], names, digest="")

    def __call__(self, digest: str) -> Policies:
        """A version; the empty digest is that of no policies. Raises `NotFound`."""
        if not digest:
            return Policies([], self._names, digest="")
        last = self._last
        if last.digest != digest:
            last = self._last = self._found(digest)
        return last

    def _found(self, digest: str) -> Policies:
        path = self._folder / f"{digest}.yaml"
        for place in (path, SHIPPED):
            text = place.read_bytes() if _DIGEST.fullmatch(digest) and place.exists() else b""
            if digest_of(text) == digest:
                try:
                    return self.read(text, str(place))
                except InvalidDeclaration as error:
                    raise NotFound(
                        f"the policies {digest} do not fit this catalogue any more: {error.message}"
                    ) from None
        raise NotFound(
            f"the policies {digest} are not in this home any more: put their file back as "
            f"{FOLDER}/{digest}.yaml"
        )

    def read(self, text: bytes, where: str) -> Policies:
        """Policies of a text; ``where`` names it. Raises `InvalidDeclaration`."""
        return Policies.read(text, self._names, where)

    def keep(self, found: Policies) -> None:
        """Writes a version down, once, and that it is in force."""
        path = self._folder / f"{found.digest}.yaml"
        if found.digest and not path.exists():
            keyfile.write(path, found.text)
        if self._written() != found.digest:
            keyfile.write(self._folder / IN_FORCE, found.digest.encode())

    def last(self) -> Policies | None:
        """The version that was in force last; None if none was, or it cannot work any more."""
        digest = self._written()
        if digest is None:
            return None
        try:
            return self(digest)
        except NotFound:
            return None

    def _written(self) -> str | None:
        """The digest of the version in force."""
        try:
            return (self._folder / IN_FORCE).read_text("ascii", "replace")
        except OSError:
            return None
