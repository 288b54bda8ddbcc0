"""What happens in a broken-into tenant shows in the facts of its events."""

from __future__ import annotations

from collections import Counter
from functools import cache

from data import chunks
from data.clock import HOUR
from data.diary import TOKEN_SECRET, EventDiary
from data.world import World
from features import reference
from features.events import Label
from features.facts import Door, Entry
from features.tokens import Tokenizer


@cache
def entries(typology: str) -> list[Entry]:
    diary = EventDiary()
    chunks.tell(World(customers=60, seed=3, mix={typology: 1.0}), 0, diary)
    door = Door(Tokenizer(TOKEN_SECRET), reference.load())
    return [door.learn(said, at) for at, said in diary.events if not isinstance(said, Label)]


def test_an_intruder_builds_many_machines_and_big_ones_in_an_hour() -> None:
    built: Counter[tuple[str | None, int]] = Counter()
    big = 0
    for entry in entries("takeover"):
        if entry.facts.get("operation_class") in ("vm_create", "vm_start"):
            built[entry.customer, entry.occurred_at // HOUR] += 1
            big += entry.facts["is_big_size"] == 1
    assert max(built.values()) >= 8
    assert big > 60


def test_miners_are_seen_in_alerts_meters_and_sign_ins() -> None:
    told = entries("takeover")
    for name in ("alert_is_mining", "alert_is_risky_signin", "is_gpu", "is_batch_or_ml"):
        assert sum(entry.facts.get(name) == 1 for entry in told) > 3, name
    assert sum(entry.facts.get("is_privileged_without_mfa") == 1 for entry in told) > 100


def test_honest_tenants_are_operated_with_a_second_factor_and_small_machines() -> None:
    done = [entry for entry in entries("ordinary") if entry.kind == "activity"]
    assert sum(entry.facts.get("is_big_size", 0) == 1 for entry in done) <= len(done) / 10
    assert sum(entry.facts.get("is_privileged_without_mfa") == 1 for entry in done) < len(done) / 2


def test_every_simulated_bill_says_when_it_is_late_and_every_bank_answer_where_from() -> None:
    for entry in entries("ordinary"):
        assert (entry.kind == "invoice") == ("late_after" in entry.facts)
        assert entry.kind != "authorisation" or "network" in entry.tokens
