"""Windows online: what one sign-up reads from state, a hot token beside a cold one, and bytes."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from features.catalogue import CATALOGUE
from features.declaration import Window
from features.declared import Catalogue
from features.durations import HOUR, days, hours
from features.fact_types import FACTS
from features.facts import Entry
from features.online import picked, vector
from features.state.embedded import EmbeddedState
from features.tokens import TOKEN_KINDS

_START = 1_700_000_000_000_000
_MEMBERS = 1_000_000
_CUSTOMERS = 20_000
_ASKED = 4_000


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as folder:
        _catalogue(Path(folder) / "catalogue.db")
        _hot(Path(folder) / "hot.db")


def _entry(number: int, kind: str = "signup", tokens: int = _CUSTOMERS // 4) -> Entry:
    """An event that says everything there is to say."""
    at = _START + number * HOUR // 50
    facts = {
        name: "BE" if fact.type is str else fact.type(number % 2)
        for name, fact in FACTS.items()
        if kind in fact.kinds
    }
    return Entry(
        id=f"e{number}",
        kind=kind,
        known_at=at,
        occurred_at=at,
        customer=f"c{number}",
        reseller=f"r{number % 50}",
        tokens={one: f"{one}-{number * 7919 % tokens}" for one in TOKEN_KINDS},
        facts=facts,
    )


def _catalogue(path: Path) -> None:
    plan = CATALOGUE.plan("signup")
    state = EmbeddedState(path, CATALOGUE.series, flush_seconds=3600)
    entries = [
        _entry(number, "signup" if number % 3 else "payment") for number in range(_CUSTOMERS)
    ]
    folding = _median(state.fold, entries)
    asked = [_entry(_CUSTOMERS + number) for number in range(_ASKED)]

    def read(entry: Entry) -> None:
        fields = entry.fields()
        tokens = {by: picked(fields, by) for by in plan.bys}
        state.read(plan.blocks, tokens, entry.known_at)

    reading = _median(read, asked)
    assembled = _median(lambda entry: vector(plan, state, entry, entry.known_at), asked)
    counted = ("times", "members")
    small = tuple((one, wanted) for one, wanted in plan.blocks if one.shape in counted)
    values = sum(len(wanted) for _, wanted in small)

    def read_counts(entry: Entry) -> None:
        fields = entry.fields()
        tokens = {by: picked(fields, by) for by in plan.bys}
        state.read(small, tokens, entry.known_at)

    counting = _median(read_counts, asked)
    print(f"windows of a sign-up: {values} counts in {counting:.0f} us (budget: >= 40 in 100 us);")
    print(f"  all {plan.integers} integers in {reading:.0f} us, with formulas {assembled:.0f} us;")
    print(f"  folding one event into {len(CATALOGUE.series)} series {folding:.0f} us")
    state.flush()
    before = path.stat().st_size + path.with_name(path.name + "-wal").stat().st_size
    for entry in entries:
        again = _entry(_CUSTOMERS + int(entry.id[1:]), entry.kind)
        state.fold(_as(entry, again))
    state.flush()
    after = path.stat().st_size
    print(f"state: {before / _CUSTOMERS:,.0f} bytes a customer; the same again: ", end="")
    print(f"{after / _CUSTOMERS:,.0f} bytes a customer")
    state.close()


def _as(entry: Entry, later: Entry) -> Entry:
    """The same customer with the same tokens, later."""
    return msgspec.structs.replace(
        entry, id=later.id, known_at=later.known_at, occurred_at=later.occurred_at
    )


def _hot(path: Path) -> None:
    catalogue = Catalogue(
        {
            "accounts": Window(
                count="customer",
                distinct=True,
                by="device",
                events="signup",
                over=(hours(1), hours(24), days(30), days(365)),
                at=("signup",),
                why="b",
            )
        }
    )
    plan = catalogue.plan("signup")
    state = EmbeddedState(path, catalogue.series, flush_seconds=3600)
    for number in range(_MEMBERS):
        tokens = {"device": "hot" if number % 100 else f"cold-{number}"}
        state.fold(
            Entry(
                id="e",
                kind="signup",
                known_at=_START + number,
                occurred_at=_START + number,
                customer=f"c{number}",
                tokens=tokens,
            )
        )
    t = _START + _MEMBERS
    took = {
        device: _median(
            lambda entry: vector(plan, state, entry, t),
            [Entry(id="q", kind="signup", known_at=t, occurred_at=t, tokens={"device": device})]
            * _ASKED,
        )
        for device in ("cold-500000", "hot", "cold-500000", "hot")
    }
    ratio = took["hot"] / took["cold-500000"]
    print(f"a token with {_MEMBERS * 99 // 100:,} members costs {ratio:.2f} x a cold one ", end="")
    print("(budget: 1.5 x)")
    state.close()


def _median(work: Callable[[Entry], object], entries: Sequence[Entry]) -> float:
    """Median microseconds of one call."""
    taken = []
    for entry in entries:
        started = time.perf_counter_ns()
        work(entry)
        taken.append(time.perf_counter_ns() - started)
    return statistics.median(taken) / 1000


if __name__ == "__main__":
    main()
