"""The slow truth: what a column is, by looking at every entry for every question.

No index, no order to rely on, no SQL: loops that anyone can check against the
definitions. The engines have to equal it to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from features.declared import Catalogue
from features.durations import DAY
from features.facts import Entry
from features.formulas import Floats
from features.series import MATURED, Series
from features.windows import counts


def vector(
    catalogue: Catalogue, moment: str, history: Sequence[Entry], asked: Entry, t: int
) -> Floats:
    """The vector of a question as of ``t``, from the whole history."""
    plan = catalogue.plan(moment)
    if plan.current:
        used = {field: _current(one, history, asked, t) for field, one in plan.current}
        used = {field: value for field, value in used.items() if value is not None}
        reseller = used.pop("reseller", None)
        asked = msgspec.structs.replace(asked, facts=used, reseller=reseller)
    integers = [
        answer
        for series, arguments in plan.blocks
        for answer in _integers(series, arguments, history, asked, t)
    ]
    return plan.row(integers, asked, t)


def _integers(
    series: Series, arguments: Sequence[Any], history: Sequence[Entry], asked: Entry, t: int
) -> list[int | None]:
    """The integers of one series as of ``t``; None where unknown."""
    token = _token(series, asked)
    if token is None:
        return [None] * len(arguments)
    if series.shape == "matured":
        return [_matured(series, one, history, token, t) for one in arguments]
    if series.shape == "linked":
        return [_linked(series, one, history, token, t) for one in arguments]
    known = [
        entry
        for entry in history
        if entry.known_at < t and _belongs(series, entry) and _token(series, entry) == token
    ]
    return [_SHAPES[series.shape](series, one, known, t) for one in arguments]


def _times(series: Series, width: int, known: Sequence[Entry], t: int) -> int:
    return min(series.cap, sum(_counts(series, entry, t, width) for entry in known))


def _members(series: Series, width: int, known: Sequence[Entry], t: int) -> int:
    inside = [entry for entry in known if _counts(series, entry, t, width)]
    return min(series.cap, len({str(entry.field(series.value)) for entry in inside}))


def _sums(series: Series, width: int, known: Sequence[Entry], t: int) -> int:
    """A row counts until its whole bucket has left."""
    return sum(
        int(entry.facts[series.value])
        for entry in known
        if (_happened(series, entry) // series.step + 1) * series.step - 1 >= t - width
    )


def _last(series: Series, width: int, known: Sequence[Entry], t: int) -> int | None:
    newest = max((_happened(series, entry) for entry in known), default=None)
    return None if newest is None or newest < t - width else t - newest


def _first(series: Series, argument: Any, known: Sequence[Entry], t: int) -> int | None:
    """Goes back from the newest row until there was a silence longer than the span."""
    earliest, later = None, t
    for entry in sorted(known, key=lambda one: -one.known_at):
        if later - entry.known_at > series.span:
            break
        happened = _happened(series, entry)
        earliest = happened if earliest is None else min(earliest, happened)
        later = entry.known_at
    if earliest is None:
        return None
    if isinstance(argument, int):
        return t - earliest
    return t // int(argument[1]) - earliest // int(argument[1])


def _latest(series: Series, argument: Any, known: Sequence[Entry], t: int) -> int | None:
    width, *texts = argument
    rows = sorted(known, key=lambda one: one.known_at)
    if not rows or not _counts(series, rows[-1], t, width):
        return None
    return _coded(rows[-1].field(series.value), texts)


def _recent(series: Series, argument: Any, known: Sequence[Entry], t: int) -> int | None:
    width, row, name, *texts = argument
    rows = sorted(known, key=lambda one: -one.known_at)
    if row >= len(rows) or not _counts(series, rows[row], t, width):
        return None
    if name == "occurred_at":
        return _happened(series, rows[row])
    return _coded(rows[row].field(name), texts)


def _days(series: Series, argument: Any, known: Sequence[Entry], t: int) -> int:
    start, end = argument
    return sum(
        int(entry.facts[series.value]) if series.value else 1
        for entry in known
        if start <= t // DAY - _happened(series, entry) // DAY < end
    )


def _novel(series: Series, argument: Any, known: Sequence[Entry], t: int) -> int | None:
    start, end, whole = argument
    ago = [(str(entry.field(series.value)), t // DAY - entry.occurred_at // DAY) for entry in known]
    if len({member for member, days in ago if days < whole}) >= series.cap:
        return None
    return len({member for member, days in ago if start <= days < end})


_SHAPES: dict[str, Any] = {
    "times": _times,
    "members": _members,
    "sums": _sums,
    "last": _last,
    "first": _first,
    "latest": _latest,
    "recent": _recent,
    "days": _days,
    "novel": _novel,
}


def _coded(value: Any, texts: Sequence[str]) -> int | None:
    if not texts:
        return value if isinstance(value, int) else None
    return texts.index(value) if value in texts else None


def _happened(series: Series, entry: Entry) -> int:
    return entry.known_at if series.events == ("label",) else entry.occurred_at


def _counts(series: Series, entry: Entry, t: int, width: int) -> bool:
    return counts(entry.known_at, _happened(series, entry), t, width)


def _token(series: Series, entry: Entry) -> str | None:
    values = [entry.field(field) for field in series.by]
    if any(value is None or value == "" for value in values):
        return None
    return "\x1f".join(map(str, values))


def _belongs(series: Series, entry: Entry) -> bool:
    if entry.kind not in series.events:
        return False
    if any(entry.field(name) not in values for name, values in series.where):
        return False
    return not series.value or entry.field(series.value) not in (None, "")


def _current(series: Series, history: Sequence[Entry], asked: Entry, t: int) -> Any:
    """What a customer used last."""
    rows = [
        entry
        for entry in history
        if entry.known_at < t and entry.customer == asked.customer and _belongs(series, entry)
    ]
    newest = max(rows, key=lambda one: one.known_at, default=None)
    if newest is None or not _counts(series, newest, t, series.span):
        return None
    return newest.field(series.value)


def _standing(series: Series, labels: Sequence[Entry]) -> set[str]:
    """The bad labels that stand after some labels, in order."""
    active: set[str] = set()
    for label in sorted(labels, key=lambda one: one.known_at):
        kind, undone = str(label.facts["label"]), label.facts["status"] == "reversed"
        if kind == "legitimate":
            active = active if undone else set()
        elif kind in series.bad:
            active = active - {kind} if undone else active | {kind}
    return active


def _matured(
    series: Series, argument: Any, history: Sequence[Entry], token: str, t: int
) -> int | None:
    """Goes through the customers one by one, and through each one's labels in order."""
    days, part = argument
    today, matured, bad = t // DAY, 0, 0
    customers = {entry.customer for entry in history if entry.customer}
    for customer in customers:
        own = [entry for entry in history if entry.customer == customer]
        entered = min(
            (e for e in own if _belongs(series, e)), key=lambda e: e.known_at, default=None
        )
        if entered is None or _token(series, entered) != token:
            continue
        cohort = (entered.known_at + series.delay) // DAY + 1
        if not cohort <= today < cohort + days:
            continue
        matured += 1
        labels = [e for e in own if e.kind == "label" and e.known_at // DAY < today]
        bad += bool(_standing(series, labels))
    return matured if part == MATURED else bad


def _linked(series: Series, width: int, history: Sequence[Entry], token: str, t: int) -> int:
    """Goes through the customers, and looks when each was last tied to the token."""
    tied = 0
    customers = {entry.customer for entry in history if entry.customer}
    for customer in customers:
        own = [e for e in history if e.customer == customer and e.known_at < t]
        labels = [e for e in own if e.kind == "label"]
        uses = [e for e in own if e.kind in series.events and _token(series, e) == token]
        last = 0
        for entry in sorted(own, key=lambda one: one.known_at):
            now = entry.known_at
            if not _standing(series, [label for label in labels if label.known_at <= now]):
                last = 0
            elif entry in uses or (
                _tells(series, entry)
                and any(counts(u.known_at, u.occurred_at, now, series.delay) for u in uses)
            ):
                last = now
        tied += last != 0 and last >= t - width
    return min(series.cap, tied)


def _tells(series: Series, entry: Entry) -> bool:
    return (
        entry.kind == "label"
        and entry.facts["label"] in series.bad
        and entry.facts["status"] != "reversed"
    )
