"""The law: the online engine, the offline engine and the slow truth are equal to the last bit."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.declared import Catalogue
from features.durations import HOUR
from features.export import table
from features.fact_types import FACTS
from features.facts import Entry
from features.formulas import Floats
from features.offline import History, checkups, matrix
from features.online import vector
from features.state.embedded import EmbeddedState
from tests.laws import histories, slow_truth
from tests.laws.random_catalogues import catalogues

QUICK = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Question = tuple[str, Entry, int]


def questions(history: Sequence[Entry]) -> list[Question]:
    """Every sign-up and payment as of its place, and a checkup of its customer at each usage."""
    asked: list[Question] = [
        (entry.kind, entry, entry.known_at)
        for entry in history
        if entry.kind in ("signup", "payment")
    ]
    asked += [
        ("checkup", _checkup(entry.customer), entry.known_at)
        for entry in history
        if entry.kind == "usage" and entry.customer is not None
    ]
    return sorted(asked, key=lambda question: question[2])


def _checkup(customer: str) -> Entry:
    return Entry(id=customer, kind="checkup", known_at=0, occurred_at=0, customer=customer)


def online(catalogue: Catalogue, history: Sequence[Entry], asked: list[Question]) -> list[Floats]:
    """Asks while folding; every entry is folded twice, and the store reopened half way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.db"
        state = EmbeddedState(path, catalogue.series, flush_seconds=60)
        answers, waiting = [], list(asked)
        for number, entry in enumerate(history):
            while waiting and waiting[0][2] <= entry.known_at:
                moment, question, t = waiting.pop(0)
                answers.append(vector(catalogue.plan(moment), state, question, t))
            state.fold(entry)
            state.fold(entry)
            if number == len(history) // 2:
                state.close()
                state = EmbeddedState(path, catalogue.series, flush_seconds=60)
                assert state.position == entry.known_at
        state.close()
    return answers


def offline(catalogue: Catalogue, history: Sequence[Entry], asked: list[Question]) -> list[Floats]:
    """Asks everything at once."""
    found: dict[tuple[str, str, int], Floats] = {}
    with History.of(table(history)) as opened:
        for moment in ("signup", "payment", "checkup"):
            wanted = [(q.customer, t) for m, q, t in asked if m == moment == "checkup"]
            at_checkup = checkups([str(c) for c, _ in wanted], [t for _, t in wanted])
            answered = matrix(
                opened, catalogue, moment, at_checkup if moment == "checkup" else None
            )
            for id, t, row in zip(answered.ids, answered.at, answered.values, strict=True):
                found[moment, id, int(t)] = row
    return [found[moment, question.id, t] for moment, question, t in asked]


def assert_law(catalogue: Catalogue, history: Sequence[Entry]) -> None:
    """All three agree on every value of every question."""
    asked = questions(history)
    for (moment, question, t), now, then in zip(
        asked,
        online(catalogue, history, asked),
        offline(catalogue, history, asked),
        strict=True,
    ):
        truth = slow_truth.vector(catalogue, moment, history, question, t)
        names = catalogue.plan(moment).names
        for name, slow, fast, sql in zip(names, truth, now, then, strict=True):
            assert _same(slow, fast), f"{name} of {question.id}: truth {slow}, online {fast}"
            assert _same(slow, sql), f"{name} of {question.id}: truth {slow}, offline {sql}"


def _same(one: float, other: float) -> bool:
    return one == other or bool(np.isnan(one) and np.isnan(other))


@settings(QUICK, max_examples=4)
@given(history=histories.entries(most=40, catalogue=CATALOGUE))
def test_shipped_catalogue_agrees(history: list[Entry]) -> None:
    assert_law(CATALOGUE, history)


@pytest.mark.slow
@settings(QUICK, max_examples=18, phases=(Phase.reuse, Phase.generate))
@given(history=histories.entries(most=80, catalogue=CATALOGUE))
def test_shipped_catalogue_agrees_on_long_histories(history: list[Entry]) -> None:
    assert_law(CATALOGUE, history)


@QUICK
@given(catalogue=catalogues(), history=histories.entries(most=40))
def test_random_catalogues_agree(catalogue: Catalogue, history: list[Entry]) -> None:
    assert_law(catalogue, history)


def test_every_column_is_known_somewhere() -> None:
    """A law about a column that the histories never fill would hold of anything."""
    rich = dict.fromkeys(histories.TOKENS, "a")
    history = [
        Entry(
            id=f"e{number}",
            kind=kind,
            known_at=histories.START + number * HOUR,
            occurred_at=histories.START + number * HOUR,
            customer="c1",
            reseller="r",
            tokens=rich,
            facts={**_every_fact(kind), "result": "declined", "country": "BE"},
        )
        for number, kind in enumerate(
            (*histories.KINDS * 130, *("signup",) * 5, "payment", "usage")
        )
        if kind != "label"
    ]
    asked = questions(history)
    answered = offline(CATALOGUE, history, asked)
    for moment in ("signup", "payment", "checkup"):
        rows = [row for (when, _, _), row in zip(asked, answered, strict=True) if when == moment]
        unknown = np.isnan(np.array(rows)).all(axis=0)
        names = np.array(CATALOGUE.plan(moment).names)
        assert names[unknown].tolist() == []


_TEXTS = {
    "network_type": "residential",
    "card_funding": "credit",
    "phone_type": "mobile",
    "method": "card",
    "cvc": "pass",
    "avs_postal": "pass",
    "three_d_secure": "attempted",
    "type": "sms",
    "operation_class": "vm_create",
    "outcome": "review",
}


def _every_fact(kind: str) -> dict[str, int | float | str]:
    return {
        name: _TEXTS.get(name, "a") if fact.type is str else fact.type(1)
        for name, fact in FACTS.items()
        if kind in fact.kinds
    }


@pytest.mark.slow
@settings(QUICK, max_examples=150)
@given(catalogue=catalogues(), history=histories.entries(most=80))
def test_many_random_catalogues_agree(catalogue: Catalogue, history: list[Entry]) -> None:
    assert_law(catalogue, history)


@settings(QUICK, max_examples=3)
@given(history=histories.entries(most=40, catalogue=CATALOGUE), cut=st.floats(0, 1))
def test_nothing_known_later_changes_what_was(history: list[Entry], cut: float) -> None:
    assert_nothing_leaks(history, cut)


@pytest.mark.slow
@settings(QUICK, max_examples=8, phases=(Phase.reuse, Phase.generate))
@given(history=histories.entries(most=80, catalogue=CATALOGUE), cut=st.floats(0, 1))
def test_nothing_known_later_changes_what_was_in_long_histories(
    history: list[Entry], cut: float
) -> None:
    assert_nothing_leaks(history, cut)


def assert_nothing_leaks(history: list[Entry], cut: float) -> None:
    """The leakage law: adding rows known at or after T changes no value as of T."""
    kept = history[: max(1, int(len(history) * cut))]
    asked = questions(kept)
    before = offline(CATALOGUE, kept, asked)
    after = offline(CATALOGUE, history, asked)
    for then, later in zip(before, after, strict=True):
        np.testing.assert_array_equal(then, later)
