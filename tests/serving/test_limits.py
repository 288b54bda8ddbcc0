"""Limits: two seconds' worth at once, then an even pace, each API key by itself."""

from __future__ import annotations

import pytest

from serving import limits as module
from serving.errors import Refused
from serving.gate import NOBODY, Caller
from serving.limits import Limits


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def caller(name: str, rate: int | None = None) -> Caller:
    return NOBODY._replace(name=name, rate=rate)


def taken(limits: Limits, who: Caller, most: int = 100) -> int:
    """How many are let in before one is refused."""
    for number in range(most):
        try:
            limits.count(who)
        except Refused:
            return number
    return most


def test_two_seconds_worth_come_at_once_and_then_an_even_pace() -> None:
    clock = Clock()
    limits = Limits(10, clock)
    assert taken(limits, caller("shop")) == 20
    clock.now += 0.1
    assert taken(limits, caller("shop")) == 1
    clock.now += 1000
    assert taken(limits, caller("shop")) == 20


def test_an_api_key_s_own_rate_wins_and_none_uses_up_another_s() -> None:
    limits = Limits(10, Clock())
    assert taken(limits, caller("slow", rate=1)) == 2
    assert taken(limits, caller("shop")) == 20
    assert taken(Limits(0, Clock()), caller("free")) == 100
    assert taken(Limits(0, Clock()), caller("slow", rate=1)) == 2


def test_who_is_refused_is_told_when_to_come_again() -> None:
    clock = Clock()
    limits = Limits(1, clock)
    taken(limits, caller("shop"))
    with pytest.raises(Refused, match="may send 1 requests a second") as refused:
        limits.count(caller("shop"))
    assert refused.value.code == "too_many_requests"
    assert refused.value.headers == ((b"retry-after", b"1"),)
    clock.now += 1
    limits.count(caller("shop"))


def test_only_who_is_ahead_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 3)
    clock = Clock()
    limits = Limits(1, clock)
    for number in range(3):
        limits.count(caller(f"early-{number}"))
    clock.now += 1.5
    taken(limits, caller("late"))
    assert set(limits._paced_until) == {"late"}
