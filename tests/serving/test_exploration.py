"""Exploration: a share of those whom a model alone would stop is let pass, and training knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from features.blocks import Device, Session
from features.contract import Bundle, BundleStore
from features.domain import CLOUD
from features.durations import days
from features.offline import History
from features.thresholds import Thresholds
from serving.ledger.export import export
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader
from serving.metrics import Metrics
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.bundles import bundle
from tests.serving.calling import Caller, opened
from tests.serving.scoring import on_disk, score, signup
from training.labels import Asked, judge, target_of

SHARE = 0.2
MANY = 300


def stops_everybody() -> Bundle:
    """A model whose score alone sends everybody to review."""
    made = bundle()
    limits = Thresholds(review=0.0)
    return Bundle(msgspec.structs.replace(made.contract, thresholds=limits), made.model)


@pytest.fixture
def exploring(afternoon: Settings) -> Settings:
    store = BundleStore(afternoon.home)
    store.promote("signup", "theft_of_service", store.save(stops_everybody()))
    return replace(afternoon, exploration=SHARE)


@pytest.fixture
def explorer(exploring: Settings) -> Iterator[OpenScorer]:
    with closing(open_scorer(exploring)) as scorer:
        yield scorer


def scored(scorer: OpenScorer, number: int, **how: Any) -> dict[str, Any]:
    return score(scorer, signup(number, session=Session(form_seconds=2.0)), **how)


def kept(scorer: OpenScorer, answer: dict[str, Any]) -> dict[str, Any]:
    asyncio.run(scorer.ledger.durable())
    stored = scorer.ledger.decision(answer["decision_id"])
    assert stored is not None
    record: dict[str, Any] = json.loads(stored.record)
    return record


def test_a_share_is_let_pass_and_the_answer_says_so(explorer: OpenScorer) -> None:
    answers = [scored(explorer, number) for number in range(MANY)]
    passed = [answer for answer in answers if answer["outcome"] == "approve"]
    stopped = [answer for answer in answers if answer["outcome"] == "review"]
    assert len(passed) + len(stopped) == MANY
    deviation = (SHARE * (1 - SHARE) / MANY) ** 0.5
    assert len(passed) / MANY == pytest.approx(SHARE, abs=4 * deviation)
    for answer in passed:
        assert answer["exploration"] == {"share": SHARE, "instead_of": "review"}
        assert answer["demanded_by"] == ["exploration"]
        assert answer["reasons"] == []
        assert answer["score"] == stopped[0]["score"]
    assert {answer["exploration"] for answer in stopped} == {None}
    assert kept(explorer, passed[0])["chance"]["draw"] < SHARE
    assert kept(explorer, stopped[0])["chance"]["draw"] >= SHARE


def test_a_retry_and_a_restart_draw_the_same(exploring: Settings) -> None:
    with closing(open_scorer(exploring)) as first:
        once = [scored(first, number) for number in range(30)]
        on_disk(first)
        assert [scored(first, number) for number in range(30)] == once
        draws = [kept(first, answer)["chance"] for answer in once]
    with closing(open_scorer(replace(exploring, exploration=0.1))) as later:
        assert [scored(later, number) for number in range(30)] == once
        lot = later.observer._lot
    assert [lot(f"s{number}").draw for number in range(30)] == [one["draw"] for one in draws]


def test_a_dry_run_explores_nothing(explorer: OpenScorer) -> None:
    for number in range(40):
        answer = scored(explorer, number, dry_run=True)
        assert (answer["outcome"], answer["exploration"]) == ("review", None)


def test_what_a_policy_demands_is_never_explored_away(explorer: OpenScorer) -> None:
    device = Device(id="one-device")
    answers = [score(explorer, signup(number, device=device)) for number in range(40)]
    for answer in answers[3:]:
        assert answer["outcome"] == "review"
        assert "SIGNUP_BURST" in answer["demanded_by"]


def test_nothing_is_explored_unless_it_is_asked_for(exploring: Settings) -> None:
    with closing(open_scorer(replace(exploring, exploration=0.0))) as scorer:
        answers = [scored(scorer, number) for number in range(40)]
        assert {answer["outcome"] for answer in answers} == {"review"}
        assert "chance" not in kept(scorer, answers[0])


def test_training_weighs_those_let_pass_and_leaves_out_those_they_stand_for(
    exploring: Settings, tmp_path: Path
) -> None:
    with closing(open_scorer(exploring)) as scorer:
        answers = [scored(scorer, number) for number in range(60)]
        last = scorer.ledger.last_known_at
        asyncio.run(scorer.ledger.durable())
    with closing(LedgerReader(exploring.home / FILE)) as ledger:
        export(ledger, tmp_path / "export.parquet")
    target = target_of(CLOUD, "signup")
    with History.open(tmp_path / "export.parquet") as history:
        rows = history.connection.sql(
            "SELECT id, customer, known_at FROM entries WHERE kind = 'signup' ORDER BY known_at"
        ).fetchall()
        ids, customers, at = (list(column) for column in zip(*rows, strict=True))
        asked = Asked(np.array(ids, object), np.array(customers, object), np.array(at))
        judged = judge(history, target, asked, last + days(target.wait) + 1)
    passed = np.array([answer["outcome"] == "approve" for answer in answers])
    assert 0 < passed.sum() < 60
    assert judged.weight.tolist() == np.where(passed, 1 / SHARE, 1.0).tolist()
    assert judged.blocked.tolist() == (~passed).tolist()


def test_an_operator_sees_how_many_were_let_pass(exploring: Settings, key: str) -> None:
    with opened(exploring) as api:
        call = Caller(api, key)
        answers = [
            call("POST", "/v1/score", json={"kind": "signup", "id": f"s{number}"}).json()
            for number in range(40)
        ]
        told = call("GET", "/metrics").text
    passed = sum(answer["exploration"] is not None for answer in answers)
    assert passed > 0
    assert f"vouch_explored_total {passed}\n" in told
    assert "vouch_explored_total 0\n" in Metrics().text((), 0)
