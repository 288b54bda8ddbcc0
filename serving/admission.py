"""Admission: whether a bundle's signals can be computed here, and whether their past is whole.

A model may have been trained on another version of a signal than the running catalogue's.
Its bundle carries the declarations, so both versions are computed side by side for as
long as it is in use; what state does not know yet is filled before the model is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from features.contract import BundleStore, Contract
from features.declared import Catalogue, longest, series_of
from features.derived import Derived
from features.errors import InvalidBundle
from features.series import Series
from features.state.protocol import State
from features.versions import needed

_ALIASES = ("champion", "previous", "challenger")


class NotYet(InvalidBundle):
    """The bundle is good, but state has not caught up with what it needs."""


class Admission:
    """Compares contracts with a catalogue and a state; without a state all windows are whole."""

    def __init__(self, catalogue: Catalogue, state: State | None = None) -> None:
        self._catalogue, self._state = catalogue, state
        self.domain = catalogue.domain

    def admit(self, contract: Contract) -> tuple[Derived, ...]:
        """The columns of another version that the model needs.

        Raises `InvalidBundle`, and `NotYet` while state has a hole in what it reads.
        """
        running, versions = needed(self._catalogue, contract)
        self._want(versions)
        if self._state is not None:
            holes = {one.digest for one in self._state.filling}
            waiting = [one for one in (*running, *versions) if _reads(one) & holes]
            if waiting:
                raise NotYet(
                    f"{len(waiting)} of its signals wait until state has caught up with the "
                    f"ledger, {waiting[0].name} among them"
                )
        return versions

    def keep(self, contract: Contract) -> None:
        """State folds what a bundle reads from now on. Raises `InvalidBundle` as `admit` does."""
        self._want(needed(self._catalogue, contract)[1])

    def _want(self, columns: Iterable[Derived]) -> None:
        if self._state is not None and (series := series_of(columns)):
            self._state.want(series)


def all_series(catalogue: Catalogue, store: BundleStore) -> tuple[Series, ...]:
    """What a catalogue reads, and all that the bundles of a home need beside it."""
    versions: list[Derived] = []
    for moment, asked in catalogue.domain.moments.items():
        for risk in asked.risks:
            for alias in _ALIASES:
                with suppress(InvalidBundle):
                    digest = store.alias(moment, risk, alias)
                    if digest is not None:
                        contract = store.load(moment, risk, digest).contract
                        versions += needed(catalogue, contract)[1]
    return longest([*catalogue.series, *series_of(versions)])


def _reads(column: Derived) -> set[str]:
    return {one.digest for one in series_of((column,))}
