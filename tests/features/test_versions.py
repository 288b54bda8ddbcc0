"""A model brings its signals: columns of another version stand beside the catalogue's own."""

from __future__ import annotations

import msgspec
import pytest

from features.catalogue import CATALOGUE
from features.contract import Column
from features.errors import InvalidBundle
from features.versions import needed, together
from tests.serving.bundles import NAMES, OLDER, bundle


def test_the_running_version_needs_nothing_else() -> None:
    running, versions = needed(CATALOGUE, bundle().contract)
    assert [column.name for column in running] == list(NAMES)
    assert versions == ()


def test_another_version_is_computed_under_its_own_name() -> None:
    _, (version,) = needed(CATALOGUE, bundle(catalogue=OLDER).contract)
    assert version.name.startswith("accounts_on_device_24h@")


def test_a_bundle_that_does_not_say_what_its_signals_are_is_refused() -> None:
    contract = msgspec.structs.replace(bundle(catalogue=OLDER).contract, signals="")
    with pytest.raises(InvalidBundle, match="other versions of accounts_on_device_24h: retrain"):
        needed(CATALOGUE, contract)


def test_one_catalogue_computes_what_models_of_two_versions_need() -> None:
    newer, older = bundle().contract, bundle(catalogue=OLDER).contract
    both = together(CATALOGUE, (newer, older))
    assert both.names[0] == NAMES
    assert both.names[1][:2] == NAMES[:2]
    assert both.names[1][2] == f"{NAMES[2]}@{older.columns[2].digest}"
    assert set(both.names[1]) <= {one.name for one in both.catalogue.columns("signup")}
    assert together(CATALOGUE, (newer,)).catalogue.fingerprint == CATALOGUE.fingerprint


def test_each_model_reads_a_free_attribute_with_the_texts_it_knows() -> None:
    known = CATALOGUE.with_attributes({"plan": ("basic", "pro")})
    here = known.columns("signup")[-1]
    elsewhere = Column(here.name, "", ("basic", "pro", "free"))
    contracts = [bundle(columns=(one,)).contract for one in (here, elsewhere)]
    both = together(known, contracts)
    assert both.names[0] == ("attribute_plan",)
    assert both.names[1][0].startswith("attribute_plan@")
    assert both.catalogue.columns("signup")[-1].categories == ("basic", "pro", "free")
