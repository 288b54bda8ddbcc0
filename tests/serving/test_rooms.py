"""Rooms: tests meet the same models and policies, in a home of their own, opened when needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from features.contract import BundleStore
from serving.api import Api
from serving.auth import ApiKeys
from serving.lock import HomeLock
from serving.manual import examples
from serving.rooms import beside
from serving.settings import Settings
from tests.serving.bundles import bundle
from tests.serving.calling import Caller, opened

SIGNUP = examples.ORDINARY_SIGNUP


@pytest.fixture
def trial(settings: Settings) -> str:
    """An API key for tests."""
    return ApiKeys(settings.home).create("trial", scopes=("admin",), test=True)


@pytest.fixture
def running(settings: Settings, key: str, trial: str) -> Iterator[Api]:
    store = BundleStore(settings.home)
    store.promote("signup", "theft_of_service", store.save(bundle()))
    with opened(settings) as api:
        yield api


def test_a_test_is_decided_as_the_real_one_and_known_to_itself_only(
    running: Api, key: str, trial: str
) -> None:
    real, test = Caller(running, key), Caller(running, trial)
    tried = test("POST", "/v1/score", json=SIGNUP)
    meant = real("POST", "/v1/score", json=SIGNUP)
    assert (tried.headers["vouch-test"], "vouch-test" in meant.headers) == ("true", False)
    assert "idempotent-replayed" not in meant.headers
    assert tried.json()["mode"] == meant.json()["mode"] == "model"
    assert tried.json()["versions"] == meant.json()["versions"]
    assert tried.json()["score"] == meant.json()["score"]
    decision = f"/v1/decisions/{tried.json()['decision_id']}"
    assert test("GET", decision).status_code == 200
    assert real("GET", decision).status_code == 404
    assert test("POST", "/v1/score", json=SIGNUP).headers["idempotent-replayed"] == "true"


def test_what_tests_decide_is_in_no_figure(running: Api, trial: str) -> None:
    test = Caller(running, trial)
    assert test("POST", "/v1/score", json=SIGNUP).status_code == 200
    text = test("GET", "/metrics").text
    assert 'vouch_requests_total{route="/v1/score",status="200"} 1' in text
    assert "vouch_decisions_total{" not in text


def test_there_is_no_room_for_tests_until_one_comes(
    running: Api, settings: Settings, key: str, trial: str
) -> None:
    Caller(running, key)("POST", "/v1/score", json=SIGNUP)
    assert not (settings.home / "test").exists()
    assert Caller(running, trial)("POST", "/v1/score", json={}).headers["vouch-test"] == "true"
    assert (settings.home / "test" / "ledger.db").exists()


def test_a_room_that_cannot_be_opened_is_503_and_opens_when_it_can(
    running: Api, settings: Settings, key: str, trial: str, caplog: pytest.LogCaptureFixture
) -> None:
    lock = HomeLock(settings.home / "test")
    refused = Caller(running, trial)("POST", "/v1/score", json=SIGNUP)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
    assert str(settings.home) not in refused.text
    assert "no room for tests" in caplog.text
    assert Caller(running, key)("POST", "/v1/score", json=SIGNUP).status_code == 200
    lock.close()
    assert Caller(running, trial)("POST", "/v1/score", json=SIGNUP).status_code == 200


def test_state_in_redis_has_a_name_of_its_own(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for given, apart in (
        ("", ""),
        ("redis://host:6379/0#shop", "redis://host:6379/0#shop-test"),
        ("redis+cluster://host:7000", "redis+cluster://host:7000#vouch-test"),
    ):
        assert beside(replace(settings, state=given), None)[0].state == apart


def test_models_come_from_the_home_or_from_what_came_with_the_service(tmp_path: Path) -> None:
    settings, packed = Settings(home=tmp_path / "home"), tmp_path / "packed"
    assert beside(settings, packed) == (
        replace(settings, home=settings.home / "test"),
        packed,
    )
    BundleStore(settings.home).save(bundle())
    assert beside(settings, packed)[1] == settings.home
    assert beside(settings, None)[1] == settings.home
