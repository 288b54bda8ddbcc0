"""Wrong declarations are refused when the catalogue is built, with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from features.catalogue import CATALOGUE
from features.declaration import (
    Daily,
    Declaration,
    Fact,
    Latest,
    Rate,
    Ratio,
    Recent,
    Window,
)
from features.declared import Catalogue
from features.durations import days, hours
from features.errors import InvalidDeclaration
from features.formulas.counts import share


def window(**changes: Any) -> Window:
    fields: dict[str, Any] = {
        "count": "customer",
        "distinct": True,
        "by": "device",
        "events": "signup",
        "over": (hours(24),),
        "why": "A farm.",
    }
    return Window(**{**fields, **changes})


def latest(**changes: Any) -> Latest:
    return Latest(**{"of": "amount", **_ON_PAYMENTS, "over": days(1), **changes})


def recent(**changes: Any) -> Recent:
    fields = {"rows": 3, "values": ("amount",), "formula": share, "over": days(1)}
    return Recent(**{**_ON_PAYMENTS, **fields, **changes})


def daily(**changes: Any) -> Daily:
    return Daily(**{**_ON_PAYMENTS, **changes})


def rate(**changes: Any) -> Rate:
    fields = {"bad": ("stolen_instrument",), "matures_after": days(9), "over": days(30)}
    return Rate(**{**_ON_PAYMENTS, **fields, **changes})


_ON_PAYMENTS: dict[str, Any] = {"by": "device", "events": "payment", "why": "w"}


@pytest.mark.parametrize(
    ("name", "declaration", "says"),
    [
        ("Bad Name", window(), "small letters"),
        ("x", window(why=" "), 'write why="'),
        ("x", window(by="shoe_size"), "shoe_size"),
        ("x", window(events="birthday"), "signup, payment"),
        ("x", window(over=()), "widths above zero"),
        ("x", window(over=(0,)), "widths above zero"),
        ("x", window(count="customer", distinct=False), 'count="events"'),
        ("x", window(count="shoe_size"), "shoe_size"),
        ("x", window(sum="amount"), "either"),
        ("x", window(count="", distinct=False, sum="country"), "no integer fact"),
        ("x", window(where={"shoe_size": 3}), "shoe_size"),
        ("x", window(at=("birthday",)), "signup"),
        ("x", Fact(of="shoe_size", why="w"), "shoe_size"),
        ("x", Fact(of="cvc", categories=("pass",), at=("payment",), why="w"), "no event says it"),
        ("x", Fact(of="network_type", at=("signup",), why="w"), "categories"),
        ("x", Fact(of="mfa_done", at=("signup",), categories=("a",), why="w"), "no categories"),
        ("x", window(except_self=True, distinct=False, count="events"), "distinct=True"),
        ("x", window(first=True, count="", distinct=False, over=(1, 2)), "one width"),
        ("x", window(cap=0), "cap above zero"),
        ("x", window(by=()), "grouped by nothing"),
        ("x", window(events=("label", "signup")), "on its own"),
        ("x", window(events="label"), "which labels are bad"),
        ("x", window(events="label", where={"label": "late"}), "stolen_instrument"),
        (
            "x",
            window(events="label", where={"label": "false_identity"}, distinct=False),
            "distinct=True",
        ),
        ("x", window(where={"cvc": "pass"}), "never says it: write events of authorisation"),
        ("x", latest(of="country"), "no integer fact"),
        ("x", latest(of="amount", categories=("a",)), "is no text"),
        ("x", latest(over=0), "widths above zero"),
        ("x", recent(rows=33), "1 to 32"),
        ("x", recent(values=("form_seconds",)), "no integer fact"),
        ("x", recent(asked=("country",)), "no number"),
        ("x", daily(), "either days"),
        ("x", daily(days=3), "no formula"),
        ("x", daily(spans=((3, 2),)), "do not go back"),
        ("x", daily(new="card", spans=((0, 7), (8, 9))), "two spans that meet"),
        ("x", daily(sum="country", spans=((0, 7),)), "no integer fact"),
        ("x", rate(bad=("late",)), "of the labels"),
        ("x", rate(over=hours(3)), "whole days"),
        ("x", rate(within="shoe_size"), "shoe_size"),
        ("x", Ratio(of=("nothing", "nowhere"), why="w"), "no column of another"),
        (
            "x",
            Fact(of="method", categories=("card",), at=("signup",), why="w"),
            "declare it at=",
        ),
    ],
)  # fmt: skip
def test_wrong_declarations_say_what_to_write(
    name: str, declaration: Declaration, says: str
) -> None:
    with pytest.raises(InvalidDeclaration, match=says):
        Catalogue({name: declaration})


def test_two_signals_cannot_share_a_column() -> None:
    with pytest.raises(InvalidDeclaration, match="rename one"):
        Catalogue(
            {"x": window(over=(hours(24),)), "x_24h": Fact(of="seats", at=("signup",), why="w")}
        )


def test_names_follow_from_the_declaration() -> None:
    catalogue = Catalogue({"x": window(over=(60_000_000, hours(24), days(30)))})
    assert [column.name for column in catalogue.columns("signup")] == ["x_1m", "x_24h", "x_30d"]


def test_another_definition_is_another_digest() -> None:
    one = Catalogue({"x": window()}).columns("signup")[0]
    assert one.digest == Catalogue({"x": window(why="Otherwise put.")}).columns("signup")[0].digest
    for change in (
        {"by": "ip"},
        {"events": "payment"},
        {"cap": 5},
        {"where": {"mfa_done": 1}},
    ):
        assert one.digest != Catalogue({"x": window(**change)}).columns("signup")[0].digest


def test_every_family_of_the_mission_is_there() -> None:
    at_signup = {column.name for column in CATALOGUE.columns("signup")}
    assert {
        "card_not_present",
        "card_is_prepaid",
        "region_risk",
        "accounts_on_device_10m",
        "accounts_on_ip_24h",
        "accounts_on_network_24h",
        "signups_from_email_domain_24h",
        "accounts_on_card_24h",
    } <= at_signup
    assert "spend_spike" in {column.name for column in CATALOGUE.columns("checkup")}


def test_attributes_become_columns() -> None:
    catalogue = CATALOGUE.with_attributes({"age": None, "source": ("Ads", "SEO")})
    assert catalogue.columns("payment")[-1].categories == ("Ads", "SEO")
    assert "attribute_age" in catalogue.raw_columns("signup")
    assert "accounts_on_device_10m" not in catalogue.raw_columns("signup")


def test_a_ratio_of_an_unknown_column_names_one_of_this_catalogue() -> None:
    with pytest.raises(InvalidDeclaration, match=r"no column .* write one, such as spent_24h"):
        Catalogue(
            {
                "spent": Window(
                    sum="amount", by="customer", events="payment", over=(days(1),), why="x"
                ),
                "share": Ratio(of=("spent_1d", "spent_24h"), why="x"),
            }
        )
