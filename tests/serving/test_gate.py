"""The gate: who comes in, for how long, and what a running service notices."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from features.errors import SetupError
from serving import gate as gates
from serving.auth import SCOPES, ApiKeys
from serving.errors import Refused
from serving.gate import Gate

HOUR = timedelta(hours=1)


def refusal(gate: Gate, authorization: str) -> str:
    with pytest.raises(Refused) as refused:
        gate.caller(authorization)
    assert refused.value.code == "unauthorised"
    return refused.value.message


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ApiKeys:
    monkeypatch.setattr(gates, "_CHECK_SECONDS", 0.0)
    return ApiKeys(tmp_path)


def test_an_api_key_says_who_calls(keys: ApiKeys) -> None:
    secret = keys.create("shop", scopes=("review",), account="east", test=True, rate=9)
    for sent in (f"Bearer {secret}", f"bearer  {secret} "):
        caller = Gate(keys).caller(sent)
        assert (caller.name, caller.account, caller.test) == ("shop", "east", True)
        assert (set(caller.scopes), caller.rate) == ({"review"}, 9)


def test_an_admin_may_do_everything(keys: ApiKeys) -> None:
    caller = Gate(keys).caller(f"Bearer {keys.create('root', scopes=('admin',))}")
    assert caller.scopes == set(SCOPES)


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer nothing", "Basic dm91Y2g6dm91Y2g="])
def test_anything_else_stays_outside(keys: ApiKeys, sent: str) -> None:
    secret = keys.create("shop")
    gate = Gate(keys)
    for wrong in (sent, secret, f"Bearer {secret}x"):
        refusal(gate, wrong)


def test_nobody_learns_whether_an_api_key_ever_was(keys: ApiKeys) -> None:
    secret = keys.create("shop")
    keys.revoke("shop")
    gate = Gate(keys)
    assert refusal(gate, f"Bearer {secret}") == refusal(gate, "Bearer vouch_invented")


def test_a_running_gate_follows_the_file(keys: ApiKeys) -> None:
    gate = Gate(keys)
    secret = keys.create("shop")
    assert gate.caller(f"Bearer {secret}").name == "shop"
    keys.revoke("shop")
    refusal(gate, f"Bearer {secret}")


def test_one_that_was_made_just_now_comes_in_at_once(tmp_path: Path) -> None:
    """Only what is taken away waits for the next look at the file."""
    keys = ApiKeys(tmp_path)
    first = keys.create("first")
    gate = Gate(keys)
    second = keys.create("second")
    assert gate.caller(f"Bearer {second}").name == "second"
    assert gate.caller(f"Bearer {first}").name == "first"


def test_an_api_key_ends_when_its_time_is_over(
    keys: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = keys.create("shop", lasts=HOUR)
    gate = Gate(keys)
    end = gate.caller(f"Bearer {secret}").expires_at
    monkeypatch.setattr("time.time", lambda: end - 1)
    assert gate.caller(f"Bearer {secret}").name == "shop"
    monkeypatch.setattr("time.time", lambda: end)
    assert "has expired" in refusal(gate, f"Bearer {secret}")


def test_a_rotated_one_comes_in_with_both_secrets(
    keys: ApiKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(keys)
    old, new = keys.create("shop"), keys.rotate("shop", HOUR)
    end = gate.caller(f"Bearer {old}").expires_at
    assert gate.caller(f"Bearer {new}").name == gate.caller(f"Bearer {old}").name == "shop"
    monkeypatch.setattr("time.time", lambda: end)
    assert gate.caller(f"Bearer {new}").name == "shop"
    refusal(gate, f"Bearer {old}")


def test_a_damaged_file_stops_a_start_and_leaves_a_running_gate_its_api_keys(
    keys: ApiKeys,
) -> None:
    secret = keys.create("shop")
    gate = Gate(keys)
    good = keys.path.read_bytes()
    keys.path.write_bytes(b"[{")
    with pytest.raises(SetupError, match="cannot read the API keys"):
        Gate(keys)
    assert gate.caller(f"Bearer {secret}").name == "shop"
    assert "cannot read the API keys" in gate.problem()
    keys.path.write_bytes(good)
    assert gate.problem() == ""
