"""Random histories with all that is unpleasant: ties, late rows, hot tokens, missing values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from features.declared import Catalogue
from features.durations import DAY, HOUR, MINUTE
from features.fact_types import FACTS, Value
from features.facts import Entry
from features.tokens import TOKEN_KINDS
from tests.laws.random_catalogues import LABELS, TEXTS

#: A second before 29 February 2024, before the clocks of Europe went forward, and back, in UTC.
STARTS = (1_709_164_799_000_000, 1_711_846_799_000_000, 1_729_990_799_000_000)
START = STARTS[0]
KINDS = (
    "signup", "payment", "authorisation", "usage", "usage", "label", "label", "settlement",
    "invoice", "alert", "activity", "profile", "dispute", "verification",
)  # fmt: skip
TOKENS = TOKEN_KINDS
GAPS = (1, 1, 1, MINUTE, 10 * MINUTE, HOUR, DAY - 1, DAY, 9 * DAY)
DELAYS = (0, 0, 0, 1, 10 * MINUTE, HOUR, DAY, DAY + 1, 31 * DAY)


@st.composite
def entries(draw: st.DrawFn, most: int = 60, catalogue: Catalogue | None = None) -> list[Entry]:
    """A history in the ledger's order."""
    known_at, history = draw(st.sampled_from(STARTS)), []
    for number in range(draw(st.integers(1, most))):
        known_at += draw(st.sampled_from(GAPS))
        history.append(draw(_entry(number, known_at, _named(catalogue))))
    return history


def _named(catalogue: Catalogue | None) -> frozenset[str]:
    """The fields that a catalogue looks at; all others may stay away."""
    if catalogue is None:
        return frozenset(("amount", "country", "result"))
    named = set()
    for series in catalogue.series:
        named |= {*series.by, series.value, *series.fields, *(name for name, _ in series.where)}
    facts = {one.field for moment in catalogue.moments for one in catalogue.plan(moment).facts}
    return frozenset(named | facts)


@st.composite
def _entry(draw: st.DrawFn, number: int, known_at: int, named: frozenset[str]) -> Entry:
    kind = draw(st.sampled_from(KINDS))
    maybe = st.sampled_from((None, "a", "a", "a", "b", ""))
    tokens: dict[str, str | None] = {}
    facts: dict[str, Any] = {}
    if kind == "label":
        facts["label"] = draw(st.sampled_from(LABELS))
        facts["status"] = draw(st.sampled_from(("suspected", "confirmed", "reversed")))
    else:
        tokens = {name: draw(maybe) for name in TOKENS if name in named}
        for name in sorted(named & FACTS.keys()):
            if kind in FACTS[name].kinds:
                facts[name] = draw(_fact(name))
    return Entry(
        id=f"e{number}",
        kind=kind,
        known_at=known_at,
        occurred_at=known_at - draw(st.sampled_from(DELAYS)),
        customer=draw(st.sampled_from((None, "c1", "c1", "c2", "c3"))),
        reseller=draw(st.sampled_from((None, "r"))),
        tokens={name: token for name, token in tokens.items() if token is not None},
        facts=_known(facts),
    )


def _fact(name: str) -> st.SearchStrategy[Any]:
    fact = FACTS[name]
    if fact.type is str:
        texts = TEXTS.get(name, ("BE", "BE", "FR", "approved", "declined"))
        return st.sampled_from((None, *texts))
    if fact.type is float:
        return st.none() | st.sampled_from((0.0, 0.5, 1.0, 7.25))
    if fact.is_truth:
        return st.sampled_from((None, 0, 1, 1))
    if name.endswith(("_at", "_after")):
        return st.none() | st.sampled_from([start + 9 * DAY for start in STARTS])
    return st.none() | st.integers(-500, 100_000)


def _known(facts: dict[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value is not None}
