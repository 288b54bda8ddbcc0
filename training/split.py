"""The split: by time only, and each part judged with what was known when it would have been used.

        fit          validation            waits for labels │        test
    ├────────────────┼────────────┼─────────────────────────┼─────────────────┤ . . . │
                                  cut - delay               cut                       as_of

The training part is judged with the labels known at the cut, the test part with
those known at ``as_of``. Early stopping, calibration and thresholds see the
validation window; nothing is chosen on the test part. A *holdout* tests on the newest rows;
*folds* do the same again and again, a step further each time (prequential).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.durations import DAY
from features.errors import NotEnoughData
from features.offline import History
from training.delays import Delays, delays
from training.funnel import Funnel, Rows, Step
from training.history import date
from training.labels import (
    Asked,
    Floats,
    Judge,
    Judged,
    Names,
    Target,
    Times,
    Truths,
    judge,
    known_bad,
)
from training.questions import named

LabelTime = Literal["cut", "end"]


@dataclass(frozen=True)
class Part:
    """Rows of the matrix, in time order, and what was known of each when it was judged.

    ``weight`` is how many rows it stands for, ``known_at`` when it became known to be bad
    (`NEVER` if it is not), ``kind`` the kind of label that said so (empty if none did).
    """

    rows: Rows
    positive: Truths
    weight: Floats
    known_at: Times
    kind: Names

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def positives(self) -> int:
        """How many rows are bad."""
        return int(self.positive.sum())


@dataclass(frozen=True)
class Split:
    """The parts, the times that made them, and what was left at each step.

    ``delays`` is how long it takes to learn that a row is bad; ``unjudged`` counts the rows
    that are too young.
    """

    fit: Part
    validation: Part
    test: Part
    cut: int
    as_of: int
    label_time: LabelTime
    funnel: tuple[Step, ...]
    delays: Delays
    unjudged: int

    @property
    def learned(self) -> Rows:
        """The rows that were learned from: fit, then validation."""
        return np.append(self.fit.rows, self.validation.rows)


@dataclass(frozen=True)
class Folds:
    """Prequential folds, in days: ``train``, a ``delay`` for labels to come, ``test``.

    Each fold lies ``step`` days after the one before; the last ends with the newest rows that
    can be judged. ``train=0`` is all that came before, ``delay=None`` what the target asks for.
    """

    count: int = 4
    train: int = 0
    delay: int | None = None
    test: int = 14
    step: int = 14

    def __post_init__(self) -> None:
        if min(self.count, self.test, self.step) < 1 or min(self.train, self.delay or 0) < 0:
            raise NotEnoughData("folds need a count, a test window and a step of 1 or more")


def split(
    history: History,
    target: Target,
    asked: Asked,
    *,
    as_of: int,
    test_share: float = 0.2,
    validation_share: float = 0.2,
    label_time: LabelTime = "cut",
    judging: Judge = judge,
) -> Split:
    """The holdout: the newest ``test_share`` of the rows that can be judged is the test part.

    ``label_time="cut"`` is honest: what is trained could have been trained at the cut.
    ``"end"`` is the protocol of published tables: every row before the cut, with the
    labels known at ``as_of``. Raises `NotEnoughData` where a part would teach nothing.
    """
    if not 0.0 < test_share < 1.0 or not 0.0 < validation_share < 1.0:
        raise NotEnoughData("the shares of the test and validation rows must lie between 0 and 1")
    cutter = _Cutter(history, target, asked, as_of, label_time, judging)
    usable = asked.at[cutter.usable]
    cut = int(usable[min(round(len(usable) * (1.0 - test_share)), len(usable) - 1)])
    return cutter.cut(cut, None, cut, None, validation_share)


def folds(
    history: History,
    target: Target,
    asked: Asked,
    *,
    as_of: int,
    wanted: Folds,
    validation_share: float = 0.2,
    label_time: LabelTime = "cut",
    judging: Judge = judge,
) -> Iterator[Split]:
    """The folds in order of time, each made when it is asked for.

    Entities known bad at the start of a test window leave it. Raises `NotEnoughData` where
    history is too short for the first fold, or a part would teach nothing.
    """
    cutter = _Cutter(history, target, asked, as_of, label_time, judging)
    delay = DAY * (target.wait if wanted.delay is None else wanted.delay)
    end = int(asked.at[cutter.usable][-1]) + 1
    for number in range(wanted.count):
        later = wanted.count - 1 - number
        cut = end - (wanted.test + later * wanted.step) * DAY
        begin = cut - delay - wanted.train * DAY if wanted.train else None
        if cut - delay <= (int(asked.at[0]) if begin is None else begin - 1):
            raise NotEnoughData(
                f"history is too short for {wanted.count} folds: there is nothing to learn from "
                f"{delay // DAY} days before {date(cut)}; ask for fewer, or for shorter windows"
            )
        try:
            yield cutter.cut(cut, begin, cut - delay, cut + wanted.test * DAY, validation_share)
        except NotEnoughData as error:
            raise NotEnoughData(f"fold {number + 1} of {wanted.count}: {error.message}") from None


class _Cutter:
    """Cuts one judged set of rows."""

    def __init__(
        self,
        history: History,
        target: Target,
        asked: Asked,
        as_of: int,
        label_time: LabelTime,
        judging: Judge,
    ) -> None:
        self._history, self._target, self._asked = history, target, asked
        self._as_of, self._label_time, self._judging = as_of, label_time, judging
        self._late = late = judging(history, target, asked, as_of)
        self._named = np.array([one is not None for one in asked.customers], dtype=np.bool_)
        self.usable = self._named & late.mature & ~late.blocked
        if not self.usable.any():
            raise NotEnoughData(
                f"no {named(target, 1)} in this history is {target.wait} days old, so no label is "
                "mature: wait, or import older history with its labels"
            )

    def cut(
        self,
        cut: int,
        begin: int | None,
        trained_until: int,
        tested_until: int | None,
        validation_share: float,
    ) -> Split:
        """Trains on ``[begin, trained_until)`` and tests on ``[cut, tested_until)``, µs."""
        asked, late, target = self._asked, self._late, self._target
        funnel = Funnel(asked.customers, late.positive)
        self._count_all(funnel)
        at = asked.at
        window = self._named & (at < trained_until) & (at >= (at[0] if begin is None else begin))
        judged = late
        if self._label_time == "cut":
            judged = self._judging(self._history, target, asked, cut - 1)
        training = self._training(funnel, window, judged, trained_until)
        test = self.usable & (at >= cut) & (True if tested_until is None else at < tested_until)
        funnel.add("test", f"from the cut, {date(cut)}, on", test)
        test &= ~late.known_before
        if target.of_events and begin is not None:
            known = known_bad(self._history, target, begin, cut)
            test &= np.array([one not in known for one in asked.customers], dtype=np.bool_)
        funnel.add("test", "not known bad before", test)
        rows = np.flatnonzero(training)
        first_of_validation = len(rows) - round(len(rows) * validation_share)
        fit, validation = rows[:first_of_validation], rows[first_of_validation:]
        funnel.add("training", "to fit on", fit, judged.positive)
        funnel.add("training", "to validate on", validation, judged.positive)
        tested, found = np.flatnonzero(test), self._named & late.positive
        parts = _part(fit, judged), _part(validation, judged), _part(tested, late)
        _demand_both_classes(parts, target, cut)
        return Split(
            fit=parts[0],
            validation=parts[1],
            test=parts[2],
            cut=cut,
            as_of=self._as_of,
            label_time=self._label_time,
            funnel=funnel.in_order(),
            delays=delays(at[found], late.known_at[found], self._as_of),
            unjudged=int((self._named & ~late.mature).sum()),
        )

    def _count_all(self, funnel: Funnel) -> None:
        late = self._late
        funnel.add("all", f"every {named(self._target, 1)}", np.ones(len(late.mature), np.bool_))
        funnel.add("all", "names a customer", self._named)
        old = self._named & late.mature
        if self._target.wait:
            funnel.add("all", f"{self._target.wait} days old, labels are in", old)
        if late.blocked.any():
            funnel.add("all", "not blocked", self.usable)

    def _training(
        self, funnel: Funnel, window: Truths, judged: Judged, trained_until: int
    ) -> Truths:
        funnel.add("training", f"before {date(trained_until)}", window, judged.positive)
        kept = window & ~judged.blocked
        if self._label_time == "cut":
            kept = kept & judged.mature
            funnel.add("training", "labels were in at the cut", kept, judged.positive)
        kept = kept & ~judged.known_before
        funnel.add("training", "not known bad before", kept, judged.positive)
        return kept


def _part(rows: Rows, judged: Judged) -> Part:
    return Part(
        rows,
        judged.positive[rows],
        judged.weight[rows],
        judged.known_at[rows],
        judged.kind[rows],
    )


def _demand_both_classes(parts: tuple[Part, Part, Part], target: Target, cut: int) -> None:
    kinds = " or ".join(target.kinds)
    for name, part in zip(("fitting", "validation", "test"), parts, strict=True):
        bad, rows = part.positives, len(part.rows)
        if bad == 0 or bad == rows:
            what = "none of them is bad" if bad == 0 else "all of them are bad"
            raise NotEnoughData(
                f"the {name} part has {rows:,} {named(target)} and {what} (cut: {date(cut)}; "
                f"labels: {kinds}; mature after {target.wait} days): more history or more labels "
                "are needed, or another --test-share"
            )
