"""The slow truth: what a column is, by looking at every entry for every question.

No index, no order to rely on, no SQL: loops that anyone can check against the
definitions. The engines have to equal it to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.declared import Catalogue
from features.durations import DAY
from features.facts import Entry
from features.formulas import Floats
from features.series import BAD, FIRST_DAY, MATURED, Series
from features.windows import counts


def vector(
    catalogue: Catalogue, moment: str, history: Sequence[Entry], asked: Entry, t: int
) -> Floats:
    """The vector of a question as of ``t``, from the whole history."""
    plan = catalogue.plan(moment)
    integers = [
        integer(series, argument, history, asked, t)
        for series, arguments in plan.blocks
        for argument in arguments
    ]
    row = np.array([[np.nan if value is None else value for value in integers]], dtype=float)
    result: Floats = plan.assemble(row, np.array([plan.facts_of(asked)], dtype=float))[0]
    return result


def integer(
    series: Series, argument: int, history: Sequence[Entry], asked: Entry, t: int
) -> int | None:
    """One integer of one series as of ``t``; None where unknown."""
    token = _token(series, asked)
    if token is None:
        return None
    if series.shape == "matured":
        return _matured(series, argument, history, token, t)
    rows = [
        entry for entry in history if _belongs(series, entry) and _token(series, entry) == token
    ]
    known = [entry for entry in rows if entry.known_at < t]
    if series.shape == "days":
        return _day(series, argument, known, t)
    if series.shape == "sums":
        return sum(
            int(entry.facts[series.value])
            for entry in known
            if (entry.occurred_at // series.step + 1) * series.step - 1 >= t - argument
        )
    inside = [entry for entry in rows if counts(entry.known_at, entry.occurred_at, t, argument)]
    if series.shape == "last":
        newest = max((entry.occurred_at for entry in known), default=None)
        return None if newest is None or newest < t - argument else t - newest
    if series.shape == "members":
        return min(series.cap, len({str(entry.field(series.value)) for entry in inside}))
    return min(series.cap, len(inside))


def _token(series: Series, entry: Entry) -> str | None:
    if series.by == "":
        return ""
    value = entry.field(series.by)
    return None if value is None or value == "" else str(value)


def _belongs(series: Series, entry: Entry) -> bool:
    if entry.kind not in series.events:
        return False
    if any(entry.field(name) != value for name, value in series.where):
        return False
    return not series.value or entry.field(series.value) not in (None, "")


def _day(series: Series, lag: int, known: Sequence[Entry], t: int) -> int | None:
    if lag == FIRST_DAY:
        first = min((entry.occurred_at // DAY for entry in known), default=None)
        return None if first is None else t // DAY - first
    return sum(
        int(entry.facts[series.value])
        for entry in known
        if entry.occurred_at // DAY == t // DAY - lag
    )


def _matured(series: Series, part: int, history: Sequence[Entry], token: str, t: int) -> int | None:
    """Goes through the customers one by one, and through each one's labels in order."""
    today, count = t // DAY, {MATURED: 0, BAD: 0}
    customers = {entry.customer for entry in history if entry.customer is not None}
    for customer in customers:
        own = [entry for entry in history if entry.customer == customer]
        entered = min(
            (e for e in own if _belongs(series, e)), key=lambda e: e.known_at, default=None
        )
        if entered is None or _token(series, entered) != token:
            continue
        cohort = (entered.known_at + series.matures_after) // DAY + 1
        if not cohort <= today < cohort + series.span // DAY:
            continue
        count[MATURED] += 1
        active: set[str] = set()
        for label in sorted((e for e in own if e.kind == "label"), key=lambda e: e.known_at):
            if label.known_at // DAY >= today:
                continue
            kind, undone = str(label.facts["label"]), label.facts["status"] == "reversed"
            if kind == "legitimate":
                active = active if undone else set()
            elif kind in series.bad:
                active = active - {kind} if undone else active | {kind}
        count[BAD] += bool(active)
    return count[part]
