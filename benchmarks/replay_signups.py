"""How soon is a ring stopped, and at what cost in good customers?

Replays the sign-ups of a public set (the file that `data/mappings/ecommerce.toml`
reads, looked for in VOUCH_SHARED_DATA or ../shared/data) through the running
HTTP service, one after the other in the order in which they happened. No label
has matured yet in its first month, so this measures the shipped policies and
scorecard. Run: python -m benchmarks.replay_signups [FILE]
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from benchmarks.running import ROOT, Server, server
from features.errors import InvalidInput
from features.events import Label, Signup
from features.sources.mapping import Mapping
from features.sources.tables import read

MAPPING = ROOT / "data" / "mappings" / "ecommerce.toml"
JANUARY_ENDS = 1_422_748_800_000_000  # 2015-02-01T00:00Z


class Past(NamedTuple):
    """One sign-up of the file and what turned out to be true of it."""

    known_at: int
    event: Signup
    is_fraud: bool


class Replayed(NamedTuple):
    """Counts of accounts: in January on a device seen before, and legitimate ones of the file."""

    rings: int
    rings_stopped: int
    honest: int
    honest_stopped: int
    caught_by: Counter[tuple[str, str]]
    seconds: float

    @property
    def recall(self) -> float:
        """Share of January's fraudulent accounts, second or later on a device, not approved."""
        return self.rings_stopped / self.rings

    @property
    def cost(self) -> float:
        """Share of the file's legitimate sign-ups not approved."""
        return self.honest_stopped / self.honest


def shared_file() -> Path:
    """Where the file is looked for."""
    folder = os.environ.get("VOUCH_SHARED_DATA") or ROOT.parent / "shared" / "data"
    return Path(folder) / "ecommerce_signups.csv"


def signups(path: Path) -> list[Past]:
    """The sign-ups of the file in the order they happened; ties by id."""
    found = []
    mapping = Mapping.load(MAPPING)
    for line in read(path):
        try:
            told = mapping.tell(line.row) if not line.fault else []
        except InvalidInput:
            continue
        label = next((one.what for one in told if isinstance(one.what, Label)), None)
        for one in told:
            if isinstance(one.what, Signup) and label is not None:
                found.append(Past(one.known_at, one.what, label.label != "legitimate"))
    return sorted(found, key=lambda past: (past.known_at, past.event.id))


def replay(past: list[Past], running: Server) -> Replayed:
    """Scores every sign-up over HTTP."""
    started = time.perf_counter()
    seen: set[str] = set()
    counts: Counter[str] = Counter()
    caught_by: Counter[tuple[str, str]] = Counter()
    for one, answer in zip(past, _answers(past, running), strict=True):
        device = one.event.device.id if one.event.device else ""
        in_ring = one.is_fraud and device in seen and one.known_at < JANUARY_ENDS
        seen.add(device)
        stopped = answer["outcome"] != "approve"
        group = "ring" if in_ring else "other fraud" if one.is_fraud else "legitimate"
        counts[group] += 1
        counts[f"{group} stopped"] += stopped
        for source in answer["demanded_by"] if stopped else ():
            caught_by[source, group] += 1
    return Replayed(
        rings=counts["ring"],
        rings_stopped=counts["ring stopped"],
        honest=counts["legitimate"],
        honest_stopped=counts["legitimate stopped"],
        caught_by=caught_by,
        seconds=time.perf_counter() - started,
    )


def _answers(past: list[Past], running: Server) -> Iterator[dict[str, Any]]:
    with closing(running.connect()) as connection:
        for one in past:
            body = msgspec.json.encode(one.event)
            connection.request("POST", "/v1/score", body, running.headers)
            response = connection.getresponse()
            content = response.read()
            if response.status != 200:
                raise RuntimeError(f"{response.status}: {content.decode()}")
            yield msgspec.json.decode(content)


def run(path: Path) -> Replayed:
    """Replays the file into a home of its own, where time follows the events."""
    past = signups(path)
    with tempfile.TemporaryDirectory() as home, server(Path(home), VOUCH_CLOCK="events") as running:
        return replay(past, running)


def main() -> None:
    """Prints the figures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else shared_file()
    done = run(path)
    total = done.rings + done.honest
    print(
        f"January, fraudulent, second or later on a device: {done.rings_stopped:,} of "
        f"{done.rings:,} not approved ({done.recall:.1%}; asked: at least 95 %)\n"
        f"whole file, legitimate: {done.honest_stopped:,} of {done.honest:,} not approved "
        f"({done.cost:.2%}; asked: at most 1 %)\n"
        f"at least {total / done.seconds:,.0f} requests/s, one at a time\n"
    )
    print(f"{'demanded by':<24}{'group':<14}{'accounts':>10}")
    for (source, group), count in done.caught_by.most_common():
        print(f"{source:<24}{group:<14}{count:>10,}")


if __name__ == "__main__":
    main()
