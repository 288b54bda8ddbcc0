"""People who disagree with decisions: policies of each class, and API keys of each scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from serving.api import Api
from serving.auth import ApiKeys, ScopeName
from serving.settings import Settings
from tests.serving.calling import Caller, opened

_POLICY = """
- id: {id}
  moments: [signup]
  when: {when}
  outcome: {outcome}
  override: {override}
  owner: risk
  analyst: {id} holds.
  customer: We cannot accept this.
"""
_POLICIES = (
    ("RED", 'country == "RU"', "decline", "red"),
    ("AMBER", "mfa_done == 0", "decline", "amber"),
    ("GREEN", "seats >= 100", "review", "green"),
)


class Company:
    """An API over these policies, and its API keys."""

    def __init__(self, api: Api, secrets: dict[str, str]) -> None:
        self.api, self._secrets = api, secrets

    def as_(self, scope: str) -> Caller:
        return Caller(self.api, self._secrets[scope])

    def decided(self, number: int, **fields: Any) -> dict[str, Any]:
        """The answer to a sign-up."""
        event = {"kind": "signup", "id": f"s{number}", "customer": f"c{number}", **fields}
        answer: dict[str, Any] = self.as_("score")("POST", "/v1/score", json=event).json()
        return answer


RED: dict[str, Any] = {"address": {"country": "RU"}}
AMBER: dict[str, Any] = {"session": {"mfa_done": False}}
GREEN: dict[str, Any] = {"order": {"seats": 250}}


@contextmanager
def company(settings: Settings) -> Iterator[Company]:
    path = settings.home.parent / "mine.yaml"
    path.write_text(
        "".join(
            _POLICY.format(id=id, when=when, outcome=outcome, override=override)
            for id, when, outcome, override in _POLICIES
        )
    )
    keys = ApiKeys(settings.home)
    scopes: tuple[ScopeName, ...] = ("score", "review", "audit")
    secrets: dict[str, str] = {scope: keys.create(scope, scopes=(scope,)) for scope in scopes}
    with opened(replace(settings, policies=path)) as api:
        yield Company(api, secrets)
