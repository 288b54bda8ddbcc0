"""Policies over many rows: the same as over each, however few combinations are evaluated."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import cel
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import CATALOGUE
from features.decide.columns import NO, UNKNOWN, YES, Columns
from features.decide.constants import constants
from features.decide.names import names
from features.decide.plain import plain
from features.decide.policies import SHIPPED, Policies, Policy

NAMES = names(CATALOGUE)
THREE = np.zeros(3, dtype=np.int64)
NUMBERS = ("seats", "amount", "form_seconds")
TEXTS = ("country", "network_type")

numeric = st.sampled_from(NUMBERS)
textual = st.sampled_from(TEXTS)
number = st.sampled_from(("0", "-0.0", "1", "2.5", "-3", "1e3", "10"))
text = st.sampled_from(('"BE"', "'FR'", '"é"', '""', '"a b && c"'))
order = st.sampled_from(("<", "<=", ">", ">=", "==", "!="))
sums = st.builds("{} {} {}".format, numeric, st.sampled_from(("+", "-", "*", "/")), numeric)
atoms = st.one_of(
    st.builds("{} {} {}".format, numeric, order, number),
    st.builds("{}{}{}".format, number, order, numeric),
    st.builds("{} in [{}, {}]".format, numeric, number, number),
    st.builds("{} {} {}".format, textual, order, text),
    st.builds("{} in [{}, {}]".format, textual, text, text),
    st.builds("{} {} {}".format, numeric, order, numeric),
    st.builds("{} == {}".format, textual, textual),
    st.builds("{} {} {}".format, sums, order, number),
    st.builds("-{} < {}".format, numeric, number),
    st.builds("2.5 - 1.0 < {}".format, numeric),
    st.builds("{}.startsWith({})".format, textual, text),
    st.builds("[{}, {}][0] > {}".format, numeric, numeric, number),
)
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.builds("{} && {}".format, inner, inner),
        st.builds("({}) || {}".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({}) ? {} : {}".format, inner, inner, inner),
        st.builds("({}) == ({})".format, inner, inner),
    ),
    max_leaves=4,
)
values = st.sampled_from((-3.0, -0.0, 0.0, 1.0, 2.5, 7.25, 10.0, 1e9))
texts = st.sampled_from(("BE", "FR", "é", "", "NL", "a b && c"))
row = st.fixed_dictionaries(
    {}, optional={**dict.fromkeys(NUMBERS, values), **dict.fromkeys(TEXTS, texts)}
)


def policy(when: str, **changes: Any) -> Policy:
    fields: dict[str, Any] = {
        "id": when,
        "moments": ("signup",),
        "when": when,
        "outcome": "review",
        "unknown": "decline",
        "analyst": "a",
        "customer": "c",
        "owner": "risk",
    }
    return Policy(**{**fields, **changes})


def columns(rows: list[dict[str, Any]]) -> Columns:
    return Columns(
        {
            **{name: np.array([one.get(name, np.nan) for one in rows]) for name in NUMBERS},
            **{name: pa.array([one.get(name) for one in rows], pa.string()) for name in TEXTS},
        },
        len(rows),
    )


@settings(max_examples=300, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=4, unique=True), st.lists(row, max_size=12))
def test_many_rows_are_answered_as_each_is(whens: list[str], rows: list[dict[str, Any]]) -> None:
    policies = Policies([policy(when) for when in whens], NAMES, "d")
    held = policies.evaluate_many("signup", columns(rows), np.zeros(len(rows), np.int64))
    for number, values in enumerate(rows):
        one = {hit.policy.id: hit.unknown for hit in policies.evaluate("signup", values, at=0)}
        many = {
            name: answers[number] == UNKNOWN
            for name, answers in held.items()
            if answers[number] != NO
        }
        assert many == one


@pytest.mark.parametrize(
    ("condition", "compared"),
    [
        ("seats >= 10", {"seats": (10.0,)}),
        ("10 < seats && seats != 3", {"seats": (3.0, 10.0)}),
        ("seats > -3 || -1.5 > amount", {"seats": (-3.0,), "amount": (-1.5,)}),
        ("!(seats in [3, 1]) ? amount > 1e3 : true", {"seats": (1.0, 3.0), "amount": (1000.0,)}),
        ('country == "BE" || country in ["AB"]', {"country": ("AB", "BE")}),
        ('country == "seats + 1"', {"country": ("seats + 1",)}),
        ("seats > amount", {}),
        ("seats + 1 > 3", {}),
        ("3 - 1 > seats", {}),
        ("3 > -seats || seats > 3", {}),
        ("!seats > 3", {}),
        ("seats > 3 + amount", {}),
        ("(seats) > 3 && amount > 3", {"amount": (3.0,)}),
        ("seats > 3 > true", {}),
        ("seats in [3, amount]", {}),
        ("seats in [3].map(x, x)", {}),
        ("seats in [3", {}),
        ("seats in", {}),
        ("seats >=", {}),
        ("seats in [3] && seats in ['3']", {}),
        ("seats > 10u", {}),
        ("seats > 0x10", {}),
        ("amount + // (\n seats > 3", {}),
        (r"country == '\'' || seats > 3", {}),
        ("country == '''x''' || seats > 3", {}),
        ("seats > `a`", {}),
    ],
)  # fmt: skip
def test_only_what_is_plainly_compared_with_constants_is_taken_so(
    condition: str, compared: dict[str, Any]
) -> None:
    assert {n: v for n, v in constants(condition).items() if n in NAMES["signup"]} == compared


class Counted:
    """A program that counts how often it is asked."""

    def __init__(self, condition: str) -> None:
        self._program = cel.compile(condition)
        self.asked = 0

    def variables(self) -> list[str]:
        return self._program.variables()

    def execute(self, context: cel.Context) -> object:
        self.asked += 1
        return self._program.execute(context)


def test_continuous_values_are_few_classes_where_they_are_only_compared() -> None:
    random = np.random.default_rng(1)
    rows = Columns({name: random.uniform(0, 1000, 20_000) for name in NUMBERS}, 20_000)
    for condition, asked in (
        ("amount > 500 && form_seconds < 2.5", 4),
        ("amount / seats > 100", 20_000),
    ):
        program = Counted(condition)
        first = rows.held(condition, program)
        assert program.asked == asked
        assert rows.held(condition, program) is first, "a condition is answered once"
        assert program.asked == asked


def test_what_has_no_column_is_unknown_everywhere() -> None:
    held = Policies.load(SHIPPED, NAMES).evaluate_many("signup", Columns({}, 3), THREE)
    assert {name: answers.tolist() for name, answers in held.items()} == {
        policy.id: [UNKNOWN] * 3 for policy in Policies.load(SHIPPED, NAMES).at("signup")
    }


def test_what_has_ended_holds_for_nobody_who_asks_later() -> None:
    day = 24 * 3600 * 1_000_000
    rules = Policies([policy("seats > 3", valid_until=date(1970, 1, 1))], NAMES, "d")
    rows = Columns({"seats": np.array([10.0, 10.0, np.nan, np.nan])}, 4)
    held = rules.evaluate_many("signup", rows, np.array([day - 1, day, day - 1, day]))
    assert held["seats > 3"].tolist() == [YES, NO, UNKNOWN, NO]


def test_more_combinations_than_an_integer_counts() -> None:
    """Four columns of 65,537 values each make more than 2^64."""
    rows = 65_537
    every = np.arange(rows, dtype=np.float64)
    names_read = ("seats", "amount", "form_seconds", "employees")
    when = "seats + amount + form_seconds + employees >= 262140.0"
    held = Policies([policy(when)], NAMES, "d").evaluate_many(
        "signup", Columns(dict.fromkeys(names_read, every), rows), np.zeros(rows, np.int64)
    )
    assert held[when].nonzero()[0].tolist() == [65_535, 65_536]


def test_no_rows_are_no_answers() -> None:
    held = Policies.load(SHIPPED, NAMES).evaluate_many("payment", Columns({}, 0), THREE[:0])
    assert all(len(answers) == 0 for answers in held.values())


def test_who_asks_one_row_at_a_time_loads_no_arrow() -> None:
    """The service starts sooner without."""
    code = "import sys, features.decide.policies; print('pyarrow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("condition", "said", "told"),
    [
        ("seats >= 10", {"seats": 10.0}, True),
        ("10 < seats && amount > 1", {"seats": 10.0}, False),
        ("amount > 1 && 10 < seats", {"seats": 11.0}, None),
        ("amount > 1 || seats in [3, 11]", {"seats": 11.0}, True),
        ("amount > 1 || seats in [3, -11]", {"seats": 11.0}, None),
        ('country == "a && b"', {"country": "a && b"}, True),
    ],
)
def test_what_is_only_compared_is_asked_without_cel(
    condition: str, said: dict[str, Any], told: bool | None
) -> None:
    asks = plain(condition, NAMES["signup"])
    assert asks is not None
    assert asks(said.get) is told


@pytest.mark.parametrize(
    "condition",
    [
        "seats > amount",
        "!(seats > 3)",
        "(seats > 3)",
        "seats > 3 ? true : false",
        "seats == '3'",
        "seats > 1e300",
        "true",
        "seats > 3 && true",
        "3 - 1 > seats",
        "seats > 3 > true",
        "[seats > 3][0]",
        "country.startsWith('B')",
    ],
)
def test_what_is_more_is_left_to_cel(condition: str) -> None:
    assert plain(condition, NAMES["signup"]) is None
