"""A decision is made again from what was kept of it, offline, and is the same to the byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from features.blocks import Card, Device, Session
from features.contract import BundleStore
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.events import Authorisation, Label, Payment, Verification
from features.fact_types import Value
from serving.decreeing import Asked, decree_entry
from serving.ledger.protocol import StoredDecision
from serving.opening import OpenScorer, open_scorer
from serving.remaking import CannotReplay
from serving.settings import Settings
from tests.serving.bundles import OLDER, bundle
from tests.serving.replaying import decisions, promote, reading, replayer, stops, unequal
from tests.serving.scoring import NOON, dollars, on_disk, score, signup

FAST = Session(form_seconds=2.0)
NO_MFA = Session(mfa_done=False)
NOBODY = Asked(None, b"", "ana")


@pytest.fixture
def modelled(afternoon: Settings) -> Settings:
    """A home whose model stops some."""
    promote(afternoon, stops())
    return afternoon


@pytest.fixture
def judge(modelled: Settings) -> Iterator[OpenScorer]:
    with closing(open_scorer(modelled)) as scorer:
        yield scorer


def list_device(scorer: OpenScorer, list_name: str, device: str) -> None:
    token = scorer.door.token("device", device)
    facts = {"list_name": list_name, "list_field": "device", "reason": "known"}
    place = scorer.next_place()
    scorer.decree(decree_entry("listing", NOBODY, place, tokens={"device": token}, facts=facts))


def test_what_the_model_the_scorecard_and_policies_decided(
    judge: OpenScorer, modelled: Settings
) -> None:
    modes = {
        score(judge, event)["mode"]
        for event in (
            signup(1, session=FAST, card=Card(funding="debit")),
            signup(2, card=Card(funding="prepaid"), device=Device(id="d")),
            signup(3, session=NO_MFA, device=Device(id="d")),
            Payment(id="p1", customer="c1", total=dollars(70), occurred_at=NOON),
        )
    }
    on_disk(judge)
    assert modes == {"model", "scorecard"}
    assert {one.outcome for one in decisions(modelled)} > {"review", "approve"}
    assert unequal(modelled) == []


def test_what_was_decided_without_state(judge: OpenScorer, modelled: Settings) -> None:
    score(judge, signup(9))
    on_disk(judge)
    judge.folding._slice = 0  # state lags behind
    judge._start_over()
    assert score(judge, signup(1, session=FAST))["mode"] == "fixed"
    on_disk(judge)
    assert unequal(modelled) == []


def test_what_was_decided_again_for_all_reasons_there_are(
    judge: OpenScorer, modelled: Settings
) -> None:
    """A challenge passed, the bank's answer, a label, an appeal, an override, and time."""
    for number in range(1, 6):
        score(judge, signup(number, session=NO_MFA))
    score(judge, Payment(id="p1", customer="c1", total=dollars(70), occurred_at=NOON))
    for event in (
        Verification(id="v", customer="c1", type="mfa", result="passed"),
        Authorisation(id="a", customer="c1", payment="p1", result="declined", cvc="fail"),
        Label(id="l", customer="c2", label="stolen_instrument"),
    ):
        judge.ingest(event, fingerprint=b"")
    judge.decide_again(
        current(judge, "s3"), "a1", lambda now: msgspec.structs.replace(now, appeal="a1")
    )
    place = judge.next_place()
    ends = place + 10**12
    facts: dict[str, Value] = {"outcome": "approve", "moment": "signup", "expires_at": ends}
    judge.decree(decree_entry("override", NOBODY, place, customer="c4", facts=facts))
    judge.ingest(Verification(id="w", customer="c4", type="sms", result="failed"), fingerprint=b"")
    later = score(judge, msgspec.structs.replace(signup(6, session=NO_MFA), customer="c4"))
    score(judge, signup(7, occurred_at=NOON + timedelta(days=9)))
    assert judge.expire()
    on_disk(judge)
    again = [one for one in decisions(modelled) if one.supersedes]
    assert {one.outcome for one in again} >= {"approve", "review", "decline"}
    assert later["demanded_by"] == ["override"]
    assert len(again) >= 5
    assert unequal(modelled) == []


