"""Cards tried and refused, orders beside others, and what the bank said before."""

from __future__ import annotations

from features.catalogue.event import DOOR
from features.declaration import Latest, Ratio, Recent, Window
from features.durations import days, hours, minutes
from features.formulas.recent import robust_z, streak

_CHECK = ("pass", "fail", "unavailable", "unchecked", "not_provided")
_KNOWN = ("payment", "checkup")

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
    over=(hours(1), hours(24), days(30)),
    at=_KNOWN,
    why="Stolen cards are emptied in a hurry.",
)
paid_by_customer = Window(
    sum="amount",
    by="customer",
    events="payment",
    over=(hours(24), days(30)),
    step=hours(1),
    at=_KNOWN,
    why="How much is being put on cards.",
)
payments_from_device = Window(
    count="events",
    by=("customer", "device"),
    events=("signup", "payment"),
    over=(days(365),),
    at=("payment",),
    why="A customer who pays from a device it never used may be somebody else.",
)
payments_with_card = Window(
    count="events",
    by=("customer", "card"),
    events=("signup", "payment"),
    over=(days(365),),
    at=("payment",),
    why="A card the customer never used before is new, or not the customer's.",
)
payments_from_network = Window(
    count="events",
    by=("customer", "network"),
    events=("signup", "payment"),
    over=(days(365),),
    at=("payment",),
    why="A customer who pays from a place it never paid from may be somebody else.",
)
cards_of_customer = Window(
    count="card",
    distinct=True,
    by="customer",
    events=("signup", "payment"),
    over=(hours(24), days(30)),
    at=_KNOWN,
    why="Trying card after card is what one does with other people's.",
)
authorisations_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    over=(hours(24),),
    at=DOOR,
    why="How often the bank was asked about this card.",
)
declines_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    where={"result": "declined"},
    over=(hours(1), hours(24)),
    at=DOOR,
    only_raises=True,
    why="A card that keeps being declined is being tried out.",
)
declined_share_on_card = Ratio(
    of=("declines_on_card_24h", "authorisations_on_card_24h"),
    at=DOOR,
    why="Testers are declined most of the time, honest customers seldom.",
)
declines_of_customer = Window(
    count="events",
    by="customer",
    events="authorisation",
    where={"result": "declined"},
    over=(hours(1), hours(24)),
    at=_KNOWN,
    only_raises=True,
    why="A customer whose cards keep being declined is trying out cards, or cannot pay.",
)
declines_on_network = Window(
    count="events",
    by="network",
    events="authorisation",
    where={"result": "declined"},
    over=(hours(1), hours(24)),
    at=DOOR,
    only_raises=True,
    why="Cards being tried out somewhere are being tried out from here.",
)
decline_streak_on_card = Recent(
    rows=8,
    by="card",
    events="authorisation",
    over=days(30),
    values=(("result", ("approved", "declined")),),
    formula=streak,
    parameters={"value": 1},
    at=DOOR,
    why="A card declined again and again without a success is empty or blocked.",
)
small_authorisations_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    where={"amount_is_small": 1},
    over=(hours(24),),
    at=DOOR,
    why="Testers ask for a few cents to see whether a card lives.",
)
small_authorisations_on_network = Window(
    count="events",
    by="network",
    events="authorisation",
    where={"amount_is_small": 1},
    over=(hours(24),),
    at=DOOR,
    why="Small amounts on many cards from one place are a test bench.",
)
order_amount_z = Recent(
    rows=32,
    by="sku",
    events=("signup", "payment"),
    over=days(90),
    values=("amount",),
    formula=robust_z,
    parameters={"fewest": 30, "floor": 500.0},
    asked=("amount",),
    at=DOOR,
    why="An order unlike all others of the same thing.",
)
hours_since_signup = Window(
    last=True,
    by="customer",
    events="signup",
    over=(days(3650),),
    unit=hours(1),
    at=_KNOWN,
    why="Fraud hurries from sign-up to payment; customers take their time.",
)
minutes_since_card_used_first = Window(
    first=True,
    by=("customer", "card"),
    events=("signup", "payment", "authorisation"),
    over=(days(3650),),
    unit=minutes(1),
    at=("payment",),
    why="A card added minutes ago is used before its owner notices.",
)
last_cvc = Latest(
    of="cvc",
    categories=_CHECK,
    by="customer",
    events="authorisation",
    over=days(365),
    at=_KNOWN,
    why="Who holds the card can read its code.",
)
last_avs_postal = Latest(
    of="avs_postal",
    categories=_CHECK,
    by="customer",
    events="authorisation",
    over=days(365),
    at=_KNOWN,
    why="Who owns the card knows where its bills go.",
)
last_three_d_secure = Latest(
    of="three_d_secure",
    categories=("authenticated", "attempted", "failed", "not_requested", "unavailable"),
    by="customer",
    events="authorisation",
    over=days(365),
    at=_KNOWN,
    why="The bank has asked its customer, or could not.",
)
failed_code_checks_on_card = Window(
    count="events",
    by="card",
    events="authorisation",
    where={"cvc": "fail"},
    over=(hours(24), days(30)),
    at=DOOR,
    only_raises=True,
    why="Somebody guesses the code of a card.",
)
sms_attempts = Latest(
    of="attempts",
    by="customer",
    events="verification",
    where={"type": "sms"},
    over=days(30),
    at=(*DOOR, "checkup"),
    why="Who has the telephone needs one try.",
)
failed_verifications = Window(
    count="events",
    by="customer",
    events="verification",
    where={"is_failed": 1},
    over=(hours(24), days(30)),
    at=(*DOOR, "checkup"),
    why="Checks are failed, or left, by those who cannot pass them.",
)
disputes_on_card = Window(
    count="events",
    by="card",
    events="dispute",
    over=(days(90), days(365)),
    at=DOOR,
    only_raises=True,
    why="A card whose owner asked for money back before was not its owner's to give.",
)
disputes_on_ip = Window(
    count="events",
    by="ip",
    events="dispute",
    over=(days(90),),
    at=DOOR,
    only_raises=True,
    why="Payments from this address came back before.",
)
disputes_of_customer = Window(
    count="events",
    by="customer",
    events="dispute",
    over=(days(30), days(365)),
    at=_KNOWN,
    only_raises=True,
    why="Money that is asked back was never earned.",
)
contacts_made = Window(
    count="events",
    by="customer",
    events="profile",
    where={"contact_made": ("phone", "in_person")},
    over=(days(365),),
    at=("payment",),
    why="Whom somebody here has talked to is a person.",
)
doubts_about_customer = Window(
    count="events",
    by="customer",
    events="decision",
    where={"outcome": ("review", "decline")},
    over=(days(30),),
    at=_KNOWN,
    why="We had doubts about this customer before.",
)
