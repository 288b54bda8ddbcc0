"""Spreads: how every column and the score lay in the rows that a model learned from.

They travel in the bundle's contract, so that live decisions can be held against them without
the history (`training.drift`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from features.contract import Column, Spread
from training.labels import Floats
from training.ladder import MODEL

if TYPE_CHECKING:
    from training.run import TrainingRun

#: The name of the score's spread, which no column can have.
SCORE = "(score)"

_MOST_BINS = 10
_MOST_NAMED = 19
_LEAST_SHARE = 0.01
_MOST_ROWS = 200_000


def spreads_of(run: TrainingRun) -> tuple[Spread, ...]:
    """The score's spread, then those of the model's columns in order.

    The columns are taken from the fitting and the validation part. The score is what the booster
    that had not learned from the validation part gave it: of rows it was fitted to, a model is
    surer than it will ever be again.
    """
    fit, validation, model = run.split.fit, run.split.validation, run.model
    score = 1000.0 * run.fitted[MODEL].validation
    rows = np.append(fit.rows, validation.rows)
    weight = np.append(fit.weight, validation.weight)
    if len(rows) > _MOST_ROWS:  # more would not change a share by a tenth of a percent
        kept = np.linspace(0, len(rows) - 1, _MOST_ROWS).astype(np.int64)
        rows, weight = rows[kept], weight[kept]
    return (
        spread(SCORE, score, validation.weight),
        *spreads(model.columns, run.values[rows], weight),
    )


def spreads(columns: tuple[Column, ...], values: Floats, weight: Floats) -> tuple[Spread, ...]:
    """The spreads of vectors of shape (rows, columns), NaN where unknown; weights (rows,)."""
    return tuple(
        spread(column.name, values[:, place], weight, named=column.categories is not None)
        for place, column in enumerate(columns)
    )


def spread(name: str, values: Floats, weight: Floats, *, named: bool = False) -> Spread:
    """The spread of one column; of ``named`` values every frequent one is a bin of its own.

    Numbers that are frequent get a bin of their own too, the rest is shared out evenly: at
    most ten bins, each with a hundredth of the rows at least. Rows of different weight count
    as so many of equal weight as tell as much (Kish 1965, "Survey Sampling").
    """
    known = ~np.isnan(values)
    distinct, which = np.unique(values[known], return_inverse=True)
    share = np.bincount(which, weights=weight[known], minlength=len(distinct)) / weight.sum()
    edges = _frequent(distinct, share) if named else _cuts(distinct, share)
    rows = round(float(weight.sum()) ** 2 / float((weight**2).sum()))
    empty = Spread(name, tuple(edges.tolist()), (), 0.0, rows, named)
    *shares, missing = (bins(empty, values, weight) / weight.sum()).tolist()
    return replace(
        empty, shares=tuple(shares), missing=missing, usual=_usual(distinct, share, named)
    )


def bins(spread: Spread, values: Floats, weight: Floats | None = None) -> Floats:
    """How many of the values, or which weight of them, lie in each bin; last the unknown ones."""
    edges, missing = np.array(spread.edges), len(spread.edges) + 1
    place = np.searchsorted(edges, values, side="right")
    if spread.named:
        before = np.maximum(place - 1, 0)
        held = edges[before] == values if len(edges) else np.zeros(len(values), dtype=np.bool_)
        place = np.where(held, before, len(edges))
    place[np.isnan(values)] = missing
    return np.bincount(place, weight, minlength=missing + 1).astype(np.float64)


def _usual(distinct: Floats, share: Floats, named: bool) -> float | None:
    if not len(distinct):
        return None
    until = np.cumsum(share)
    place = np.argmax(share) if named else np.searchsorted(until, until[-1] / 2)
    return float(distinct[place])


def _frequent(distinct: Floats, share: Floats) -> Floats:
    most = np.argsort(-share, kind="stable")[:_MOST_NAMED]
    return np.sort(distinct[most[share[most] >= _LEAST_SHARE]])


def _cuts(distinct: Floats, share: Floats) -> Floats:
    """Lower edges of all bins but the first."""
    until = np.cumsum(share)
    cuts: list[float] = []
    begin, before = 0, 0.0
    for left in range(_MOST_BINS, 1, -1):
        if begin == len(distinct) or until[-1] - before < 2 * _LEAST_SHARE - 1e-9:
            break
        wanted = before + max((until[-1] - before) / left, _LEAST_SHARE)
        end = int(np.searchsorted(until, wanted - 1e-9)) + 1
        if end - 1 > begin and _better_without(until[end - 2 : end], before, wanted):
            end -= 1
        if until[-1] - until[end - 1] < _LEAST_SHARE - 1e-9:
            break
        cuts.append(float(distinct[end]))
        begin, before = end, float(until[end - 1])
    return np.array(cuts)


def _better_without(until: Floats, before: float, wanted: float) -> bool:
    """Whether a bin that ends before its last value is nearer to its share, and no rare one."""
    without, within = float(until[0]), float(until[1])
    return without - before >= _LEAST_SHARE - 1e-9 and wanted - without < within - wanted
