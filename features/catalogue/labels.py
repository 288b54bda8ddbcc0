"""What became of customers like this one, and of those who used the same things."""

from __future__ import annotations

from features.catalogue.event import DOOR
from features.declaration import Rate, Ratio, Window
from features.durations import days
from features.formulas.counts import largest

_THEFT = ("stolen_instrument", "false_identity")
_EVERYWHERE = (*DOOR, "checkup")


def _bad_customers(by: str, why: str) -> Window:
    """Customers with a standing label of theft who used the same thing."""
    return Window(
        count="customer",
        distinct=True,
        by=by,
        events="label",
        where={"label": (*_THEFT, "service_abuse")},
        over=(days(30), days(365)),
        at=_EVERYWHERE,
        only_raises=True,
        why=why,
    )


bad_customers_on_device = _bad_customers("device", "The device belongs to somebody known bad.")
bad_customers_on_card = _bad_customers("card", "The card paid for somebody known bad.")
bad_customers_on_phone = _bad_customers("phone", "The telephone is of somebody known bad.")
bad_customers_on_ip = _bad_customers("ip", "The address was used by somebody known bad.")
bad_customers_at_address = _bad_customers("address", "Somebody known bad lives there.")
most_bad_customers_linked = Ratio(
    of=(
        "bad_customers_on_card_365d",
        "bad_customers_on_device_365d",
        "bad_customers_on_phone_365d",
        "bad_customers_at_address_365d",
    ),
    formula=largest,
    at=_EVERYWHERE,
    only_raises=True,
    why="Customers who share a thing with known fraud are seldom strangers to it.",
)
labels_of_customer = Window(
    count="events",
    by="customer",
    events="label",
    over=(days(365),),
    at=("payment", "checkup"),
    why="Something turned out about this customer before.",
)
region_risk = Rate(
    by="country",
    within="subregion",
    events="signup",
    bad=_THEFT,
    matures_after=days(60),
    over=days(730),
    at=_EVERYWHERE,
    only_raises=True,
    why="Own experience with a country, not a list of countries.",
)
reseller_risk = Rate(
    by="reseller",
    events="signup",
    bad=_THEFT,
    matures_after=days(60),
    over=days(730),
    at=_EVERYWHERE,
    only_raises=True,
    why="Own experience with a channel and whom it brings.",
)
bin_risk = Rate(
    by="card_bin",
    events="signup",
    bad=_THEFT,
    matures_after=days(60),
    over=days(730),
    at=DOOR,
    only_raises=True,
    why="Own experience with a bank's cards.",
)
email_domain_risk = Rate(
    by="email_domain",
    events="signup",
    bad=_THEFT,
    matures_after=days(60),
    over=days(730),
    at=DOOR,
    only_raises=True,
    why="Own experience with a domain.",
)
asn_risk = Rate(
    by="asn",
    events="signup",
    bad=_THEFT,
    matures_after=days(60),
    over=days(730),
    at=DOOR,
    only_raises=True,
    why="Own experience with a network's owner.",
)
