"""A model brings its signals: other versions run beside the catalogue's, past included."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import numpy as np
import pytest

from features.blocks import Card, Device, Session
from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore
from features.declaration.written import read, write
from features.declared import Catalogue
from features.errors import InvalidDeclaration
from features.versions import needed
from serving.admission import Admission
from serving.filling import Filler
from serving.opening import OpenScorer
from serving.settings import Settings
from tests.serving.bundles import OLDER, bundle
from tests.serving.scoring import score, signup


def test_the_shipped_declarations_survive_being_written() -> None:
    again = Catalogue(read(write(CATALOGUE.declarations)))
    assert again.fingerprint == CATALOGUE.fingerprint


@pytest.mark.parametrize("text", ["{", '{"x": {"kind": "Oracle"}}', '{"x": {"kind": "Fact"}}'])
def test_declarations_of_another_version_are_refused(text: str) -> None:
    with pytest.raises(InvalidDeclaration, match="written in another way"):
        read(text)


def promote(home: Path, one: Bundle) -> None:
    store = BundleStore(home)
    store.promote("signup", "theft_of_service", store.save(one))


def _wait_for_the_model(scorer: OpenScorer) -> None:
    until = time.monotonic() + 20
    while not scorer.models.at("signup") and time.monotonic() < until:
        time.sleep(0.05)
        scorer._models.refresh()


def test_a_promoted_model_waits_until_its_window_is_whole(tmp_path: Path) -> None:
    """The past of its window comes from the ledger while the service answers without it."""
    settings = Settings(home=tmp_path, clock="events")
    scorer = OpenScorer(settings)
    for number in range(4):
        score(scorer, signup(number, device=Device(id="d")))
    asyncio.run(scorer.ledger.durable())
    scorer._filler.close()  # the past is long
    promote(tmp_path, bundle(catalogue=OLDER))
    scorer._models.refresh()
    assert scorer.models.at("signup") == ()
    assert "wait until state has caught up" in " ".join(scorer.ready())
    waiting = score(scorer, signup(4, device=Device(id="d")))
    assert waiting["mode"] == "scorecard"
    asyncio.run(scorer.ledger.durable())
    scorer._filler = Filler(scorer._state, scorer._past)
    _wait_for_the_model(scorer)
    answer = score(
        scorer,
        signup(
            9, device=Device(id="d"), card=Card(funding="debit"), session=Session(form_seconds=9)
        ),
    )
    assert answer["mode"] == "model"
    asyncio.run(scorer.ledger.durable())
    stored = scorer.ledger.decision(answer["decision_id"])
    assert stored is not None
    record = json.loads(stored.record)
    (model,) = scorer.models.at("signup")
    assert record["margins"] == [model.margin(np.array([0.0, 9.0, 5.0]))]
    assert record["vector"][-1] == 5.0  # the other version's column, behind the catalogue's own
    assert scorer.ready() == []
    scorer.close()


def test_state_goes_on_folding_what_a_rollback_would_need(tmp_path: Path) -> None:
    promote(tmp_path, bundle(catalogue=OLDER))
    promote(tmp_path, bundle(seed=1))
    scorer = OpenScorer(Settings(home=tmp_path, clock="events"))
    assert [rung for _, _, _, rung in scorer.models.in_use()] == ["champion"]
    older = bundle(catalogue=OLDER).contract
    _, versions = needed(CATALOGUE, older)
    assert scorer._state.filling == ()
    assert Admission(CATALOGUE, scorer._state).admit(older) == versions
    scorer.close()


def test_after_a_restart_the_model_is_in_use_at_once(tmp_path: Path) -> None:
    promote(tmp_path, bundle(catalogue=OLDER))
    for number in range(2):
        scorer = OpenScorer(Settings(home=tmp_path, clock="events"))
        answer = score(scorer, signup(number, device=Device(id="d")))
        assert answer["mode"] == "model"
        asyncio.run(scorer.ledger.durable())
        scorer.close()