def current(scorer: OpenScorer, event: str) -> StoredDecision:
    stored = scorer.ledger.current(event)
    assert stored is not None
    return stored


def test_what_lists_had_a_say_in(judge: OpenScorer, modelled: Settings) -> None:
    list_device(judge, "allow", "good")
    list_device(judge, "block", "bad")
    allowed = score(judge, signup(1, session=NO_MFA, device=Device(id="good")))
    blocked = score(judge, signup(2, device=Device(id="bad")))
    on_disk(judge)
    assert (allowed["demanded_by"], blocked["outcome"]) == (["allow_list"], "decline")
    assert unequal(modelled) == []


def test_what_was_answered_in_french(judge: OpenScorer, modelled: Settings) -> None:
    event = signup(1, session=FAST, card=Card(funding="prepaid"))
    judge.score(event, fingerprint=b"", warnings=[], dry_run=False, language="fr")
    on_disk(judge)
    (stored,) = decisions(modelled)
    assert b"La carte est" in stored.answer
    assert unequal(modelled) == []


def test_what_chance_let_pass(modelled: Settings) -> None:
    explored, number = None, 0
    with closing(open_scorer(replace(modelled, exploration=0.2))) as scorer:
        while explored is None:
            number += 1
            event = signup(number, session=FAST, card=Card(funding="debit"))
            explored = score(scorer, event)["exploration"]
        on_disk(scorer)
    assert unequal(modelled) == []


def test_what_another_model_and_other_policies_decided_before(
    modelled: Settings, tmp_path: Path
) -> None:
    """A decision keeps its own, also where it is made again under others."""
    policies = tmp_path / "policies.yaml"
    policies.write_bytes(SHIPPED.read_bytes())
    settings = replace(modelled, policies=policies)
    with closing(open_scorer(settings)) as scorer:
        score(scorer, signup(1, session=NO_MFA, card=Card(funding="debit"), device=Device(id="d")))
    promote(modelled, bundle(seed=1))
    policies.write_bytes(SHIPPED.read_bytes() + SEES_THE_DEVICE)
    with closing(open_scorer(settings)) as scorer:
        event = Verification(id="v", customer="c1", type="mfa", result="failed")
        (again,) = scorer.ingest(event, fingerprint=b"").again
        score(scorer, signup(2, session=NO_MFA, card=Card(funding="debit")))
        on_disk(scorer)
    assert again.record.decision is not None
    hit = {policy["id"] for policy in json.loads(again.record.decision.answer)["policies"]}
    assert "NEW_DEVICE" in hit  # which asks for a signal that nobody asked for before
    assert len({tuple(versions(one)["models"]) for one in decisions(modelled)}) == 2
    assert unequal(modelled) == []


SEES_THE_DEVICE = b"""
- id: NEW_DEVICE
  moments: [signup]
  when: accounts_on_device_30d == 0
  outcome: challenge
  challenges: [sms]
  owner: risk
  analyst: Nobody has used this device before.
  customer: Please confirm your telephone number.
"""


def versions(stored: StoredDecision) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored.record)["versions"]
    return found


def test_a_model_with_columns_of_another_version(afternoon: Settings) -> None:
    promote(afternoon, bundle(catalogue=OLDER))
    with closing(open_scorer(afternoon)) as scorer:
        for number in range(3):
            score(scorer, signup(number, card=Card(funding="prepaid"), device=Device(id="d")))
        on_disk(scorer)
    assert unequal(afternoon) == []


