"""Latency: what a model costs in a request, beside another one.

A row costs its prediction, and the contributions that explain it where the score alone does not
approve it. Runs of both models alternate, so that a busy machine slows both.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from features.booster import Booster
from training.gate import Difference, Gate
from training.labels import Floats

_ROUNDS = 40
_ROWS = 100
_EXPLAINED = 10
_RESAMPLES = 1000
_SEED = 11


@dataclass(frozen=True)
class Timed:
    """A model to be timed on rows of its own columns, of which it explains a share."""

    booster: Booster
    rows: Floats
    explained: float


def latency(ours: Timed, theirs: Timed, gate: Gate) -> Difference:
    """Median µs a row of both, and the interval of their ratio over paired runs."""
    runs = _Run(ours), _Run(theirs)
    for run in runs:
        run()  # warm
    seconds = np.array(
        [[run() for run in (runs if turn % 2 else runs[::-1])] for turn in range(_ROUNDS)]
    )
    seconds[::2] = seconds[::2, ::-1]
    drawn = np.random.default_rng(_SEED).integers(0, _ROUNDS, (_RESAMPLES, _ROUNDS))
    medians = np.median(seconds[drawn], axis=1)
    tail = (1.0 - gate.level) / 2.0
    low, high = np.quantile(medians[:, 0] / medians[:, 1], (tail, 1.0 - tail))
    mine, other = np.median(seconds, axis=0) * 1e6
    return Difference(float(mine), float(other), float(low), float(high))


class _Run:
    """Seconds a row, measured anew at each call."""

    def __init__(self, timed: Timed) -> None:
        self._timed = timed
        places = np.linspace(0, len(timed.rows) - 1, min(_ROWS, len(timed.rows))).astype(int)
        self._rows = list(timed.rows[places])
        self._some = self._rows[:: _ROWS // _EXPLAINED]

    def __call__(self) -> float:
        booster, share = self._timed.booster, self._timed.explained
        predicted = _seconds(booster.margin, self._rows)
        if not share:
            return predicted
        return predicted + share * _seconds(booster.contributions, self._some)


def _seconds(call: Callable[[Floats], object], rows: list[Floats]) -> float:
    began = perf_counter()
    for row in rows:
        call(row)
    return (perf_counter() - began) / len(rows)
