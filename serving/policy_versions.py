"""Versions of policies: every one that was in force, found by the digest that decisions name."""

from __future__ import annotations

import re
from pathlib import Path

from features.decide.condition import Names
from features.decide.policies import Policies, digest_of
from features.errors import InvalidDeclaration, NotFound
from serving import keyfile

_FOLDER = "policies"
_DIGEST = re.compile(r"[0-9a-f]{12}")


class PolicyVersions:
    """Those of a home: their texts lie in ``policies/``."""

    def __init__(self, home: Path, names: Names) -> None:
        self._home, self._names = home, names

    def __call__(self, digest: str) -> Policies:
        """A version that was in force once. Raises `NotFound` where it is gone."""
        if not digest:
            return Policies([], self._names, digest="")
        path = self._path(digest)
        try:
            text = path.read_bytes() if _DIGEST.fullmatch(digest) else b""
        except OSError:
            text = b""
        if digest_of(text) != digest:
            raise NotFound(f"the policies {digest} are not kept here: restore {path.name}")
        try:
            return self.read(text, str(path))
        except InvalidDeclaration as error:
            raise NotFound(
                f"the policies {digest} do not fit this catalogue any more: {error.message}"
            ) from None

    def keep(self, policies: Policies) -> None:
        """Writes a version down, if there is one and it is not there yet."""
        path = self._path(policies.digest)
        if policies.digest and not path.exists():
            keyfile.write(path, policies.text)

    def read(self, text: bytes, where: str) -> Policies:
        """Policies of a text; ``where`` names it. Raises `InvalidDeclaration`."""
        return Policies.read(text, self._names, where)

    def _path(self, digest: str) -> Path:
        return self._home / _FOLDER / f"{digest}.yaml"
