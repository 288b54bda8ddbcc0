"""API keys: shown once, kept hashed, followed by a running server."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from features.errors import InvalidInput, NotFound, SetupError
from serving import auth, keyfile
from serving.auth import ApiKeys, Gate


def test_a_key_opens_the_gate_and_is_not_on_disk(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    key = keys.create("shop")
    assert key.startswith("vouch_")
    assert len(key) > 40
    assert Gate(keys).admits(f"Bearer {key}")
    assert Gate(keys).admits(f"bearer  {key} ")
    assert key not in keys.path.read_text()
    assert stat.S_IMODE(keys.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer nothing", "Basic dm91Y2g6dm91Y2g="])
def test_anything_else_stays_outside(tmp_path: Path, sent: str) -> None:
    keys = ApiKeys(tmp_path)
    key = keys.create("shop")
    gate = Gate(keys)
    assert not gate.admits(sent)
    assert not gate.admits(key)
    assert not gate.admits(f"Bearer {key}x")


def test_a_running_gate_follows_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ApiKeys(tmp_path)
    gate = Gate(keys)
    key = keys.create("shop")
    monkeypatch.setattr(auth, "_CHECK_SECONDS", 0.0)
    assert gate.admits(f"Bearer {key}")
    keys.revoke("shop")
    assert not gate.admits(f"Bearer {key}")


def test_names_are_unique_plain_and_known(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop")
    with pytest.raises(InvalidInput, match="there is a key named shop"):
        keys.create("shop")
    with pytest.raises(InvalidInput, match="1 to 64 letters"):
        keys.create("the shop\n")
    with pytest.raises(NotFound, match="no key named bank"):
        keys.revoke("bank")
    assert [key.name for key in keys.read()] == ["shop"]


def test_a_damaged_key_file_is_named(tmp_path: Path) -> None:
    keys = ApiKeys(tmp_path)
    keys.create("shop")
    good = keys.path.read_bytes()
    for bad in (b"[{", b'[{"name":"\xff"}]', good.replace(b'"sha256":"', b'"sha256":"z')):
        keys.path.write_bytes(bad)
        with pytest.raises(SetupError, match=r"cannot read the API keys in .*api\.json"):
            Gate(keys)


def test_a_running_gate_keeps_its_keys_while_the_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ApiKeys(tmp_path)
    key = keys.create("shop")
    gate = Gate(keys)
    monkeypatch.setattr(auth, "_CHECK_SECONDS", 0.0)
    good = keys.path.read_bytes()
    keys.path.write_bytes(b"[{")
    assert gate.admits(f"Bearer {key}")
    assert "cannot read the API keys" in gate.problem()
    keys.path.write_bytes(good)
    assert gate.problem() == ""


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
