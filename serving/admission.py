"""Admission: whether a bundle's signals can be computed here, and whether their past is whole.

A model may have been trained on another version of a signal than the running catalogue's.
Its bundle carries the declarations, so both versions are computed side by side for as
long as it is in use; what state does not know yet is filled before the model is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from features.contract import BundleStore, Contract
from features.declaration.written import read
from features.declared import ATTRIBUTE, Catalogue, longest, other_version, series_of
from features.derived import Derived
from features.errors import InvalidBundle, InvalidDeclaration
from features.series import Series
from features.state.protocol import State

_ALIASES = ("champion", "previous", "challenger")


class NotYet(InvalidBundle):
    """The bundle is good, but state has not caught up with what it needs."""


class Admission:
    """Compares contracts with a catalogue and a state; without a state all windows are whole."""

    def __init__(self, catalogue: Catalogue, state: State | None = None) -> None:
        self._catalogue, self._state = catalogue, state
        self.domain = catalogue.domain
        self._running = {
            moment: {column.name: column for column in catalogue.derived(moment)}
            for moment in catalogue.moments
        }

    def needed(self, contract: Contract) -> tuple[tuple[Derived, ...], tuple[Derived, ...]]:
        """The running columns a contract names, and those of another version.

        Raises `InvalidBundle` where a column can not be computed here.
        """
        running = self._running.get(contract.moment, {})
        wanted = [one for one in contract.columns if not one.name.startswith(ATTRIBUTE)]
        same = [one for one in wanted if one.name in running]
        same = [one for one in same if running[one.name].digest == one.digest]
        missing = [one for one in wanted if one not in same]
        other = self._declared(contract) if missing else {}
        strange = [one.name for one in missing if (one.name, one.digest) not in other]
        if strange:
            raise InvalidBundle(
                f"the model was trained on other versions of {', '.join(strange[:5])}"
                f"{' and others' if len(strange) > 5 else ''}: retrain it"
            )
        versions = tuple(other_version(other[one.name, one.digest]) for one in missing)
        return tuple(running[one.name] for one in same), versions

    def admit(self, contract: Contract) -> tuple[Derived, ...]:
        """The columns of another version that the model needs.

        Raises `InvalidBundle`, and `NotYet` while state has a hole in what it reads.
        """
        running, versions = self.needed(contract)
        self.keep(versions)
        if self._state is not None:
            holes = {one.digest for one in self._state.filling}
            waiting = [one for one in (*running, *versions) if _reads(one) & holes]
            if waiting:
                raise NotYet(
                    f"{len(waiting)} of its signals wait until state has caught up with the "
                    f"ledger, {waiting[0].name} among them"
                )
        return versions

    def keep(self, columns: Iterable[Derived]) -> None:
        """State folds what the columns read from now on."""
        if self._state is not None and (series := series_of(columns)):
            self._state.want(series)

    def _declared(self, contract: Contract) -> dict[tuple[str, str], Derived]:
        if not contract.signals:
            return {}
        try:
            declarations = read(contract.signals, self._catalogue.declarations.values())
            other = Catalogue(declarations, self._catalogue.domain)
        except InvalidDeclaration as error:
            raise InvalidBundle(f"its signals cannot be read: {error.message}") from None
        return {(one.name, one.digest): one for one in other.derived(contract.moment)}


def all_series(catalogue: Catalogue, store: BundleStore) -> tuple[Series, ...]:
    """What a catalogue reads, and all that the bundles of a home need beside it."""
    admission = Admission(catalogue)
    versions: list[Derived] = []
    for moment, asked in catalogue.domain.moments.items():
        for risk in asked.risks:
            for alias in _ALIASES:
                with suppress(InvalidBundle):
                    digest = store.alias(moment, risk, alias)
                    if digest is not None:
                        contract = store.load(moment, risk, digest).contract
                        versions += admission.needed(contract)[1]
    return longest([*catalogue.series, *series_of(versions)])


def _reads(column: Derived) -> set[str]:
    return {one.digest for one in series_of((column,))}
