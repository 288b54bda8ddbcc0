"""What serving tests share: an open service without a network, and callers of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.api import Api
from serving.auth import ApiKeys
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.calling import Caller, opened
from tests.serving.listening import listening
from vouch import Client


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a home of its own, with small limits."""
    return Settings(home=tmp_path / "home", max_body_bytes=4096, max_stream_lines=200)


@pytest.fixture
def key(settings: Settings) -> str:
    """An API key that allows everything."""
    return ApiKeys(settings.home).create("tests", scopes=("admin",))


@pytest.fixture
def api(settings: Settings, key: str) -> Iterator[Api]:
    """The whole API over a real scorer and ledger."""
    with opened(settings) as api:
        yield api


@pytest.fixture
def call(api: Api, key: str) -> Caller:
    """Calls with an API key."""
    return Caller(api, key)


@pytest.fixture
def afternoon(tmp_path: Path) -> Settings:
    """Settings of a home that lives by the events' own times."""
    return Settings(home=tmp_path / "home", clock="events")


@pytest.fixture
def scorer(afternoon: Settings) -> Iterator[OpenScorer]:
    """A scorer over a real ledger, without a network."""
    opened = open_scorer(afternoon)
    yield opened
    opened.close()


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    with listening(api) as url:
        yield url


@pytest.fixture
def client(url: str, key: str) -> Iterator[Client]:
    with Client(key, url) as client:
        yield client
