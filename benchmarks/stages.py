"""One score, stage by stage: what the compute inside it costs, against its budget.

Sign-ups and payments of a simulated world go, one after the other, through the parts that serve
them: real state, a real model of each moment, 30 policies, the scorecard. All that happened in
the half of the world before is folded. Machines are noisy: two references are timed all along, and
the sum is told in both, so that runs can be compared. Run: python -m benchmarks.stages
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections import Counter
from pathlib import Path

import lightgbm
import msgspec
import numpy as np

from benchmarks.backtest import thirty_policies
from benchmarks.lessons import ROUNDS, Lessons
from data import chunks
from data.diary import TOKEN_SECRET, EventDiary
from data.world import World
from features.catalogue import CATALOGUE
from features.decide.decision import decide
from features.decide.exploration import NO_CHANCE
from features.decide.names import names
from features.decide.policies import Policies, Policy
from features.events import Ingestible, Label, Payment, Scorable, Signup
from features.facts import Door
from features.formulas import Floats
from features.online import integers, vector
from features.reference import load
from features.state.embedded import EmbeddedState
from features.tokens import Tokenizer
from serving.answer import DecisionRecord, Money, Versions
from serving.decrees import Decrees
from serving.judging import Conclusion, answer, decision_entry
from serving.models import Model
from serving.moment import PreparedMoment
from serving.observing import explained

_BUDGET = 350
_STAGES = (
    "parse JSON", "facts", "read state", "formulas", "predict", "scorecard", "policies",
    "decision", "record, reasons", "encode both", "fold",
)  # fmt: skip
_REFERENCES = ("Booster.predict", "200 far look-ups")
_WIDE = 100_003  # a prime: its multiples go everywhere
_OUTSIDE = ("parse JSON", "encode both")
_REFER_EVERY = 10  # scores: more would leave the caches to the references
_CUSTOMERS = 2_000
_VERSIONS = Versions(("0" * 64,), "0" * 12, "0" * 12, "0" * 12, "0" * 12)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Scorable).decode
_clock = time.perf_counter_ns


class Bench:
    """The parts of a scorer, and how long every stage of every score took, ns."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state
        self._decrees = Decrees()
        self._door = Door(Tokenizer(TOKEN_SECRET), load())
        written = msgspec.convert(thirty_policies(3), list[Policy])
        policies = Policies(written, names(CATALOGUE), digest="")
        self._moments = {
            one.event: PreparedMoment(name, CATALOGUE, policies)
            for name, one in CATALOGUE.domain.moments.items()
            if one.event
        }
        self._lessons = {kind: Lessons(one.moment) for kind, one in self._moments.items()}
        self.taken: dict[str, list[list[int]]] = {kind: [] for kind in self._moments}
        self.references: dict[str, list[list[int]]] = {kind: [] for kind in self._moments}
        self.outcomes: Counter[str] = Counter()
        self._models: dict[str, tuple[Model, ...]] = {}
        self._wide = {number: float(number) for number in range(_WIDE)}
        self._peers: dict[str, lightgbm.Booster] = {}

    def learn(self, event: Ingestible | Label, known_at: int) -> None:
        """An event, folded; where something is asked about it, its vector is a lesson."""
        entry = self._door.learn(event, known_at)
        if entry.kind in self._moments:
            plan = self._moments[entry.kind].plan
            self._lessons[entry.kind].note(entry, vector(plan, self._state, entry, known_at))
        if entry.kind == "label":
            for lessons in self._lessons.values():
                lessons.label(entry)
        self._state.fold(entry)

    def teach(self) -> None:
        """Models of both moments, from the lessons so far."""
        for kind, lessons in self._lessons.items():
            bundle = lessons.bundle()
            self._models[kind] = (Model(bundle, bundle.digest),)
            self._moments[kind].use(self._models[kind])
            self._peers[kind] = lightgbm.Booster(model_str=bundle.model.decode())

    def score(self, body: bytes, known_at: int) -> None:
        """One score with all its stages, and the references."""
        laps = [_clock()]
        event = _decode(body)
        laps.append(_clock())
        entry = self._door.learn(event, known_at)
        laps.append(_clock())
        moment, models = self._moments[entry.kind], self._models[entry.kind]
        fields = entry.fields()
        read = integers(moment.plan, self._state, fields, known_at)
        laps.append(_clock())
        row = moment.plan.row(read, entry, known_at, fields)
        laps.append(_clock())
        moment.use(models)
        judged = moment.assess(row, entry)
        risks = tuple(risk for risk, _ in judged)
        laps.append(_clock())
        points, fired = moment.points(row)
        laps.append(_clock())
        said = self._decrees.about(entry, moment.moment, known_at)
        values = moment.named(row, entry)
        hits = moment.policies.evaluate(moment.moment, {**values, **said.said}, known_at)
        laps.append(_clock())
        verdict = decide(risks, points, hits, NO_CHANCE, said)
        laps.append(_clock())
        record = DecisionRecord(
            decision_id=f"d{known_at:x}",
            decided_at=known_at,
            event_id=event.id,
            moment=moment.moment,
            entry=entry,
            vector=tuple([None if x != x else x for x in row.tolist()]),
            values=values,
            risks=risks,
            margins=tuple(margin for _, margin in judged),
            points=points,
            fired=fired,
            mode="model",
            mode_reason=None,
            least="approve",
            versions=_VERSIONS,
            money=Money("EUR", 2),
            language="en",
            circumstances=said,
        )
        if verdict.outcome != "approve":
            record = explained(record, moment)
        laps.append(_clock())
        _encode(answer(record, Conclusion(hits, verdict)))
        _encode(record)
        laps.append(_clock())
        self._state.fold(entry)
        self._state.fold(decision_entry(record, verdict))
        laps.append(_clock())
        taken = self.taken[entry.kind]
        taken.append(np.diff(laps).tolist())
        self.outcomes[verdict.outcome] += 1
        if len(taken) % _REFER_EVERY == 0:
            self._refer(entry.kind, row)

    def _refer(self, kind: str, row: Floats) -> None:
        laps = [_clock()]
        self._peers[kind].predict(row[None, :], num_threads=1)
        laps.append(_clock())
        _look_up(self._wide)
        laps.append(_clock())
        self.references[kind].append(np.diff(laps).tolist())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="vouch-bench-") as folder:
        state = EmbeddedState(Path(folder) / "state.db", CATALOGUE.series, flush_seconds=3600)
        bench = Bench(state)
        told = _world()
        half = len(told) // 2
        for known_at, event in told[:half]:
            bench.learn(event, known_at)
        bench.teach()
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 1000)  # as the service does
        for known_at, event in told[half:]:
            if isinstance(event, Signup | Payment):
                bench.score(msgspec.json.encode(event), known_at)
        gc.unfreeze()
        state.close()
    _print(bench)


