"""The replay law: whatever happened in whatever order, each decision is made again to the byte."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from features.blocks import Card, Device, Ip, Session
from features.decide.texts import Language
from features.events import Authorisation, Label, Payment, Signup, Verification
from serving.decreeing import Asked, decree_entry
from serving.opening import OpenScorer, open_scorer
from serving.settings import Settings
from tests.serving.replaying import decisions, promote, stops, unequal
from tests.serving.scoring import NOON, dollars, on_disk

_STEPS = 75
_LANGUAGES: tuple[Language, ...] = ("en", "fr", "nl")


class Afternoon:
    """A stream of what may happen, drawn by chance."""

    def __init__(self, scorer: OpenScorer, seed: int) -> None:
        self._scorer = scorer
        self._chance = Random(seed)  # noqa: S311 - a story, no secret
        self._happens = (
            self._signup, self._signup, self._payment, self._verification, self._label,
            self._authorisation, self._listing, self._appeal,
        )  # fmt: skip
        self._number = 0
        self._at = NOON

    def pass_by(self, steps: int) -> None:
        for _ in range(steps):
            self._number += 1
            self._at += timedelta(minutes=self._chance.choice((1, 30, 2000)))
            self._chance.choice(self._happens)()
            self._scorer.expire()

    def _what(self) -> dict[str, Any]:
        pick = self._chance.choice
        return {
            "id": f"e{self._number}",
            "customer": f"c{pick(range(12))}",
            "occurred_at": self._at,
        }

    def _asked(self) -> dict[str, Any]:
        pick = self._chance.choice
        return {
            **self._what(),
            "device": pick((None, Device(id=f"d{pick(range(4))}"))),
            "session": pick((None, Session(mfa_done=pick((True, False)), form_seconds=2.0))),
            "card": pick((None, Card(funding=pick(("debit", "credit", "prepaid"))))),
            "ip": pick((None, Ip(address="203.0.113.7", network_type=pick(("tor", "mobile"))))),
        }

    def _score(self, event: Signup | Payment) -> None:
        language = self._chance.choice(_LANGUAGES)
        self._scorer.score(event, fingerprint=b"", warnings=[], dry_run=False, language=language)

    def _signup(self) -> None:
        self._score(Signup(**self._asked()))

    def _payment(self) -> None:
        self._score(Payment(**self._asked(), total=dollars(self._chance.randrange(900))))

    def _ingest(self, kind: type[Any], **said: str) -> None:
        self._scorer.ingest(kind(**self._what(), **said), fingerprint=b"")

    def _verification(self) -> None:
        pick = self._chance.choice
        kind, result = pick(("mfa", "sms", "prepayment")), pick(("passed", "failed", "abandoned"))
        self._ingest(Verification, type=kind, result=result)

    def _label(self) -> None:
        self._ingest(Label, label=self._chance.choice(("legitimate", "stolen_instrument")))

    def _authorisation(self) -> None:
        payment = f"e{self._chance.randrange(1, self._number + 1)}"
        result, cvc = self._chance.choice(("approved", "declined")), "fail"
        self._ingest(Authorisation, payment=payment, result=result, cvc=cvc)

    def _listing(self) -> None:
        scorer, pick = self._scorer, self._chance.choice
        token = scorer.door.token("device", f"d{pick(range(4))}")
        facts = {"list_name": pick(("allow", "block", "watch")), "list_field": "device"}
        asked, place = Asked(None, b"", "ana"), scorer.next_place()
        scorer.decree(decree_entry("listing", asked, place, tokens={"device": token}, facts=facts))

    def _appeal(self) -> None:
        for waiting in self._scorer.pending.of(f"c{self._chance.randrange(12)}"):
            stored = self._scorer.ledger.known_decision(waiting.id)
            assert stored is not None
            self._scorer.decide_again(
                stored, "a", lambda now: msgspec.structs.replace(now, appeal="a")
            )


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_every_decision_replays_to_the_byte(tmp_path: Path, seed: int) -> None:
    settings = Settings(home=tmp_path / "home", clock="events", exploration=0.1)
    promote(settings, stops())
    with closing(open_scorer(settings)) as scorer:
        Afternoon(scorer, seed).pass_by(_STEPS)
        on_disk(scorer)
    promote(settings, stops(seed=7))
    with closing(open_scorer(replace(settings, exploration=0.0))) as scorer:
        later = Afternoon(scorer, seed + 100)
        later._number = later._number + 10_000
        later._at += timedelta(days=200)
        later.pass_by(_STEPS // 3)
        on_disk(scorer)
    made = decisions(settings)
    assert {one.outcome for one in made} == {"approve", "challenge", "review", "decline"}
    assert sum(one.supersedes is not None for one in made) > 5
    assert unequal(settings) == []