def test_a_forged_answer_is_told_with_its_place(judge: OpenScorer, modelled: Settings) -> None:
    score(judge, signup(1, session=FAST, card=Card(funding="prepaid")))
    on_disk(judge)
    (stored,) = decisions(modelled)
    forged = stored._replace(answer=stored.answer.replace(b'"decline"', b'"approve"', 1))
    done = replayer(modelled).replay(forged)
    assert not done.is_equal
    (difference,) = done.differences
    assert (difference.pointer, difference.was, difference.now) == (
        "/outcome", "approve", "decline",
    )  # fmt: skip


def test_what_it_would_have_been(judge: OpenScorer, modelled: Settings) -> None:
    """Without policies the model is left, with another model what that says."""
    score(judge, signup(1, session=FAST, card=Card(funding="prepaid")))
    on_disk(judge)
    (stored,) = decisions(modelled)
    catalogue = judge.observer.moments["signup"].catalogue
    nothing = Policies([], names(catalogue), digest="")
    without = replayer(modelled).replay(stored, policies=nothing)
    told = {one.pointer: one.now for one in without.differences}
    assert told["/policies"] == []
    assert told["/demanded_by"] == ["theft_of_service"]
    assert not any(pointer.startswith("/versions") for pointer in told)
    assert json.loads(without.replayed)["versions"]["policies"] == ""
    other = BundleStore(modelled.home).save(stops(seed=5))
    changed = replayer(modelled).replay(stored, model=other)
    now = json.loads(changed.replayed)
    assert now["versions"]["models"] == [other]
    assert now["risks"] != json.loads(stored.answer)["risks"]


def test_a_model_that_is_gone_is_missed(judge: OpenScorer, modelled: Settings) -> None:
    score(judge, signup(1, session=FAST, card=Card(funding="debit")))
    on_disk(judge)
    (stored,) = decisions(modelled)
    shutil.rmtree(BundleStore(modelled.home).folder("signup", "theft_of_service"))
    with pytest.raises(CannotReplay, match="is not in this home any more: put its bundle back"):
        replayer(modelled).replay(stored)


def test_a_model_that_never_was_is_missed(judge: OpenScorer, modelled: Settings) -> None:
    score(judge, signup(1))
    on_disk(judge)
    (stored,) = decisions(modelled)
    with pytest.raises(CannotReplay, match="the model nosuch is not in this home"):
        replayer(modelled).replay(stored, model="nosuch")


def test_a_version_of_policies_that_is_gone_is_missed(afternoon: Settings, tmp_path: Path) -> None:
    policies = tmp_path / "policies.yaml"
    policies.write_bytes(SEES_THE_DEVICE)
    with closing(open_scorer(replace(afternoon, policies=policies))) as scorer:
        score(scorer, signup(1))
        on_disk(scorer)
    (stored,) = decisions(afternoon)
    assert replayer(afternoon).replay(stored).is_equal
    shutil.rmtree(afternoon.home / "policies")
    with pytest.raises(CannotReplay, match="are not in this home any more: put their file back"):
        replayer(afternoon).replay(stored)


def test_another_catalogue_takes_probabilities_as_they_were_kept(
    judge: OpenScorer, modelled: Settings
) -> None:
    score(judge, signup(1, session=FAST, card=Card(funding="debit")))
    on_disk(judge)
    (stored,) = decisions(modelled)
    done = replayer(modelled, OLDER).replay(stored)
    assert done.is_equal
    assert done.notes == ("the catalogue is another one: probabilities and values are as kept",)
    with pytest.raises(CannotReplay, match="name the catalogue it was made with"):
        replayer(modelled, OLDER).replay(stored, model=stops().digest)


def test_a_record_of_an_older_vouch_says_so(judge: OpenScorer, modelled: Settings) -> None:
    score(judge, signup(1))
    on_disk(judge)
    with reading(modelled) as reader:
        (stored,) = reader.decisions()
    with pytest.raises(CannotReplay, match="made by an older Vouch"):
        replayer(modelled).replay(stored._replace(record=b'{"vector": []}'))
