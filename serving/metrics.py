"""Metrics of one server, in the Prometheus text format.

Recorded on the event loop only, so plain numbers are enough; a request costs
about a microsecond. No label ever holds anything that a caller sent.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

_SECONDS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
Labels = tuple[tuple[str, str], ...]


class Figure(NamedTuple):
    """A number that somebody else keeps, at this moment."""

    name: str
    kind: Literal["counter", "gauge"]
    sentence: str
    value: float


class Histogram:
    """Seconds in buckets."""

    __slots__ = ("_buckets", "_sum")

    def __init__(self) -> None:
        self._buckets = [0] * (len(_SECONDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """Counts one duration."""
        self._buckets[bisect_left(_SECONDS, seconds)] += 1
        self._sum += seconds

    def lines(self, name: str, labels: Labels) -> Iterator[str]:
        """The histogram as text."""
        total = 0
        for bound, count in zip((*_SECONDS, float("inf")), self._buckets, strict=True):
            total += count
            edge = "+Inf" if bound == float("inf") else f"{bound:g}"
            yield _line(f"{name}_bucket", (*labels, ("le", edge)), total)
        yield _line(f"{name}_sum", labels, self._sum)
        yield _line(f"{name}_count", labels, total)


class Metrics:
    """What an operator watches."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._latency: dict[str, Histogram] = {}
        self._decisions: Counter[tuple[str, str]] = Counter()
        self._policies: Counter[str] = Counter()
        self._explored = 0
        self.unauthorised = 0
        self._again: Counter[str] = Counter()
        self.ledger_wait = Histogram()

    def answered(self, route: str, status: int, seconds: float) -> None:
        """A request was answered."""
        self._requests[route, status] += 1
        histogram = self._latency.get(route)
        if histogram is None:
            histogram = self._latency[route] = Histogram()
        histogram.observe(seconds)

    def decided(
        self, outcome: str, mode: str, policies: Iterable[str], *, explored: bool = False
    ) -> None:
        """A decision was made and recorded."""
        self._explored += explored
        self._decisions[outcome, mode] += 1
        for policy in policies:
            self._policies[policy] += 1

    def hits(self, policy: str) -> int:
        """How many decisions a policy took part in since the start."""
        return self._policies[policy]

    def decided_again(self, outcomes: Iterable[str]) -> None:
        """Decisions were made again, and recorded."""
        self._again.update(outcomes)

    def text(
        self,
        models: Iterable[tuple[str, str, str, str]],
        problems: int,
        figures: Iterable[Figure] = (),
    ) -> str:
        """All of it. ``models`` are (moment, risk, digest, rung) in use."""
        lines = (*self._lines(models, problems), *_others(figures))
        return "".join(f"{line}\n" for line in lines)

    def _lines(self, models: Iterable[tuple[str, str, str, str]], problems: int) -> Iterator[str]:
        yield from _head("vouch_requests_total", "counter", "Requests by route and status.")
        for (route, status), count in self._requests.items():
            labels = (("route", route), ("status", str(status)))
            yield _line("vouch_requests_total", labels, count)
        yield from _head("vouch_request_seconds", "histogram", "From request to answer.")
        for route, histogram in self._latency.items():
            yield from histogram.lines("vouch_request_seconds", (("route", route),))
        yield from _head("vouch_unauthorised_total", "counter", "Requests without a good API key.")
        yield _line("vouch_unauthorised_total", (), self.unauthorised)
        yield from _head("vouch_ledger_wait_seconds", "histogram", "Wait for the disk.")
        yield from self.ledger_wait.lines("vouch_ledger_wait_seconds", ())
        yield from _head("vouch_decisions_total", "counter", "Decisions by outcome and mode.")
        for (outcome, mode), count in self._decisions.items():
            labels = (("outcome", outcome), ("mode", mode))
            yield _line("vouch_decisions_total", labels, count)
        yield from _head(
            "vouch_decided_again_total", "counter", "Decisions made again, by outcome."
        )
        for outcome, count in self._again.items():
            yield _line("vouch_decided_again_total", (("outcome", outcome),), count)
        yield from _head("vouch_policy_hits_total", "counter", "Decisions that a policy hit.")
        for policy, count in self._policies.items():
            yield _line("vouch_policy_hits_total", (("policy", policy),), count)
        yield from _head(
            "vouch_explored_total", "counter", "Events let pass by chance, against their score."
        )
        yield _line("vouch_explored_total", (), self._explored)
        yield from _head("vouch_model_info", "gauge", "Models in use.")
        for moment, risk, digest, rung in models:
            names = (("moment", moment), ("risk", risk), ("digest", digest), ("rung", rung))
            yield _line("vouch_model_info", names, 1)
        yield from _head("vouch_problems", "gauge", "Things that keep the service degraded.")
        yield _line("vouch_problems", (), problems)


def _others(figures: Iterable[Figure]) -> Iterator[str]:
    for one in figures:
        yield from _head(one.name, one.kind, one.sentence)
        yield _line(one.name, (), one.value)


def _head(name: str, kind: str, sentence: str) -> tuple[str, str]:
    return f"# HELP {name} {sentence}", f"# TYPE {name} {kind}"


def _line(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{inside}}} {value:.16g}" if inside else f"{name} {value:.16g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
