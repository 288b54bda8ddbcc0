"""How fast the same thing comes back: accounts, cards and names by what they share."""

from __future__ import annotations

from features.catalogue.event import DOOR
from features.declaration import Ratio, Window
from features.durations import days, hours, minutes
from features.formulas.counts import largest

_EVERYWHERE = (*DOOR, "checkup")

accounts_on_device = Window(
    count="customer",
    distinct=True,
    by="device",
    events="signup",
    over=(minutes(10), hours(24), days(30), days(365)),
    at=_EVERYWHERE,
    why="One person opening many accounts from one device is a farm, not a customer.",
)
accounts_on_ip = Window(
    count="customer",
    distinct=True,
    by="ip",
    events="signup",
    over=(minutes(10), hours(24), days(30), days(365)),
    at=DOOR,
    why="Scripts open accounts from one address.",
)
accounts_on_network = Window(
    count="customer",
    distinct=True,
    by="network",
    events="signup",
    over=(hours(1), hours(24), days(30)),
    at=DOOR,
    why="Farms change addresses within one network.",
)
signups_from_email_domain = Window(
    count="events",
    by="email_domain",
    events="signup",
    over=(hours(1), hours(24), days(30)),
    at=DOOR,
    why="A domain bought for fraud signs up again and again.",
)
signups_with_email = Window(
    count="events",
    by="email",
    events="signup",
    over=(hours(24), days(30)),
    at=DOOR,
    why="Who signs up again under the same address was refused, or has forgotten.",
)
accounts_on_card = Window(
    count="customer",
    distinct=True,
    by="card",
    events=("signup", "payment"),
    over=(hours(24), days(30)),
    at=_EVERYWHERE,
    why="One card that pays for many customers belongs to none of them.",
)
accounts_on_phone = Window(
    count="customer",
    distinct=True,
    by="phone",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="One telephone that verifies many customers is rented.",
)
accounts_at_address = Window(
    count="customer",
    distinct=True,
    by="address",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="Rings reuse the few addresses they have.",
)
accounts_on_tax_id = Window(
    count="customer",
    distinct=True,
    by="tax_id",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="One company signing up again and again has borrowed its number.",
)
accounts_in_name = Window(
    count="customer",
    distinct=True,
    by="name",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="One name behind many accounts is a mask.",
)
signups_by_reseller = Window(
    count="events",
    by="reseller",
    events="signup",
    over=(hours(1), hours(24)),
    at=DOOR,
    why="A channel that opens accounts faster than it ever did may be taken over.",
)
signups_with_promo = Window(
    count="events",
    by="promo",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="A code that leaked is used by everybody who collects free credit.",
)
cards_on_device = Window(
    count="card",
    distinct=True,
    by="device",
    events=("signup", "payment"),
    over=(hours(1), hours(24)),
    at=DOOR,
    why="Trying many cards from one device is card testing.",
)
cards_on_network = Window(
    count="card",
    distinct=True,
    by="network",
    events=("signup", "payment"),
    over=(hours(24),),
    at=DOOR,
    why="Trying many cards from one network is card testing by somebody careful.",
)
emails_on_device = Window(
    count="email",
    distinct=True,
    by="device",
    events="signup",
    over=(hours(24), days(30)),
    at=DOOR,
    why="A device with many addresses invents people.",
)
names_on_card = Window(
    count="name",
    distinct=True,
    by="card",
    events=("signup", "payment"),
    over=(days(30),),
    at=DOOR,
    why="A card has one owner.",
)
phones_on_device = Window(
    count="phone",
    distinct=True,
    by="device",
    events="signup",
    over=(days(30),),
    at=DOOR,
    why="A device with many telephone numbers rents them.",
)
devices_on_card = Window(
    count="device",
    distinct=True,
    by="card",
    events=("signup", "payment"),
    over=(days(30),),
    at=DOOR,
    why="A card used from many devices has been sold.",
)
most_accounts_sharing = Ratio(
    of=(
        "accounts_on_card_30d",
        "accounts_on_device_30d",
        "accounts_on_phone_30d",
        "accounts_at_address_30d",
        "accounts_on_tax_id_30d",
    ),
    formula=largest,
    at=DOOR,
    why="Customers who share a card, a device or an address belong together.",
)
other_customers_on_card = Window(
    count="customer",
    distinct=True,
    except_self=True,
    by="card",
    events=("signup", "payment"),
    over=(days(30),),
    at=("payment", "checkup"),
    why="Somebody else pays with the customer's card.",
)
other_customers_on_device = Window(
    count="customer",
    distinct=True,
    except_self=True,
    by="device",
    events=("signup", "payment"),
    over=(days(30),),
    at=("payment", "checkup"),
    why="Somebody else uses the customer's device.",
)
