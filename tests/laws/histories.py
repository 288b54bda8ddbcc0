"""Random histories with all that is unpleasant: ties, late rows, hot tokens, missing values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from features.declaration import Daily, Declaration, Rate, Ratio, Since, Window
from features.declared import Catalogue
from features.durations import DAY, HOUR, MINUTE, days, hours, minutes
from features.fact_types import Value
from features.facts import Entry
from features.formulas import DAYS_NEEDED, spike, week_over_month
from features.tokens import TOKEN_KINDS

START = 1_709_164_799_000_000  # a second before 29 February 2024 in UTC
KINDS = ("signup", "payment", "authorisation", "usage", "label", "settlement", "alert")
TOKENS = TOKEN_KINDS
GAPS = (1, 1, 1, MINUTE, 10 * MINUTE, HOUR, DAY - 1, DAY, 9 * DAY)
DELAYS = (0, 0, 0, 1, 10 * MINUTE, HOUR, DAY, DAY + 1, 31 * DAY)


@st.composite
def entries(draw: st.DrawFn, most: int = 60) -> list[Entry]:
    """A history in the ledger's order."""
    known_at, history = START, []
    for number in range(draw(st.integers(1, most))):
        known_at += draw(st.sampled_from(GAPS))
        history.append(draw(_entry(number, known_at)))
    return history


@st.composite
def _entry(draw: st.DrawFn, number: int, known_at: int) -> Entry:
    kind = draw(st.sampled_from(KINDS))
    maybe = st.sampled_from((None, "a", "a", "a", "b"))
    tokens = {} if kind == "label" else {name: draw(maybe) for name in TOKENS}
    facts: dict[str, Any] = {}
    if kind == "label":
        facts["label"] = draw(
            st.sampled_from(("stolen_instrument", "false_identity", "credit_default", "legitimate"))
        )
        facts["status"] = draw(st.sampled_from(("suspected", "confirmed", "reversed")))
    else:
        facts["amount"] = draw(st.none() | st.integers(-500, 100_000))
        facts["country"] = draw(st.sampled_from((None, "BE", "BE", "FR")))
        facts["result"] = draw(st.sampled_from((None, "approved", "declined", "failed")))
    return Entry(
        id=f"e{number}",
        kind=kind,
        known_at=known_at,
        occurred_at=known_at - draw(st.sampled_from(DELAYS)),
        customer=draw(st.sampled_from((None, "c1", "c1", "c2", "c3"))),
        reseller=draw(st.sampled_from((None, "r"))),
        tokens={name: token for name, token in tokens.items() if token is not None},
        facts=_known(facts),
    )


def _known(facts: dict[str, Value | None]) -> dict[str, Value]:
    return {name: value for name, value in facts.items() if value is not None}


_DAILY: tuple[tuple[Any, int, bool], ...] = (
    (spike, DAYS_NEEDED, True),
    (week_over_month, 35, False),
)
WIDTHS = (1, minutes(10), hours(1), hours(24), days(9), days(31))
BYS = ("device", "ip", "customer", "country", "reseller")


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    """A small random catalogue of every kind of signal."""
    declared: dict[str, Declaration] = {}
    for number in range(draw(st.integers(1, 3))):
        declared[f"window{number}"] = draw(_window())
    declared["part"] = draw(_window(counting=True))
    declared["whole"] = draw(_window(counting=True))
    declared["ratio"] = Ratio(
        of=_first_column("part", declared["part"]),
        to=_first_column("whole", declared["whole"]),
        why="w",
    )
    declared["since"] = Since(
        by=draw(st.sampled_from(BYS)),
        events=draw(_events()),
        over=draw(st.sampled_from(WIDTHS)),
        unit=hours(1),
        why="w",
    )
    formula, lags, first = draw(st.sampled_from(_DAILY))
    declared["daily"] = Daily(
        sum="amount",
        by=draw(st.sampled_from(BYS)),
        events=draw(_events()),
        days=lags,
        formula=formula,
        parameters={"floor": 500.0} if first else {},
        from_first_day=first,
        why="w",
    )
    declared["rate"] = Rate(
        by=draw(st.sampled_from(("country", "device"))),
        events=draw(_events()),
        bad=draw(
            st.sampled_from((("stolen_instrument",), ("stolen_instrument", "false_identity")))
        ),
        matures_after=draw(st.sampled_from((0, days(1), days(9)))),
        over=draw(st.sampled_from((days(1), days(31), days(400)))),
        why="w",
    )
    return Catalogue(declared)


def _first_column(name: str, window: Declaration) -> str:
    return next(iter(window.derive(name, {}))).name


def _events() -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(
        (("signup",), ("payment",), ("usage",), ("authorisation", "payment"), ("signup", "usage"))
    )


@st.composite
def _window(draw: st.DrawFn, counting: bool = False) -> Window:
    form = draw(
        st.sampled_from(("events", "distinct") if counting else ("events", "distinct", "sum"))
    )
    widths = draw(st.lists(st.sampled_from(WIDTHS), min_size=1, max_size=3, unique=True))
    shared: dict[str, Any] = {
        "by": draw(st.sampled_from(BYS)),
        "events": draw(_events()),
        "where": draw(st.sampled_from(({}, {}, {"result": "declined"}))),
        "over": tuple(sorted(widths)),
        "why": "w",
    }
    if form == "sum":
        return Window(sum="amount", step=draw(st.sampled_from((MINUTE, HOUR, DAY))), **shared)
    cap = draw(st.sampled_from((1, 2, 1024)))
    if form == "distinct":
        member = draw(st.sampled_from(("customer", "card", "amount")))
        return Window(count=member, distinct=True, cap=cap, **shared)
    return Window(count="events", cap=cap, **shared)
