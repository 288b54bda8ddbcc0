"""Versions: the columns a contract names, beside those of a catalogue that has moved on.

A model may have been trained on another version of a signal than the catalogue's. Its contract
carries the declarations, so the catalogue can compute both, side by side.

    contract ──┬── column with the same digest ──► the catalogue's own
               └── another digest ──► contract.signals ──► computed as ``name@digest``
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.contract import Contract
from features.declaration.written import read
from features.declared import ATTRIBUTE, Catalogue, other_version
from features.derived import Derived
from features.errors import InvalidBundle, InvalidDeclaration


def needed(
    catalogue: Catalogue, contract: Contract
) -> tuple[tuple[Derived, ...], tuple[Derived, ...]]:
    """The catalogue's columns a contract names, and those of another version.

    Free attributes are neither: they fit any catalogue. Raises `InvalidBundle` where a
    column cannot be computed.
    """
    known = contract.moment in catalogue.moments
    own = {one.name: one for one in catalogue.derived(contract.moment)} if known else {}
    wanted = [one for one in contract.columns if not one.name.startswith(ATTRIBUTE)]
    same = [one for one in wanted if one.name in own and own[one.name].digest == one.digest]
    missing = [one for one in wanted if one not in same]
    other = _declared(catalogue, contract) if missing else {}
    strange = [one.name for one in missing if (one.name, one.digest) not in other]
    if strange:
        raise InvalidBundle(
            f"the model was trained on other versions of {', '.join(strange[:5])}"
            f"{' and others' if len(strange) > 5 else ''}: retrain it"
        )
    versions = tuple(other_version(other[one.name, one.digest]) for one in missing)
    return tuple(own[one.name] for one in same), versions


def _declared(catalogue: Catalogue, contract: Contract) -> dict[tuple[str, str], Derived]:
    if not contract.signals:
        return {}
    try:
        declarations = read(contract.signals, catalogue.declarations.values())
        other = Catalogue(declarations, catalogue.domain)
    except InvalidDeclaration as error:
        raise InvalidBundle(f"its signals cannot be read: {error.message}") from None
    return {(one.name, one.digest): one for one in other.derived(contract.moment)}


@dataclass(frozen=True)
class Together:
    """A catalogue that computes all columns of several contracts.

    ``names`` has an entry a contract: where its columns stand, in its order.
    """

    catalogue: Catalogue
    names: tuple[tuple[str, ...], ...]


def together(catalogue: Catalogue, contracts: Sequence[Contract]) -> Together:
    """One catalogue for models of one moment that were trained on different versions.

    Raises `InvalidBundle` where a column of one of them cannot be computed.
    """
    names = []
    for contract in contracts:
        own, versions = needed(catalogue, contract)
        attributes = _attributes(catalogue, contract)
        catalogue = catalogue.and_also((*versions, *attributes.values()))
        beside = {one.name.partition("@")[0]: one for one in versions}
        stands = {one.name: one for one in own} | beside | attributes
        names.append(tuple(stands[name].name for name in contract.names))
    return Together(catalogue, tuple(names))


def _attributes(catalogue: Catalogue, contract: Contract) -> dict[str, Derived]:
    """The free attributes of a contract, each with the texts that its model knows."""
    free = [one for one in contract.columns if one.name.startswith(ATTRIBUTE)]
    if not free:
        return {}
    sent = {one.name.removeprefix(ATTRIBUTE): one.categories for one in free}
    declared = Catalogue({}, catalogue.domain).with_attributes(sent)
    own = {one.name: one for one in catalogue.derived(contract.moment)}
    return {
        column.name: column
        if column.name in own and own[column.name].digest == column.digest
        else other_version(column)
        for column in declared.derived(contract.moment)
    }
