"""Versions of the policies, found by the digest that decisions name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from features.decide.names import names
from features.decide.policies import SHIPPED, Policies, digest_of
from features.declared import Catalogue
from features.errors import NotFound

FOLDER = "policies"


class PolicyVersions:
    """Those in force, those that Vouch ships, none at all, and those that a home has kept."""

    def __init__(
        self, home: Path, catalogue: Catalogue, current: Callable[[], Policies | None]
    ) -> None:
        self._kept, self._catalogue, self._current = home / FOLDER, catalogue, current

    def __call__(self, digest: str) -> Policies:
        """A version. Raises `NotFound` where nobody kept it."""
        current = self._current()
        if current is not None and current.digest == digest:
            return current
        if not digest:
            return Policies([], names(self._catalogue), digest="")
        path = self._kept / f"{digest}.yaml"
        if not path.exists():
            path = SHIPPED
        text = path.read_bytes()
        if digest_of(text) != digest:
            raise NotFound(
                f"the policies {digest} are not in this home any more: put their file back as "
                f"{FOLDER}/{digest}.yaml"
            )
        return self.read(text, str(path))

    def read(self, text: bytes, where: str) -> Policies:
        """Policies of a text; ``where`` names it. Raises `InvalidDeclaration`."""
        return Policies.read(text, names(self._catalogue), where)
