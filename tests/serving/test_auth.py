"""API keys: shown once, kept hashed, with a life and limits of their own."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from features.errors import InvalidInput, NotFound, SetupError
from serving import keyfile
from serving.auth import SCOPES, ApiKeys

DAY = timedelta(days=1)


def test_an_api_key_is_not_on_disk(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    secret = keys.create("shop")
    assert secret.startswith("vouch_")
    assert len(secret) > 40
    assert secret not in keys.path.read_text()
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


def test_one_for_tests_can_be_told_by_its_looks(tmp_path: Path) -> None:
    assert ApiKeys(tmp_path).create("shop", test=True).startswith("vouch_test_")


def test_what_is_not_said_is_little(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop")
    keys.create("desk", scopes=("admin", "score"), account="east-2", lasts=90 * DAY, rate=7)
    shop, desk = keys.read()
    assert (shop.scopes, shop.account, shop.expires_at) == (("score", "ingest"), "main", None)
    assert (desk.scopes, desk.account, desk.rate) == (("score", "admin"), "east-2", 7)
    assert desk.expires_at == desk.created_at + 90 * DAY


def test_one_from_before_there_were_scopes_keeps_all_of_them(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    old = {"name": "shop", "sha256": "0" * 64, "created_at": "2026-01-01T00:00:00Z"}
    keyfile.write(keys.path, str([old]).replace("'", '"').encode())
    (read,) = keys.read()
    assert (read.scopes, read.account, read.expires_at) == (SCOPES, "main", None)


def test_a_rotated_one_has_two_secrets_until_the_grace_is_over(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    first = keys.create("shop", scopes=("review",), account="east", test=True)
    second = keys.rotate("shop", grace=DAY)
    assert second.startswith("vouch_test_")
    assert second != first
    old, new = keys.read()
    assert new.expires_at is None
    assert old.expires_at == new.created_at + DAY
    assert (new.name, new.scopes, new.account) == ("shop", ("review",), "east")
    keys.rotate("shop", grace=DAY)
    assert len(keys.read()) == 3
    keys.rotate("shop", grace=timedelta(0))
    assert len(keys.read()) == 1, "without a grace every old secret ends, and is forgotten"
    keys.rotate("shop", grace=DAY)
    keys.revoke("shop")
    assert keys.read() == []


def test_a_rotation_renews_a_limited_life_and_never_prolongs_the_old_one(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop", lasts=DAY / 2)
    before = keys.read()[0].expires_at
    keys.rotate("shop", grace=DAY)
    old, new = keys.read()
    assert old.expires_at == before
    assert new.expires_at == new.created_at + DAY / 2
    assert not new.expired(datetime.now(UTC))
    assert new.expired(datetime.now(UTC) + DAY)


def test_names_are_unique_plain_and_known(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop")
    with pytest.raises(InvalidInput, match="there is an API key named shop"):
        keys.create("shop")
    with pytest.raises(InvalidInput, match="1 to 64 letters"):
        keys.create("the shop\n")
    with pytest.raises(InvalidInput, match="an account is 1 to 32 small letters"):
        keys.create("bank", account="East")
    with pytest.raises(InvalidInput, match="a rate is at least 1"):
        keys.create("bank", rate=0)
    with pytest.raises(InvalidInput, match="lasts for some time"):
        keys.create("bank", lasts=0 * DAY)
    with pytest.raises(NotFound, match="no API key named bank"):
        keys.revoke("bank")
    with pytest.raises(NotFound, match="no API key named bank"):
        keys.rotate("bank", DAY)
    assert [key.name for key in keys.read()] == ["shop"]


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop")
    good = keys.path.read_bytes()
    for bad in (
        b"[{",
        b'[{"name":"\xff"}]',
        good.replace(b'"sha256":"', b'"sha256":"z'),
        good.replace(b'"score"', b'"scores"'),
        good.replace(b'"main"', b'"Main"'),
    ):
        keys.path.write_bytes(bad)
        with pytest.raises(SetupError, match=r"cannot read the API keys in .*api\.json"):
            keys.read()


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret"
    made = keyfile.secret(path)
    assert len(made) == 32
    assert keyfile.secret(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(SetupError, match="is damaged"):
        keyfile.secret(path)


def test_a_lost_secret_is_not_replaced_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    with pytest.raises(SetupError, match=r"is lost.* restore it from a backup"):
        keyfile.secret(path, create=False)
    assert not path.exists()
    made = keyfile.secret(path)
    assert keyfile.secret(path, create=False) == made


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(SetupError, match="cannot write"):
        ApiKeys(tmp_path / "home").create("shop")
    with pytest.raises(SetupError, match="cannot write"):
        keyfile.write(tmp_path / "home" / "secret", b"")
