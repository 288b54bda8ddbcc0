"""The service over Redis: the same answers, and what happens while it is gone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from features.blocks import Device
from features.state.protocol import StateUnavailable
from serving.opening import OpenScorer
from serving.settings import Settings
from tests.redis_server import any_server, one_server
from tests.serving.scoring import score, signup


def test_a_service_over_redis_counts_and_goes_on_where_it_was(settings: Settings) -> None:
    with any_server() as url:
        over = replace(settings, clock="events", state=url)
        for start in (0, 3):
            scorer = OpenScorer(over)
            for number in range(start, start + 3):
                answer = score(scorer, signup(number, device=Device(id="d")))
            asyncio.run(scorer.ledger.durable())
            scorer.close()
        values = {reason["code"]: reason.get("value") for reason in answer["reasons"]}
        assert values["DEVICE_VELOCITY"] == 5.0


def test_while_redis_is_gone_the_answer_is_fixed_and_nothing_is_missed(settings: Settings) -> None:
    with one_server() as other:
        with one_server() as url:
            name = uuid4().hex
            scorer = OpenScorer(replace(settings, clock="events", state=f"{url}#{name}"))
            score(scorer, signup(1, device=Device(id="d")))
            asyncio.run(scorer.ledger.durable())
        gone = score(scorer, signup(2, device=Device(id="d")))
        assert (gone["mode"], gone["outcome"]) == ("fixed", "review")
        asyncio.run(scorer.ledger.durable())
        with pytest.raises(StateUnavailable):
            scorer.close()
        again = OpenScorer(replace(settings, clock="events", state=f"{other}#{name}"))
        answer = score(again, signup(3, device=Device(id="d")))
        values = {reason["code"]: reason.get("value") for reason in answer["reasons"]}
        assert values["DEVICE_VELOCITY"] == 2.0
        asyncio.run(again.ledger.durable())
        again.close()
