"""Bundles: complete, signed, and refused when anything about them has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from features.contract import (
    Bundle,
    BundleStore,
    Calibration,
    Column,
    Contract,
    Golden,
    Thresholds,
)
from features.errors import InvalidBundle, NotFound


def bundle(text: bytes = b"tree\n", rows: int = 10) -> Bundle:
    contract = Contract(
        moment="signup",
        risk="theft_of_service",
        columns=(Column("seats", "d1"), Column("attribute_plan", "d2", ("a", "b"))),
        catalogue="c",
        model_sha256=hashlib.sha256(text).hexdigest(),
        calibration=Calibration((-2.0, 2.0), (0.1, 0.9)),
        thresholds=Thresholds(review=0.5),
        golden=(Golden((1.0, None), 0.25),),
        trained_from=1,
        trained_until=2,
        rows=rows,
        positives=3,
    )
    return Bundle(contract, text)


def saved(home: Path, one: Bundle) -> tuple[BundleStore, str, Path]:
    store = BundleStore(home)
    digest = store.save(one)
    return store, digest, store.folder("signup", "theft_of_service") / digest


def test_a_bundle_comes_back_as_it_was(tmp_path: Path) -> None:
    store, digest, _ = saved(tmp_path, bundle())
    assert store.load("signup", "theft_of_service", digest) == bundle()
    assert store.save(bundle()) == digest
    assert (tmp_path / "keys" / "bundle-signing.pem").stat().st_mode & 0o077 == 0


def test_champion_and_previous(tmp_path: Path) -> None:
    store, first, _ = saved(tmp_path, bundle())
    second = store.save(bundle(rows=11))
    where = ("signup", "theft_of_service")
    assert store.champion(*where) is None
    store.promote(*where, first)
    store.promote(*where, second)
    store.promote(*where, second)
    assert store.champion(*where) == bundle(rows=11)
    assert store.alias(*where, "previous") == first
    with pytest.raises(NotFound, match="no bundle"):
        store.promote(*where, "f" * 64)


@pytest.mark.parametrize("name", ["model.txt", "bundle.json", "signature"])
def test_a_changed_file_is_noticed(tmp_path: Path, name: str) -> None:
    store, digest, folder = saved(tmp_path, bundle())
    content = bytearray((folder / name).read_bytes())
    content[0] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InvalidBundle):
        store.load("signup", "theft_of_service", digest)
    (folder / name).unlink()
    with pytest.raises(InvalidBundle, match="cannot be read"):
        store.load("signup", "theft_of_service", digest)


def test_another_home_s_signature_is_refused(tmp_path: Path) -> None:
    store, digest, folder = saved(tmp_path / "ours", bundle())
    _, _, theirs = saved(tmp_path / "theirs", bundle())
    (folder / "signature").write_bytes((theirs / "signature").read_bytes())
    with pytest.raises(InvalidBundle, match="not signed"):
        store.load("signup", "theft_of_service", digest)


def test_a_model_text_that_is_not_the_contract_s_is_refused(tmp_path: Path) -> None:
    wrong = msgspec.structs.replace(bundle(), model=b"another\n")
    store, digest, _ = saved(tmp_path, wrong)
    with pytest.raises(InvalidBundle, match="not the one of its contract"):
        store.load("signup", "theft_of_service", digest)


def test_calibration_is_flat_outside_its_numbers() -> None:
    margins = np.array([-9.0, -2.0, 0.0, 2.0, 9.0])
    np.testing.assert_allclose(bundle().contract.calibration(margins), [0.1, 0.1, 0.5, 0.9, 0.9])
