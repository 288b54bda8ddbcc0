"""Rules and the columns that repeat them: what a model of weak labels may not see."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from features.derived import Derived
from features.series import Asked, Read
from training.labels import Floats, Truths

_TOO_MUCH = {(), ("customer",)}
_TELLS = 0.8  # precision and recall from which a column alone tells who is hit
_FEW = 64
_MOST_ROWS = 100_000


def repeating(columns: Sequence[Derived], read: Collection[str], *, alerts: bool) -> frozenset[str]:
    """The columns that are ``read`` or made of the same, and those of ``alerts``.

    Of the same are those of one declaration, of the same facts, and those that read state by
    the same thing: if a policy counts accounts on a device, every column of devices leaves, for
    a burst of accounts is one of e-mail addresses too. What is read by the customer or by all
    alone is too much to be the same, and leaves only where it is the same series.

    >>> from features.catalogue import CATALOGUE
    >>> sorted(repeating(CATALOGUE.derived("signup"), ["email_is_disposable"], alerts=False))
    ['email_is_disposable']
    """
    direct = [one for one in columns if one.name in read or one.fact in read]
    signals = {one.signal for one in direct}
    series_read = [part.series for one in direct for part in one.inputs if isinstance(part, Read)]
    stored = {series.digest for series in series_read}
    by = {series.by for series in series_read} - _TOO_MUCH

    def repeats(part: object) -> bool:
        if isinstance(part, Asked):
            return part.field in read
        if not isinstance(part, Read):
            return False
        series = part.series
        return (
            series.digest in stored
            or series.by in by
            or series.value in read
            or any(name in read for name, _ in series.where)
            or (alerts and "alert" in series.events)
        )

    return frozenset(
        one.name for one in columns if one.signal in signals or any(map(repeats, one.inputs))
    )


def telling(columns: Sequence[Derived], values: Floats, hits: Sequence[Truths]) -> frozenset[str]:
    """The columns that alone tell the hits of a policy, whatever they are made of.

    A policy that declines prepaid cards reads a flag, and the card's funding says the same.
    Only columns of few different values are looked at.
    """
    step = -(-len(values) // _MOST_ROWS) or 1
    found = set()
    for place, column in enumerate(columns):
        distinct, group = np.unique(values[::step, place], return_inverse=True)
        if not 1 < len(distinct) <= _FEW:
            continue
        every = np.bincount(group, minlength=len(distinct))
        for rows in hits:
            hit = np.bincount(group, rows[::step], minlength=len(distinct))
            pure = hit > _TELLS * every
            if hit[pure].sum() > _TELLS * max(hit.sum(), 1.0):
                found.add(column.name)
    return frozenset(found)
