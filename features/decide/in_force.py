"""The policies in force: those of a file, or those that Vouch ships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from features.decide.condition import Names
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.declared import Catalogue

#: The file of a home that stands in for the shipped one.
FILE = "policies.yaml"


def place(path: Path | None, homes: Sequence[Path], *, is_own: bool) -> Path | None:
    """Where the policies in force are written: ``path``, or the file of a home, or Vouch's own.

    The first of the ``homes`` that has one counts. Vouch's own are about its own signals, so a
    catalogue that is somebody's own (``is_own``) has none without a file.
    """
    if path is not None:
        return path
    own = None if is_own else SHIPPED
    return next((home / FILE for home in homes if (home / FILE).exists()), own)


def load(path: Path | None, known: Names) -> Policies:
    """The policies of a file; of none there are none. Raises `InvalidDeclaration`."""
    return Policies([], known, digest="") if path is None else Policies.load(path, known)


def in_force(
    path: Path | None, catalogue: Catalogue, *, is_own: bool, homes: Sequence[Path] = ()
) -> Policies:
    """The policies at their `place`. Raises `InvalidDeclaration` where they cannot work."""
    return load(place(path, homes, is_own=is_own), names(catalogue))
