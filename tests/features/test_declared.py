"""Wrong declarations are refused when the catalogue is built, with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from features.catalogue import CATALOGUE
from features.declaration import Daily, Declaration, Fact, Ratio, Window
from features.declared import Catalogue
from features.durations import days, hours
from features.errors import InvalidDeclaration
from features.formulas import week_over_month


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
        ("x", window(count="", distinct=False, sum="country"), "integers only"),
        ("x", window(where={"shoe_size": 3}), "shoe_size"),
        ("x", window(at=("birthday",)), "signup"),
        ("x", window(at=("checkup",)), 'by="customer"'),
        ("x", Fact(of="shoe_size", why="w"), "shoe_size"),
        ("x", Fact(of="cvc", categories=("pass",), at=("payment",), why="w"), "no event says it"),
        ("x", Fact(of="network_type", at=("signup",), why="w"), "categories"),
        ("x", Fact(of="mfa_done", at=("signup",), categories=("a",), why="w"), "no categories"),
        ("x", Ratio(of="nothing", to="nowhere", why="w"), "no window of this catalogue"),
        (
            "x",
            Daily(sum="form_seconds", by="customer", events="usage", days=35, why="w",
                  formula=week_over_month),
            "no integer",
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
        {"where": {"result": "declined"}},
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
