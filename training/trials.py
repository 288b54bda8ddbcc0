"""Trials: shapes of a booster tried through time, on the rows that may be learned from alone.

    fit and validation of the holdout, as judged at the cut             test: not looked at
    ├──────────────────────┬───────────┬───────────┬───────────┤ . . . . ├──────────────┤
    │ 1: learn   │ stop at │  tested   │           │           │
    │ 2: learn           │   stop at   │  tested   │           │
    │ 3: learn                   │     stop at     │  tested   │

The goal is average precision, its mean over the steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from features.derived import Derived
from features.errors import NotEnoughData
from features.offline import Matrix
from training.fitting import Seen, sample
from training.history import date
from training.labels import Floats
from training.metrics import Ranking
from training.model import Shape, fit, margins, read_booster
from training.sample import Places, Sample, with_holes
from training.split import Part, Split

STEPS = 3
_FIRST = 0.4  # share of the rows that every step learns from
_HELD_OUT = 0.2  # share of what a step learns from that says when to stop


@dataclass(frozen=True)
class Trial:
    """A shape and its average precision in each step."""

    shape: Shape
    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """The goal."""
        return float(np.mean(self.values))


@dataclass(frozen=True)
class Searched:
    """What a search found: how many ``trials``, ``pruned`` ones among them, and the best of them.

    ``default`` is the shape that one would have used without a search.
    """

    trials: int
    pruned: int
    default: Trial
    best: Trial

    @property
    def better(self) -> int:
        """In how many steps the best shape did better than the default."""
        return sum(
            ours > theirs
            for ours, theirs in zip(self.best.values, self.default.values, strict=True)
        )

    @property
    def gained(self) -> bool:
        """Whether the best shape is used: better in the mean and in every step.

        The best of many is better by luck alone, if only in the mean.
        """
        return self.best.mean > self.default.mean and self.better == len(self.best.values)

    @property
    def shape(self) -> Shape:
        """The shape to use."""
        return self.best.shape if self.gained else self.default.shape

    @property
    def sentence(self) -> str:
        """What was searched and what came of it, for people."""
        changed = ", ".join(
            f"{name.replace('_', ' ')} {value:g}"
            for name, value in asdict(self.best.shape).items()
            if value != getattr(self.default.shape, name)
        )
        tried = f"{self.trials:,} shapes of the model were tried, {self.pruned:,} given up early"
        figures = f"average precision {self.best.mean:.4f} where the default has"
        steps = len(self.best.values)
        if not changed:
            return f"{tried}: none was better than the default, which is used"
        if self.gained:
            return (
                f"{tried}: the best is used ({changed}), {figures} {self.default.mean:.4f}, "
                f"better in each of {steps} steps through time"
            )
        return (
            f"{tried}: the default is used, for the best ({changed}; {figures} "
            f"{self.default.mean:.4f}) was better in {self.better} of {steps} steps only"
        )

    def as_json(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "trials": self.trials,
            "pruned": self.pruned,
            "gained": self.gained,
            "default": asdict(self.default) | {"mean": self.default.mean},
            "best": asdict(self.best) | {"mean": self.best.mean},
        }


@dataclass(frozen=True)
class _Step:
    learned: Sample
    held_out: Sample
    tested: Sample


class Trials:
    """The steps, ready for any shape.

    Raises `NotEnoughData` where a step has rows of one class only.
    """

    def __init__(
        self,
        table: Matrix,
        columns: Sequence[Derived],
        parts: Split,
        places: Places,
        masked: float = 0.0,
    ) -> None:
        self.seen = Seen.of(columns, places, masked)
        self.rows = _joined(parts)
        edges = np.linspace(_FIRST, 1.0, STEPS + 1) * len(self.rows)
        self._steps = []
        for number, (begin, end) in enumerate(pairwise(edges), 1):
            stop = round(begin * (1.0 - _HELD_OUT))
            pieces = [
                _some(self.rows, *bounds)
                for bounds in ((0, stop), (stop, round(begin)), (round(begin), round(end)))
            ]
            for what, piece in zip(("learn from", "stop at", "be tested on"), pieces, strict=True):
                _demand_both_classes(table, piece, number, what)
            learned, held_out, tested = (sample(table, piece, places) for piece in pieces)
            learned = with_holes(learned, self.seen.families, masked)
            self._steps.append(_Step(learned, held_out, tested))

    def value(self, shape: Shape, step: int) -> float:
        """Average precision of a shape in a step, from 0 on."""
        rows, seen = self._steps[step], self.seen
        text, _ = fit(seen.named, rows.learned, shape, held_out=rows.held_out, raises=seen.raises)
        score = margins(read_booster(text), rows.tested.values)
        return average_precision(score, rows.tested)


def average_precision(score: Floats, rows: Sample) -> float:
    """Average precision of a score on weighted rows."""
    found = Ranking(score, rows.positive).metrics(rows.weight[None, :])
    return float(found["average_precision"][0])


def _joined(parts: Split) -> Part:
    """What may be learned from, as one part."""
    fit, validation = parts.fit, parts.validation
    return Part(
        np.append(fit.rows, validation.rows),
        np.append(fit.positive, validation.positive),
        np.append(fit.weight, validation.weight),
        np.append(fit.known_at, validation.known_at),
        np.append(fit.kind, validation.kind),
    )


def _some(part: Part, begin: int, end: int) -> Part:
    here = slice(begin, end)
    return Part(
        part.rows[here],
        part.positive[here],
        part.weight[here],
        part.known_at[here],
        part.kind[here],
    )


def _demand_both_classes(table: Matrix, part: Part, step: int, what: str) -> None:
    if 0 < part.positives < len(part):
        return
    days = "" if not len(part) else f", {_day(table, part, 0)} to {_day(table, part, -1)},"
    bad = "none of them is bad" if not part.positives else "all of them are bad"
    raise NotEnoughData(
        f"step {step} of {STEPS} of the search has {len(part):,} rows to {what}{days} and {bad}: "
        "train without --search, or with more history"
    )


def _day(table: Matrix, part: Part, place: int) -> str:
    return date(int(table.at[part.rows[place]]))
