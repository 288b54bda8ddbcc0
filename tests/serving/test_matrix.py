"""Every address x every scope x no, bad, revoked and expired API keys: who may ask for what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from serving.api import Api
from serving.auth import SCOPES, ApiKeys, ScopeName
from serving.errors import KINDS
from serving.manual.operation import Operation
from serving.manual.operations import OPERATIONS
from serving.settings import Settings
from tests.serving.calling import Caller, opened

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"}
LOCKED = [one for one in OPERATIONS if one.scopes]
OPEN = [one for one in OPERATIONS if not one.scopes]


def named(operation: Operation) -> str:
    return operation.name


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix") / "home"


@pytest.fixture(scope="module")
def secrets(home: Path) -> dict[str, str]:
    """An API key for each scope, and those with which nobody comes in."""
    keys = ApiKeys(home)
    made: dict[str, str] = {scope: keys.create(scope, scopes=(scope,)) for scope in SCOPES}
    for scope in SCOPES:
        made[f"test {scope}"] = keys.create(f"test-{scope}", scopes=(scope,), test=True)
    made["revoked"] = keys.create("revoked", scopes=SCOPES)
    keys.revoke("revoked")
    made["expired"] = keys.create("expired", scopes=SCOPES, lasts=timedelta(microseconds=1))
    made["test expired"] = keys.create(
        "test-expired", scopes=SCOPES, lasts=timedelta(microseconds=1), test=True
    )
    made["damaged"] = made["admin"][:-1]
    return {**made, "invented": "vouch_invented", "none": ""}


@pytest.fixture(scope="module")
def running(home: Path, secrets: dict[str, str]) -> Iterator[Api]:
    with opened(Settings(home=home)) as api:
        yield api


def ask(api: Api, operation: Operation, secret: str) -> httpx.Response:
    """Asks with nothing in it: who may come in gets to hear what is wrong with that."""
    path = re.sub(r"{\w+}", "nothing", operation.path)
    return Caller(api, secret)(operation.method.upper(), path)


def test_all_that_is_no_page_or_figure_is_locked() -> None:
    assert {one.path for one in LOCKED} == {
        one.path for one in OPERATIONS if one.path.startswith("/v1/")
    }


@pytest.mark.parametrize("room", ["", "test "])
@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("operation", LOCKED, ids=named)
def test_a_scope_allows_what_the_manual_says_and_nothing_else(
    running: Api, secrets: dict[str, str], operation: Operation, scope: ScopeName, room: str
) -> None:
    answer = ask(running, operation, secrets[room + scope])
    assert answer.headers.get("vouch-test") == ("true" if room else None)
    if scope in operation.scopes or scope == "admin":
        assert answer.status_code not in (401, 403)
        assert answer.status_code < 500
    else:
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert all(f"`{needed}`" in answer.json()["detail"] for needed in operation.scopes)


@pytest.mark.parametrize(
    "secret", ["none", "invented", "damaged", "revoked", "expired", "test expired"]
)
@pytest.mark.parametrize("operation", LOCKED, ids=named)
def test_nobody_else_comes_in(
    running: Api, secrets: dict[str, str], operation: Operation, secret: str
) -> None:
    before = running.metrics.unauthorised
    answer = ask(running, operation, secrets[secret])
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert secrets[secret] == "" or secrets[secret] not in answer.text
    assert running.metrics.unauthorised == before + 1


@pytest.mark.parametrize("secret", ["none", "invented", "expired", "score", "admin"])
@pytest.mark.parametrize("operation", OPEN, ids=named)
def test_what_is_open_asks_nobody(
    running: Api, secrets: dict[str, str], operation: Operation, secret: str
) -> None:
    assert ask(running, operation, secrets[secret]).status_code < 400


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_another_method_is_refused_before_anyone_is_asked_who_he_is(
    running: Api, operation: Operation
) -> None:
    path = re.sub(r"{\w+}", "nothing", operation.path)
    taken = {one.method.upper() for one in OPERATIONS if one.path == operation.path}
    taken |= {"HEAD"} if "GET" in taken else set()
    for method in METHODS - taken:
        answer = Caller(running, None)(method, path)
        assert answer.status_code == 405
        assert set(answer.headers["allow"].split(", ")) == taken
        assert method == "HEAD" or answer.json()["code"] == "wrong_method"


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_every_answer_tells_browsers_to_keep_out(
    running: Api, secrets: dict[str, str], operation: Operation
) -> None:
    for secret in ("none", "admin"):
        headers = ask(running, operation, secrets[secret]).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"


def test_every_code_of_the_manual_exists() -> None:
    assert {code for one in OPERATIONS for code in one.problems} <= set(KINDS)
