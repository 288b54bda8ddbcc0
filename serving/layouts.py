"""Layouts: which signal stands where in the vectors that decisions were made of.

A ledger may hold decisions of several catalogues. Those of the running one are known; behind
its columns stand those that the models in use needed in another version, and their bundles say
which. What cannot be told is left without a layout, never guessed.
"""

from __future__ import annotations

from contextlib import suppress

from features.contract import BundleStore
from features.decisions import Layout, Placed
from features.declared import Catalogue
from features.derived import Derived
from features.errors import InvalidBundle
from features.versions import needed
from serving.answer import Versions


class Layouts:
    """The layouts met so far, each with its number, for one catalogue and the bundles of a home."""

    def __init__(self, catalogue: Catalogue, store: BundleStore) -> None:
        self._catalogue, self._store = catalogue, store
        self._numbers: dict[tuple[str, str, tuple[str, ...], int], int | None] = {}
        self.known: list[Layout] = []

    def number(self, moment: str, versions: Versions, width: int) -> int | None:
        """The number of the layout of a vector of so many columns; None if nobody knows it."""
        asked = (moment, versions.catalogue, versions.models, width)
        if asked not in self._numbers:
            self._numbers[asked] = self._number(self._columns(*asked), moment)
        return self._numbers[asked]

    def _number(self, columns: tuple[Placed, ...], moment: str) -> int | None:
        if not columns:
            return None
        layout = Layout(moment, self._catalogue.fingerprint, columns)
        if layout not in self.known:
            self.known.append(layout)
        return self.known.index(layout)

    def _columns(
        self, moment: str, catalogue: str, models: tuple[str, ...], width: int
    ) -> tuple[Placed, ...]:
        if catalogue != self._catalogue.fingerprint or moment not in self._catalogue.moments:
            return ()
        own = self._catalogue.derived(moment)
        if width > len(own):
            behind = self._catalogue.and_also(
                column for digest in models for column in self._versions(moment, digest)
            ).derived(moment)
            own = behind if len(behind) == width else own  # else those behind have no name
        return tuple(map(_placed, own))

    def _versions(self, moment: str, digest: str) -> tuple[Derived, ...]:
        for risk in self._catalogue.domain.moments[moment].risks:
            with suppress(InvalidBundle):
                contract = self._store.load(moment, risk, digest).contract
                return needed(self._catalogue, contract)[1]
        return ()


def _placed(column: Derived) -> Placed:
    name, _, version = column.name.partition("@")  # `features.declared.version_name`
    return Placed(name, version or column.digest)
