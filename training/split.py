"""The split: by time only, and each part judged with what was known when it would have been used.

        fit          validation            waits for labels │        test
    ├────────────────┼────────────┼─────────────────────────┼─────────────────┤ . . . │
                                  cut - maturity            cut                       as_of

The training part is judged with the labels known at the cut, the test part with
those known at ``as_of``. Early stopping, calibration and thresholds see the
validation window; nothing is chosen on the test part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History
from training.history import date
from training.labels import Floats, Judged, Names, Target, Times, Truths, judge, standing

LabelTime = Literal["cut", "end"]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """One step of the funnel: what is left after it."""

    part: str
    name: str
    rows: int
    customers: int
    positives: int


@dataclass(frozen=True)
class Part:
    """Rows of the matrix, in time order, and whether each is bad."""

    rows: Rows
    positive: Truths

    @property
    def positives(self) -> int:
        """How many rows are bad."""
        return int(self.positive.sum())


@dataclass(frozen=True)
class Split:
    """The parts, the times that made them, and what was left at each step.

    ``delays`` are the days it took to learn that a row is bad, of every bad row that
    is old enough; ``unjudged`` counts the rows that are too young.
    """

    fit: Part
    validation: Part
    test: Part
    cut: int
    as_of: int
    label_time: LabelTime
    funnel: tuple[Step, ...]
    delays: Floats
    unjudged: int


def split(
    history: History,
    target: Target,
    customers: Names,
    at: Times,
    *,
    as_of: int,
    test_share: float = 0.2,
    validation_share: float = 0.2,
    label_time: LabelTime = "cut",
) -> Split:
    """Parts of the rows of ``customers`` asked about ``at`` (ascending, µs).

    ``label_time="cut"`` is honest: what is trained could have been trained at the cut.
    ``"end"`` is the protocol of published tables: every row before the cut, with the
    labels known at ``as_of``. Raises `NotEnoughData` where a part would teach nothing.
    """
    if not 0.0 < test_share < 1.0 or not 0.0 < validation_share < 1.0:
        raise NotEnoughData("the shares of the test and validation rows must lie between 0 and 1")
    late = judge(customers, at, standing(history, target, as_of), target)
    funnel = _Funnel(customers)
    every = np.ones(len(at), dtype=np.bool_)
    named = np.array([customer is not None for customer in customers], dtype=np.bool_)
    usable = named & late.mature
    funnel.add("all", f"every {target.moment}", every, late.positive)
    funnel.add("all", "names a customer", named, late.positive)
    funnel.add("all", f"{target.maturity} days old, labels are in", usable, late.positive)
    if not usable.any():
        raise NotEnoughData(
            f"no {target.moment} in this history is {target.maturity} days old, so no label is "
            "mature: wait, or import older history with its labels"
        )
    cut = _cut(at[usable], test_share)
    before = named & (at < cut)
    judged = late
    if label_time == "cut":
        judged = judge(customers, at, standing(history, target, cut - 1), target)
    training = _training(funnel, before, judged, label_time, cut)
    test = usable & (at >= cut)
    funnel.add("test", f"from the cut, {date(cut)}, on", test, late.positive)
    test &= ~late.known_before
    funnel.add("test", "not known bad before", test, late.positive)
    rows = np.flatnonzero(training)
    first_of_validation = len(rows) - round(len(rows) * validation_share)
    fit, validation = rows[:first_of_validation], rows[first_of_validation:]
    funnel.add("training", "to fit on", fit, judged.positive)
    funnel.add("training", "to validate on", validation, judged.positive)
    parts = Split(
        fit=Part(fit, judged.positive[fit]),
        validation=Part(validation, judged.positive[validation]),
        test=Part(np.flatnonzero(test), late.positive[test]),
        cut=cut,
        as_of=as_of,
        label_time=label_time,
        funnel=funnel.in_order(),
        delays=(late.known_at - at)[usable & late.positive] / DAY,
        unjudged=int((named & ~late.mature).sum()),
    )
    _demand_both_classes(parts, target)
    return parts


def _cut(at: Times, test_share: float) -> int:
    first_of_test = min(round(len(at) * (1.0 - test_share)), len(at) - 1)
    return int(at[first_of_test])


def _training(
    funnel: _Funnel, before: Truths, judged: Judged, label_time: LabelTime, cut: int
) -> Truths:
    funnel.add("training", f"before the cut, {date(cut)}", before, judged.positive)
    kept = before
    if label_time == "cut":
        kept = kept & judged.mature
        funnel.add("training", "labels were in at the cut", kept, judged.positive)
    kept = kept & ~judged.known_before
    funnel.add("training", "not known bad before", kept, judged.positive)
    return kept


class _Funnel:
    def __init__(self, customers: Names) -> None:
        self._customers = customers
        self._steps: list[Step] = []

    def add(self, part: str, name: str, kept: Truths | Rows, positive: Truths) -> None:
        customers = {customer for customer in self._customers[kept] if customer is not None}
        rows = len(positive[kept])
        self._steps.append(Step(part, name, rows, len(customers), int(positive[kept].sum())))

    def in_order(self) -> tuple[Step, ...]:
        parts = ("all", "training", "test")
        return tuple(sorted(self._steps, key=lambda step: parts.index(step.part)))


def _demand_both_classes(parts: Split, target: Target) -> None:
    kinds = " or ".join(target.kinds)
    named = {
        "fitting": parts.fit,
        "validation": parts.validation,
        "test": parts.test,
    }
    for name, part in named.items():
        bad, rows = part.positives, len(part.rows)
        if bad == 0 or bad == rows:
            what = "none of them is bad" if bad == 0 else "all of them are bad"
            raise NotEnoughData(
                f"the {name} part has {rows:,} {target.moment} rows and {what} "
                f"(labels: {kinds}; mature after {target.maturity} days): "
                "more history or more labels are needed, or another --test-share"
            )
