"""State follows the ledger: through faults, damage and losses, and never another one."""

from __future__ import annotations

import asyncio

import apsw
import pytest

from features.blocks import Card, Device
from features.errors import SetupError
from features.events import Label
from features.state.embedded import EmbeddedState
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.scoring import NOON, score, signup


def test_without_state_the_answer_is_fixed_and_says_so_and_nothing_is_missed(
    scorer: OpenScorer, afternoon: Settings
) -> None:
    assert isinstance(scorer._state, EmbeddedState)
    reader = scorer._state._file.reader
    for shelf in scorer._state._shelves._shelves.values():
        shelf.complete = False  # as in a home too large for memory
    scorer._state._file.reader = apsw.Connection(
        ":memory:"
    )  # the state file has gone from under it
    answer = score(scorer, signup(1, device=Device(id="d")))
    assert (answer["mode"], answer["outcome"]) == ("fixed", "review")
    assert "state cannot be read" in answer["mode_reason"]
    prepaid = score(scorer, signup(7, card=Card(funding="prepaid")))
    assert (prepaid["mode"], prepaid["demanded_by"]) == ("fixed", ["PREPAID_CARD"])
    asyncio.run(scorer.ledger.durable())
    scorer._state._file.reader = reader
    answer = score(scorer, signup(2, device=Device(id="d")))
    assert (answer["mode"], answer["demanded_by"]) == ("scorecard", ["SIGNUP_BURST"])


def test_a_damaged_state_file_is_made_anew(afternoon: Settings) -> None:
    opened = open_scorer(afternoon)
    score(opened, signup(1, device=Device(id="d")))
    opened.close()
    (afternoon.home / "state.db").write_bytes(b"no database at all" * 100)
    again = open_scorer(afternoon)
    assert score(again, signup(2, device=Device(id="d")))["outcome"] == "review"
    again.close()


def test_what_the_ledger_loses_state_forgets_and_counts_again(
    scorer: OpenScorer, afternoon: Settings
) -> None:
    """After a failed commit the whole ledger is folded again, whatever the state file says."""
    for number in range(5):
        score(scorer, signup(number, device=Device(id="d")))
    asyncio.run(scorer.ledger.durable())
    scorer._state.flush()
    scorer._start_over()  # what a failed commit calls
    assert "behind the ledger" in " ".join(scorer.ready())
    probe = score(scorer, signup(9, device=Device(id="d")), dry_run=True)
    values = {reason["code"]: reason.get("value") for reason in probe["reasons"]}
    assert values["DEVICE_VELOCITY"] == 5.0
    assert scorer.ready() == []
    scorer.close()
    again = open_scorer(afternoon)
    assert (
        score(again, signup(9, device=Device(id="d")), dry_run=True)["reasons"] == probe["reasons"]
    )
    again.close()


def test_a_long_ledger_is_caught_up_in_slices(scorer: OpenScorer) -> None:
    for number in range(30):
        score(scorer, signup(number, device=Device(id="d")))
    asyncio.run(scorer.ledger.durable())
    scorer.folding._slice = 25  # entries; a sign-up and its decision are two
    scorer._start_over()
    modes = [
        score(scorer, signup(n, device=Device(id="d")), dry_run=True)["mode"]
        for n in range(100, 104)
    ]
    assert modes == ["fixed", "fixed", "scorecard", "scorecard"]


def test_state_of_another_ledger_is_not_used(afternoon: Settings) -> None:
    opened = open_scorer(afternoon)
    for number in range(3):
        score(opened, signup(number, device=Device(id="d")))
    opened.close()
    for path in afternoon.home.glob("ledger.db*"):
        path.unlink()
    again = open_scorer(afternoon)
    assert score(again, signup(9, device=Device(id="d")))["outcome"] == "approve"
    again.close()


def test_a_damaged_object_is_made_anew_from_the_ledger(afternoon: Settings) -> None:
    opened = open_scorer(afternoon)
    score(opened, signup(1, device=Device(id="d")))
    opened.close()
    apsw.Connection(str(afternoon.home / "state.db")).execute("UPDATE stored SET body = x'c1'")
    again = open_scorer(afternoon)
    assert score(again, signup(2, device=Device(id="d")))["mode"] == "fixed"
    asyncio.run(again.ledger.durable())
    assert score(again, signup(3, device=Device(id="d")))["demanded_by"] == ["SIGNUP_BURST"]
    again.close()


def test_a_lost_token_secret_is_not_made_anew(afternoon: Settings) -> None:
    opened = open_scorer(afternoon)
    score(opened, signup(1))
    opened.close()
    (afternoon.home / "keys" / "token-secret").unlink()
    with pytest.raises(SetupError, match="restore it"):
        open_scorer(afternoon)


def test_it_goes_on_where_it_stopped(afternoon: Settings) -> None:
    opened = open_scorer(afternoon)
    score(opened, signup(1, device=Device(id="d")))
    label = Label(id="l1", customer="c1", label="false_identity", occurred_at=NOON)
    opened.ingest(label, fingerprint=b"l")
    opened.close()
    (afternoon.home / "state.db").unlink()  # state is a follower: the ledger is enough
    again = open_scorer(afternoon)
    assert score(again, signup(2, device=Device(id="d")))["outcome"] == "review"
    assert again.ingest(label, fingerprint=b"l").replayed
    kinds = [entry.kind for entry in again.ledger.entries()]
    assert kinds[:3] == ["signup", "decision", "label"]
    again.close()
