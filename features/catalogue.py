"""The shipped catalogue: every signal Vouch knows, declared once.

To add one, write its declaration here; its columns, state, SQL and documentation
follow (`features/declaration.py`). Field names are those of `features/facts.py`.
"""

from __future__ import annotations

from features.declaration import Daily, Fact, Rate, Ratio, Since, Window
from features.declared import Catalogue
from features.durations import days, hours, minutes
from features.formulas import DAYS_NEEDED, spike, week_over_month

_DOOR = ("signup", "payment")
_CHECKUP = ("checkup",)

# What the event says by itself.

card_not_present = Fact(
    of="card_not_present", at=_DOOR, why="Nobody saw the card: stolen numbers are used like this."
)
card_is_prepaid = Fact(
    of="card_is_prepaid", at=_DOOR, why="Nothing can be collected from a prepaid card later."
)
card_country_ne_billing = Fact(
    of="card_country_ne_billing", at=_DOOR, why="The card was issued elsewhere than it is billed."
)
ip_country_ne_billing = Fact(
    of="ip_country_ne_billing", at=_DOOR, why="The request comes from elsewhere than it is billed."
)
ip_is_anonymous = Fact(of="ip_is_anonymous", at=_DOOR, why="The network hides who is asking.")
network_type = Fact(
    of="network_type",
    categories=(
        "residential",
        "mobile",
        "business",
        "residential_proxy",
        "vpn",
        "hosting",
        "public_proxy",
        "tor",
    ),
    at=_DOOR,
    why="Fraud comes from networks that anyone can rent.",
)
ip_is_tor = Fact(of="ip_is_tor", at=_DOOR, why="The request came through Tor.")
email_is_disposable = Fact(
    of="email_is_disposable", at=_DOOR, why="An address made to be thrown away cannot be dunned."
)
email_is_free = Fact(
    of="email_is_free", at=_DOOR, why="A free address says nothing of the company behind it."
)
email_local_digit_share = Fact(
    of="email_local_digit_share", at=_DOOR, why="Generated addresses are full of digits."
)
form_seconds = Fact(of="form_seconds", at=_DOOR, why="Scripts fill in forms faster than people.")
mfa_done = Fact(of="mfa_done", at=_DOOR, why="A second factor keeps robots out.")
order_amount = Fact(of="amount", at=_DOOR, why="What is at stake.")
seats = Fact(of="seats", at=_DOOR, why="Large first orders are resold, or never paid.")

# How fast the same thing comes back.

accounts_on_device = Window(
    count="customer",
    distinct=True,
    by="device",
    events="signup",
    over=(minutes(10), hours(24), days(30), days(365)),
    at=_DOOR,
    why="One person opening many accounts from one device is a farm, not a customer.",
)
accounts_on_ip = Window(
    count="customer",
    distinct=True,
    by="ip",
    events="signup",
    over=(minutes(10), hours(24), days(30), days(365)),
    at=_DOOR,
    why="Scripts open accounts from one address.",
)
accounts_on_network = Window(
    count="customer",
    distinct=True,
    by="network",
    events="signup",
    over=(hours(1), hours(24), days(30)),
    at=_DOOR,
    why="Farms change addresses within one network.",
)
signups_from_email_domain = Window(
    count="events",
    by="email_domain",
    events="signup",
    over=(hours(1), hours(24), days(30)),
    at=_DOOR,
    why="A domain bought for fraud signs up again and again.",
)
accounts_on_card = Window(
    count="customer",
    distinct=True,
    by="card",
    events=("signup", "payment"),
    over=(hours(24), days(30)),
    at=_DOOR,
    why="One card that pays for many customers belongs to none of them.",
)
accounts_on_phone = Window(
    count="customer",
    distinct=True,
    by="phone",
    events="signup",
    over=(days(30),),
    at=_DOOR,
    why="One telephone that verifies many customers is rented.",
)
accounts_at_address = Window(
    count="customer",
    distinct=True,
    by="address",
    events="signup",
    over=(days(30),),
    at=_DOOR,
    why="Rings reuse the few addresses they have.",
)
signups_by_reseller = Window(
    count="events",
    by="reseller",
    events="signup",
    over=(hours(1), hours(24)),
    at=_DOOR,
    why="A channel that opens accounts faster than it ever did may be taken over.",
)
cards_on_device = Window(
    count="card",
    distinct=True,
    by="device",
    events=("signup", "payment"),
    over=(hours(1), hours(24)),
    at=_DOOR,
    why="Trying many cards from one device is card testing.",
)
payers_on_device = Window(
    count="customer",
    distinct=True,
    by="device",
    events="payment",
    over=(hours(24), days(30), days(365)),
    at=("payment",),
    why="A device that pays for many customers is a cashier, not a customer.",
)
payments_of_customer = Window(
    count="events",
    by="customer",
    events="payment",
    over=(hours(1), hours(24)),
    at=("payment",),
    why="Stolen cards are emptied in a hurry.",
)
authorisations_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    over=(hours(24),),
    at=_DOOR,
    why="How often the bank was asked about this card.",
)
declines_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    where={"result": "declined"},
    over=(hours(24),),
    at=_DOOR,
    why="A card that keeps being declined is being tried out.",
)
declined_share_on_card = Ratio(
    of="declines_on_card_24h",
    to="authorisations_on_card_24h",
    at=_DOOR,
    why="Testers are declined most of the time, honest customers seldom.",
)
declines_of_customer = Window(
    count="events",
    by="customer",
    events="authorisation",
    where={"result": "declined"},
    over=(hours(1), hours(24)),
    at=("payment", "checkup"),
    why="A customer whose cards keep being declined is trying out cards, or cannot pay.",
)
hours_since_signup = Since(
    by="customer",
    events="signup",
    over=days(3650),
    unit=hours(1),
    at=("payment", "checkup"),
    why="Fraud hurries from sign-up to payment; customers take their time.",
)

# What became of customers like this one.

region_risk = Rate(
    by="country",
    events="signup",
    bad=("stolen_instrument", "false_identity"),
    matures_after=days(60),
    over=days(730),
    at=_DOOR,
    why="Own experience with a country, not a list of countries.",
)

# How much is consumed, and whether that is new.

usage_cost = Window(
    sum="amount",
    by="customer",
    events="usage",
    over=(hours(24), days(7)),
    step=hours(1),
    at=_CHECKUP,
    why="What the customer is costing right now.",
)
spend_spike = Daily(
    sum="amount",
    by="customer",
    events="usage",
    days=DAYS_NEEDED,
    from_first_day=True,
    formula=spike,
    parameters={"floor": 500.0},
    at=_CHECKUP,
    why="Stolen or abused accounts consume like never before, from one day to the next.",
)
spend_week_over_month = Daily(
    sum="amount",
    by="customer",
    events="usage",
    days=35,
    formula=week_over_month,
    at=_CHECKUP,
    why="Abuse that ramps up slowly shows over weeks.",
)
alerts_of_customer = Window(
    count="events",
    by="customer",
    events="alert",
    over=(days(30),),
    at=_CHECKUP,
    why="Somebody else has noticed something.",
)
failed_settlements = Window(
    count="events",
    by="customer",
    events="settlement",
    where={"result": "failed"},
    over=(days(90),),
    at=_CHECKUP,
    why="Customers who stop paying fail to pay first.",
)

CATALOGUE = Catalogue.collect(globals())
