"""Histories by hand, and one small simulated world with a run trained on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from data.world import World, simulate
from features.durations import days
from features.export import ExportWriter, table
from features.fact_types import Value
from features.facts import Entry
from features.offline import History
from tests.training.contenders import LENIENT
from training.keep import Kept, keep
from training.run import TrainingRun, train

START = 1_767_225_600_000_000  # 2026-01-01


class Story:
    """Entries told day by day; each gets a place in the order of its own."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._next = count()

    def _add(
        self, kind: str, customer: str | None, day: float, of: float | None, facts: dict[str, Value]
    ) -> Story:
        number = next(self._next)
        known_at = START + int(day * days(1)) + number
        self.entries.append(
            Entry(
                id=f"{kind}-{number}",
                kind=kind,
                known_at=known_at,
                occurred_at=known_at if of is None else START + int(of * days(1)),
                customer=customer,
                facts=facts,
            )
        )
        return self

    def signup(self, customer: str | None, day: float, **facts: Value) -> Story:
        """Somebody signs up."""
        return self._add("signup", customer, day, None, facts)

    def label(
        self,
        customer: str,
        day: float,
        label: str = "stolen_instrument",
        status: str = "confirmed",
        *,
        of: float | None = None,
        event: str | None = None,
    ) -> Story:
        """Something becomes known of a customer, that happened on the day ``of``, or just now."""
        facts: dict[str, Value] = {"label": label, "status": status}
        if event is not None:
            facts["event"] = event
        return self._add("label", customer, day, of, facts)

    def event(self, kind: str, customer: str, day: float, **facts: Value) -> Story:
        """Something else happens."""
        return self._add(kind, customer, day, None, facts)

    def decision(
        self, customer: str, day: float, event: str, outcome: str, **facts: Value
    ) -> Story:
        """Something was decided about an event."""
        return self._add(
            "decision", customer, day, None, {"outcome": outcome, "event": event, **facts}
        )

    def history(self) -> History:
        """The story, opened for questions."""
        return History.of(table(sorted(self.entries, key=lambda entry: entry.known_at)))

    def export(self, path: Path) -> Path:
        """The story as a file."""
        with ExportWriter(path) as writer:
            for entry in sorted(self.entries, key=lambda entry: entry.known_at):
                writer.write(entry)
        return path


def day(number: float) -> int:
    """Microseconds of a day of the story."""
    return START + int(number * days(1))


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture(scope="session")
def at_day() -> Callable[[float], int]:
    return day


@pytest.fixture(scope="session")
def new_story() -> Callable[[], Story]:
    return Story


@pytest.fixture(scope="session")
def hand_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 days with a sign-up every two hours, each tenth bad, and found out in time.

    A free address gives most of them away, which the scorecard does not weigh.
    """
    told = Story()
    for number in range(1440):
        when = number / 12
        bad = number % 10 == 3
        told.signup(
            f"c{number}",
            when,
            email_is_free=int(bad if number % 4 else number % 3 == 0),
            form_seconds=float(number % 97),
        )
        if bad:
            told.label(f"c{number}", when + 5 + number % 40, of=when)
    return told.export(tmp_path_factory.mktemp("hand-made") / "history" / "events.parquet")


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of 3,000 simulated customers, with more fraud than is usual."""
    folder = tmp_path_factory.mktemp("world")
    mix = {
        "ordinary": 0.76,
        "office": 0.04,
        "vpn_user": 0.04,
        "ring": 0.05,
        "card_testing": 0.05,
        "stolen_instrument": 0.06,
    }
    start = datetime(2026, 1, 1, tzinfo=UTC)
    simulate(World(customers=3000, days=200, seed=3, start=start, mix=mix), folder, workers=1)
    return folder / "events.parquet"


@pytest.fixture(scope="session")
def trained(world: Path) -> TrainingRun:
    return train(world)


@pytest.fixture(scope="session")
def kept(trained: TrainingRun, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Kept]:
    """A home with a run whose model is in use."""
    home = tmp_path_factory.mktemp("home")
    return home, keep(trained, home, gate=LENIENT)
