"""Decrees are made once, end when they should, and reach the disk with the decision they change."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from features.blocks import Session
from features.decide.circumstances import Override
from features.durations import DAY
from features.errors import InvalidInput, NotFound
from features.facts import microseconds
from serving.asking import NewAppeal
from serving.decreeing import Asked, asked, decree_entry, ends_at, found, lift, sent_before
from serving.ledger.protocol import Record
from serving.ledger.sqlite import SqliteLedger
from serving.opening import OpenScorer
from serving.overriding import appeal
from serving.received import IdReused
from tests.serving.scoring import NOON, on_disk, score, signup

ASKED = Asked("mine", b"of the body", "ana")


def snooze(scorer: OpenScorer, asked: Asked = ASKED) -> str:
    place = scorer.next_place()
    facts = {"policy": "NO_MFA_AT_SIGNUP", "reason": "known", "evidence": None}
    entry = decree_entry("snooze", asked, place, customer="c1", facts=facts)
    scorer.decree(entry, asked.fingerprint)
    return entry.id


def test_the_same_again_is_the_same_decree(scorer: OpenScorer) -> None:
    assert sent_before(scorer, ASKED) is None
    id = snooze(scorer)
    again = sent_before(scorer, ASKED)
    assert again is not None
    assert (again.id, again.owner, again.policy) == (id, "ana", "NO_MFA_AT_SIGNUP")
    lift(scorer, "snooze", id, "ben")
    assert sent_before(scorer, ASKED) == again  # as it was then
    with pytest.raises(IdReused, match="give each decree its own"):
        sent_before(scorer, ASKED._replace(fingerprint=b"of another"))


def test_a_decree_without_an_id_is_named_after_its_place(scorer: OpenScorer) -> None:
    nameless = ASKED._replace(id=None)
    assert sent_before(scorer, nameless) is None
    first, second = snooze(scorer, nameless), snooze(scorer, nameless)
    assert first != second
    assert first.startswith("z")


def test_lifting_ends_it_once(scorer: OpenScorer) -> None:
    id = snooze(scorer)
    lifted = lift(scorer, "snooze", id, "ben")
    assert lifted.lifted_at == scorer.ledger.last_known_at
    assert lift(scorer, "snooze", id, "ben") == lifted
    with pytest.raises(NotFound, match="no override"):
        found(scorer, "override", id)
    on_disk(scorer)
    assert [entry.kind for entry in scorer.ledger.decrees()] == ["snooze", "lift"]


def test_it_ends_in_the_future_and_not_too_far_off() -> None:
    now = microseconds(NOON)
    assert ends_at(None, now, DAY) is None
    assert ends_at(NOON + timedelta(days=1), now, DAY) == now + DAY
    for wrong in (NOON, NOON + timedelta(days=1, seconds=1)):
        with pytest.raises(InvalidInput, match="1 days ahead at most") as error:
            ends_at(wrong, now, DAY)
        assert error.value.pointer == "/expires_at"


def test_a_decree_and_the_decision_it_changes_are_one_commit(
    scorer: OpenScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    decision = score(scorer, signup(1, session=Session(mfa_done=False)))["decision_id"]
    on_disk(scorer)
    appended: list[list[str]] = []
    append = SqliteLedger.append

    def watched(ledger: SqliteLedger, records: list[Record]) -> None:
        appended.append([record.entry.kind for record in records])
        append(ledger, records)

    monkeypatch.setattr(SqliteLedger, "append", watched)
    entry = decree_entry("override", ASKED, scorer.next_place(), facts={"decision": decision})
    override = Override(entry.id, "approve")
    again = scorer.decree(
        entry,
        about=scorer.ledger.known_decision(decision),
        change=lambda now: msgspec.structs.replace(now, override=override),
    )
    assert again is not None
    assert again.outcome == "approve"
    assert again.record.entry.known_at == entry.known_at + 1
    assert appended == [["override", "redecision"]]


def test_ids_are_an_accounts_own() -> None:
    assert asked("o1", "main", b"", "ana").id == "o1"
    assert asked("o1", "shop-b", b"", "ana").id == "o1@shop-b"
    assert asked(None, "shop-b", b"", "ana").id is None


def test_a_decree_about_what_is_gone_is_not_answered_again(scorer: OpenScorer) -> None:
    entry = decree_entry("appeal", ASKED, scorer.next_place(), facts={"decision": "d0"})
    scorer.decree(entry, ASKED.fingerprint)
    with pytest.raises(NotFound, match="is not there any more"):
        appeal(scorer, "d0", NewAppeal(), ASKED)
