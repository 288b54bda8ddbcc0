"""A model brings its signals: other versions run beside the catalogue's, past included."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from features.blocks import Card, Device, Session
from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore
from features.declaration import Window
from features.declaration.written import read, write
from features.declared import Catalogue
from features.errors import InvalidBundle, InvalidDeclaration
from serving.admission import Admission
from serving.filling import Filler
from serving.opening import OpenScorer
from serving.settings import Settings
from tests.serving.bundles import NAMES, bundle
from tests.serving.scoring import score, signup


def _counted_by_payments() -> Catalogue:
    """The shipped catalogue as it might have been: a window that counted something else."""
    window = CATALOGUE.declarations["accounts_on_device"]
    assert isinstance(window, Window)
    older = replace(window, events=("signup", "payment"))
    return Catalogue({**CATALOGUE.declarations, "accounts_on_device": older})


OLDER = _counted_by_payments()


def test_the_shipped_declarations_survive_being_written() -> None:
    again = Catalogue(read(write(CATALOGUE.declarations)))
    assert again.fingerprint == CATALOGUE.fingerprint


@pytest.mark.parametrize("text", ["{", '{"x": {"kind": "Oracle"}}', '{"x": {"kind": "Fact"}}'])
def test_declarations_of_another_version_are_refused(text: str) -> None:
    with pytest.raises(InvalidDeclaration, match="written in another way"):
        read(text)


def test_the_running_version_needs_nothing_else() -> None:
    running, versions = Admission(CATALOGUE).needed(bundle().contract)
    assert [column.name for column in running] == list(NAMES)
    assert versions == ()


def test_another_version_is_computed_under_its_own_name() -> None:
    _, (version,) = Admission(CATALOGUE).needed(bundle(catalogue=OLDER).contract)
    assert version.name.startswith("accounts_on_device_24h@")


def test_a_bundle_that_does_not_say_what_its_signals_are_is_refused() -> None:
    contract = msgspec.structs.replace(bundle(catalogue=OLDER).contract, signals="")
    with pytest.raises(InvalidBundle, match="other versions of accounts_on_device_24h: retrain"):
        Admission(CATALOGUE).needed(contract)


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
    _, versions = Admission(CATALOGUE).needed(older)
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
