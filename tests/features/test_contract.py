"""Bundles: complete, signed, and refused when anything about them has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest
from msgspec import UNSET

from features.contract import Bundle, BundleStore, Calibration, Column, Contract, Golden
from features.errors import InvalidBundle, NotFound
from features.thresholds import Losses, Thresholds


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


def test_a_bundle_from_before_thresholds_knew_money_keeps_its_digest(tmp_path: Path) -> None:
    """Its name and its signature depend on it; this one was written by the code of then."""
    old = bundle()
    assert old.digest == "de01251073eb42ba54db492c0616a58a140a9a9bf12c16b04201297f8b5df9da"
    store, digest, _ = saved(tmp_path, old)
    assert store.load("signup", "theft_of_service", digest).contract.thresholds.losses is UNSET


def test_thresholds_in_money_come_back_and_make_another_bundle(tmp_path: Path) -> None:
    limits = Thresholds(review=0.5, losses=Losses(review=56_00))
    one = bundle()
    one = Bundle(msgspec.structs.replace(one.contract, thresholds=limits), one.model)
    store, digest, _ = saved(tmp_path, one)
    assert digest != bundle().digest
    assert store.load("signup", "theft_of_service", digest).contract.thresholds == limits


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


def test_a_challenger_waits_until_it_is_promoted(tmp_path: Path) -> None:
    store, first, _ = saved(tmp_path, bundle())
    second = store.save(bundle(rows=11))
    where = ("signup", "theft_of_service")
    with pytest.raises(NotFound, match="no bundle"):
        store.challenge(*where, "f" * 64)
    store.challenge(*where, second)
    store.promote(*where, first)
    assert store.alias(*where, "challenger") == second
    store.promote(*where, second)
    assert [store.alias(*where, name) for name in ("champion", "previous", "challenger")] == [
        second, first, None,
    ]  # fmt: skip


def test_what_a_home_lacks_comes_from_the_one_that_was_packed(tmp_path: Path) -> None:
    ours, theirs = BundleStore(tmp_path / "ours", tmp_path / "theirs"), tmp_path / "theirs"
    where = ("signup", "theft_of_service")
    assert ours.champion(*where) is None
    BundleStore(theirs).promote(*where, BundleStore(theirs).save(bundle()))
    assert ours.champion(*where) == bundle()
    assert not (tmp_path / "ours").exists()
    ours.promote(*where, ours.save(bundle(rows=11)))
    assert ours.champion(*where) == bundle(rows=11)


def test_a_home_with_a_key_of_its_own_trusts_no_other(tmp_path: Path) -> None:
    ours, theirs = BundleStore(tmp_path / "ours", tmp_path / "theirs"), tmp_path / "theirs"
    where = ("signup", "theft_of_service")
    BundleStore(theirs).promote(*where, BundleStore(theirs).save(bundle()))
    ours.save(bundle(rows=11))
    with pytest.raises(InvalidBundle, match=r"is not signed by .*ours"):
        ours.champion(*where)


def test_a_bundle_from_before_the_cut_was_kept_still_loads(tmp_path: Path) -> None:
    store, _, folder = saved(tmp_path, bundle())
    old = msgspec.json.decode((folder / "bundle.json").read_bytes())
    del old["cut"]
    contract = msgspec.json.decode(msgspec.json.encode(old), type=Contract)
    assert contract.unseen_from == contract.trained_until + 1
    assert msgspec.structs.replace(contract, cut=9).unseen_from == 9
    written = msgspec.json.encode(old)
    digest = hashlib.sha256(written + b"\0" + bundle().model).hexdigest()
    (folder / "bundle.json").write_bytes(written)
    (folder / "signature").write_bytes(store._signing_key().sign(digest.encode()))
    folder.rename(folder.with_name(digest))
    assert store.load("signup", "theft_of_service", digest).contract == bundle().contract


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


@pytest.mark.parametrize("name", ["", ".", "..", "../theft_of_service", "nosuch"])
def test_only_a_digest_names_a_bundle(tmp_path: Path, name: str) -> None:
    store = BundleStore(tmp_path)
    digest = store.save(bundle())
    where = ("signup", "theft_of_service")
    assert store.has(*where, digest)
    assert not store.has(*where, name)