def _world() -> list[tuple[int, Ingestible | Label]]:
    """All events in the order in which they become known, each at a time of its own."""
    world, diary = World(customers=_CUSTOMERS), EventDiary()
    for chunk in range(chunks.count(world)):
        chunks.tell(world, chunk, diary)
    last, told = 0, []
    for known_at, event in sorted(diary.events, key=lambda one: one[0]):
        last = max(known_at, last + 2)  # its decision takes the place behind it
        told.append((last, event))
    return told


def _look_up(wide: dict[int, float]) -> float:
    """Two hundred look-ups all over a dictionary: as slow as the machine's caches are full."""
    total, key = 0.0, 1
    for _ in range(200):
        key = key * 7919 % _WIDE
        total += wide[key]
    return total


def _print(bench: Bench) -> None:
    outcomes = ", ".join(f"{count:,} {name}" for name, count in bench.outcomes.most_common())
    print(f"one score, stage by stage ({ROUNDS} trees, {len(CATALOGUE.series)} series): {outcomes}")
    for kind, taken in bench.taken.items():
        laps = np.array(taken, dtype=np.float64) / 1000
        print(f"{f'{len(laps):,} of {kind}':<26}{'median us':>12}{'p99 us':>10}{'of budget':>12}")
        for stage, lap in zip(_STAGES, laps.T, strict=True):
            _tell(stage, lap, counted=stage not in _OUTSIDE)
        inside = laps[:, [stage not in _OUTSIDE for stage in _STAGES]].sum(axis=1)
        whole = _tell(f"in all, of {_BUDGET} us", inside, counted=True)
        references = np.array(bench.references[kind], dtype=np.float64).T / 1000
        for name, lap in zip(_REFERENCES, references, strict=True):
            print(f"  = {whole / _tell(name, lap, counted=False):.1f} times that")


def _tell(name: str, lap: Floats, *, counted: bool) -> float:
    middle, slow = float(np.median(lap)), float(np.percentile(lap, 99))
    share = f"{middle / _BUDGET:>12.1%}" if counted else ""
    print(f"  {name:<24}{middle:>12.1f}{slow:>10.1f}{share}")
    return middle


if __name__ == "__main__":
    main()
