"""Accounts of one company number as they like."""

from __future__ import annotations

import json

from features.blocks import Session
from serving.opening import OpenScorer
from tests.serving.scoring import on_disk, signup

NO_MFA = Session(mfa_done=False)


def test_ids_are_an_accounts_own(scorer: OpenScorer) -> None:
    """Two shops of one company may number their sign-ups alike."""
    mine = scorer.score(signup(1), fingerprint=b"a", warnings=[], dry_run=False)
    theirs = scorer.score(
        signup(1, session=NO_MFA), fingerprint=b"b", warnings=[], dry_run=False, account="shop-b"
    )
    on_disk(scorer)
    assert (mine.outcome, theirs.outcome) == ("approve", "challenge")
    assert json.loads(theirs.body)["event_id"] == "s1"
    assert scorer.ledger.find("event", "s1@shop-b") is not None
    again = scorer.score(
        signup(1, session=NO_MFA), fingerprint=b"b", warnings=[], dry_run=False, account="shop-b"
    )
    assert (again.replayed, again.body) == (True, theirs.body)
