"""Small random catalogues of every kind of signal, on few fields so that much collides."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from features.declaration import Daily, Declaration, Fact, Latest, Rate, Ratio, Recent, Window
from features.declared import Catalogue
from features.durations import DAY, HOUR, MINUTE, days, hours, minutes
from features.formulas import Floats
from features.formulas.counts import difference, largest, share
from features.formulas.daily import DAYS_NEEDED, recent_over_before, spike

LABELS = ("stolen_instrument", "false_identity", "credit_default", "legitimate")
TEXTS = {"result": ("approved", "declined", "failed"), "country": ("BE", "BE", "FR")}
WIDTHS = (1, minutes(10), hours(1), hours(24), days(9), days(31))
_By = str | tuple[str, ...]
BYS: tuple[_By, ...] = (
    "device",
    "ip",
    "customer",
    "country",
    "reseller",
    ("device", "customer"),
    ("customer", "ip"),
)


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """A small random catalogue."""
    declared: dict[str, Declaration] = {"part": draw(_window("count"))}
    declared["whole"] = draw(_window("distinct"))
    for number in range(draw(st.integers(1, 4))):
        declared[f"one{number}"] = draw(
            st.one_of(_window(), _seen(), _linked(), _latest(), _recent(), _daily(), _rate())
        )
    columns = [
        column.name
        for name in ("part", "whole")
        for column in Catalogue(declared).derived_from(name)
    ]
    declared["ratio"] = Ratio(
        of=(columns[0], columns[-1]),
        formula=draw(st.sampled_from((share, difference, largest))),
        why="w",
    )
    declared["seats"] = Fact(of="amount", at=("payment",), why="w")
    return Catalogue(declared)


def _events(*among: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(
        among or (("signup",), ("payment",), ("signup", "payment"), ("authorisation", "payment"))
    )


@st.composite
def _shared(draw: st.DrawFn, amounts: bool = False) -> dict[str, Any]:
    """Fields that every declaration over events has, of events that can say them."""
    kinds = draw(_events(("usage", "payment"), ("signup", "payment")) if amounts else _events())
    where: dict[str, Any] = {}
    if kinds == ("authorisation", "payment"):
        where = draw(
            st.sampled_from(({}, {"result": "declined"}, {"result": ("declined", "failed")}))
        )
    by = draw(st.sampled_from(BYS))
    if kinds in (("usage", "payment"), ("authorisation", "payment")) and by == "country":
        by = "device"
    return {"events": kinds, "where": where, "by": by, "why": "w"}


@st.composite
def _window(draw: st.DrawFn, form: str = "") -> Window:
    form = form or draw(st.sampled_from(("count", "distinct", "others", "sum", "labels")))
    widths = draw(st.lists(st.sampled_from(WIDTHS), min_size=1, max_size=3, unique=True))
    shared: dict[str, Any] = {**draw(_shared(form == "sum")), "over": tuple(sorted(widths))}
    cap = draw(st.sampled_from((1, 2, 1024)))
    if form == "sum":
        return Window(sum="amount", step=draw(st.sampled_from((MINUTE, HOUR, DAY))), **shared)
    if form == "distinct":
        member = draw(st.sampled_from(("customer", "card")))
        return Window(count=member, distinct=True, cap=cap, **shared)
    if form == "others":
        return Window(
            count="customer",
            distinct=True,
            except_self=True,
            cap=cap,
            **{**shared, "by": draw(st.sampled_from(("device", "ip")))},
        )
    if form == "labels":
        told = {"by": "customer", "events": "label", "where": {"label": draw(_label())}}
        return Window(count="events", cap=cap, **{**shared, **told})
    return Window(count="events", cap=cap, **shared)


def _label() -> st.SearchStrategy[Any]:
    return st.sampled_from(("stolen_instrument", ("stolen_instrument", "false_identity")))


@st.composite
def _seen(draw: st.DrawFn) -> Window:
    first, width = draw(st.booleans()), draw(st.sampled_from(WIDTHS))
    return Window(first=first, last=not first, over=(width,), **draw(_shared()))


@st.composite
def _linked(draw: st.DrawFn) -> Window:
    widths = draw(st.lists(st.sampled_from(WIDTHS), min_size=1, max_size=2, unique=True))
    bys: tuple[_By, ...] = ("device", "ip", "country", ("device", "ip"))
    by = draw(st.sampled_from(bys))
    return Window(
        count="customer",
        distinct=True,
        by=by,
        events="label",
        where={"label": draw(_label())},
        over=tuple(sorted(widths)),
        within=draw(st.sampled_from((HOUR, days(9), days(31)))),
        cap=draw(st.sampled_from((1, 1024))),
        why="w",
    )


@st.composite
def _latest(draw: st.DrawFn) -> Latest:
    shared = draw(_shared(amounts=True))
    over = draw(st.sampled_from(WIDTHS))
    if draw(st.booleans()):
        told = {"events": ("authorisation", "settlement"), "by": "customer"}
        categories = ("declined", "approved")
        return Latest(of="result", categories=categories, over=over, **{**shared, **told})
    return Latest(of="amount", over=over, unit=draw(st.sampled_from((0, HOUR))), **shared)


def weighed(rows: Floats, asked: Floats) -> Floats:
    """Tells every place, value and missing row apart."""
    weights = np.arange(1.0, 1 + rows[0].size).reshape(rows.shape[1:])
    known = rows == rows
    total = np.where(known, rows % 1_000_003.0, 0.5) * weights
    result: Floats = total.sum(axis=(1, 2)) + asked[:, 0] % 97.0
    return result


@st.composite
def _recent(draw: st.DrawFn) -> Recent:
    shared = draw(_shared(amounts=True))
    values: tuple[str | tuple[str, tuple[str, ...]], ...] = draw(
        st.sampled_from((("occurred_at",), ("amount", "occurred_at"), ("amount",)))
    )
    if draw(st.booleans()):
        shared = {**shared, "events": ("authorisation", "usage"), "by": "customer"}
        values = ("occurred_at", ("result", ("declined", "approved")))
    return Recent(
        rows=draw(st.sampled_from((1, 3, 5))),
        over=draw(st.sampled_from(WIDTHS)),
        values=values,
        formula=weighed,
        **shared,
    )


@st.composite
def _daily(draw: st.DrawFn) -> Daily:
    form = draw(st.sampled_from(("spike", "spans", "long", "counts", "new")))
    shared = draw(_shared(amounts=form not in ("counts", "new")))
    if form == "spike":
        return Daily(
            sum="amount",
            days=DAYS_NEEDED,
            formula=spike,
            parameters={"floor": 500.0},
            from_first_day=True,
            **shared,
        )
    if form == "spans":
        return Daily(
            sum="amount",
            spans=((0, 7), (7, 35)),
            formula=recent_over_before,
            parameters={"recent": 7.0, "before": 28.0},
            **shared,
        )
    if form == "new":
        return Daily(
            new="card",
            spans=draw(st.sampled_from((((0, 1), (1, 9)), ((0, 7), (7, 37)), ((1, 2), (2, 3))))),
            cap=draw(st.sampled_from((1, 2, 1024))),
            **shared,
        )
    spans = ((0, 1), (0, 30), (1, 10))
    return Daily(sum="amount" if form == "long" else "", spans=spans, **shared)


@st.composite
def _rate(draw: st.DrawFn) -> Rate:
    return Rate(
        by=draw(st.sampled_from(("country", "device"))),
        within=draw(st.sampled_from(("", "ip"))),
        events=draw(_events(("signup",), ("signup", "payment"))),
        bad=draw(
            st.sampled_from((("stolen_instrument",), ("stolen_instrument", "false_identity")))
        ),
        matures_after=draw(st.sampled_from((0, days(1), days(9)))),
        over=draw(st.sampled_from((days(1), days(31), days(400)))),
        why="w",
    )
