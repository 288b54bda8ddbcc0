"""The policies in force: those of a file, or those that Vouch ships."""

from __future__ import annotations

from pathlib import Path

from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.declared import Catalogue


def in_force(path: Path | None, catalogue: Catalogue, *, is_own: bool) -> Policies:
    """The policies of a file; without one those that Vouch ships.

    Those are about Vouch's own signals, so a catalogue that is somebody's own (``is_own``) has
    none without a file. Raises `InvalidDeclaration` where they cannot work.
    """
    if path is None and is_own:
        return Policies([], names(catalogue), digest="")
    return Policies.load(path or SHIPPED, names(catalogue))
