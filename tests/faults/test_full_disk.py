"""A disk that is full: what could not be written is not counted, and what was is not forgotten."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from features.blocks import Device
from features.errors import Unavailable
from features.events import Signup
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings


def event(number: int) -> Signup:
    return Signup(id=f"s{number}", customer=f"c{number}", device=Device(id="d"))


async def score(scorer: OpenScorer, number: int, *, dry_run: bool = False) -> dict[str, Any]:
    scored = scorer.score(event(number), fingerprint=b"", warnings=[], dry_run=dry_run)
    if not dry_run:
        await scorer.ledger.durable()
    answer: dict[str, Any] = json.loads(scored.body)
    return answer


async def seen_on_the_device(scorer: OpenScorer) -> float:
    answer = await score(scorer, 999_999, dry_run=True)
    assert answer["mode"] == "scorecard", answer["mode_reason"]
    values = {reason["code"]: reason.get("value") for reason in answer["reasons"]}
    return float(values["DEVICE_VELOCITY"])


async def fill(scorer: OpenScorer, stored: list[int]) -> None:
    for number in range(len(stored), 200):
        await score(scorer, number)
        stored.append(number)


async def story(scorer: OpenScorer) -> None:
    for number in range(5):
        await score(scorer, number)
    assert await seen_on_the_device(scorer) == 5
    writer = scorer._ledger._writer
    writer.pragma("max_page_count", writer.pragma("page_count"))  # no page more fits on the disk
    stored = list(range(5))
    with pytest.raises(Unavailable, match="disk is full"):
        await fill(scorer, stored)
    refused = len(stored)
    assert scorer.ledger.find("event", f"s{refused}") is None
    assert await seen_on_the_device(scorer) == len(stored)
    scorer._state.flush()
    writer.pragma("max_page_count", 2**31)  # somebody made room
    await score(scorer, refused)
    assert await seen_on_the_device(scorer) == len(stored) + 1
    assert scorer.ready() == []


def test_velocity_survives_a_full_disk(tmp_path: Path) -> None:
    scorer = open_scorer(Settings(home=tmp_path))
    asyncio.run(story(scorer))
    known = scorer.ledger.last_known_at
    scorer.close()
    again = open_scorer(Settings(home=tmp_path))
    assert again.ledger.last_known_at == known
    assert asyncio.run(seen_on_the_device(again)) > 5
    again.close()
