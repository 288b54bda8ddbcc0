"""What the codes mean, in English."""

from __future__ import annotations

from features.decide.texts.text import Text, Words

_CARD = "The card does not fit the rest of what you told us."
_CARD_USE = "We could not make sure of the way this card is used."
_CONNECTION = "We could not make sure of the connection that the request came through."
_CONTACT = "We could not confirm your contact details."
_COMPANY = "We could not confirm the details of your company."
_REQUEST = "Your request is unlike those that we usually receive."
_ACCOUNT = "Your account is used in another way than before."
_BILLS = "The way your bills are paid raises a question."
_RECORDS = "Our records raise a question that we would like to settle with you."

ENGLISH = Words(
    texts={
        "CARD_TYPE": Text("Kind of card", "We could not make sure of this kind of card."),
        "CARD_COUNTRY": Text("Country of the card, the bill and the request", _CARD),
        "CARD_HOLDER": Text("Name on the card", _CARD),
        "CARD_CHECKS": Text(
            "What the bank said of the card", "The bank could not confirm the card."
        ),
        "CARD_DECLINES": Text(
            "Payments that banks declined", "Payments were not accepted by the bank."
        ),
        "CARD_TESTING": Text("Cards that may be tried out", _CARD_USE),
        "CARD_HISTORY": Text("What is known of the card", _CARD_USE),
        "CARD_SHARED": Text("Others who use the card", _CARD_USE),
        "DEVICE_VELOCITY": Text("Accounts on the device", _CONNECTION),
        "DEVICE_HISTORY": Text("What is known of the device", _CONNECTION),
        "NETWORK": Text("Kind of network", _CONNECTION),
        "NETWORK_VELOCITY": Text("Sign-ups from the same network", _CONNECTION),
        "LOCATION": Text(
            "Where the request came from", "The places in your request do not fit together."
        ),
        "TIME_OF_DAY": Text("Local time of the request", _REQUEST),
        "EMAIL_ADDRESS": Text("E-mail address", _CONTACT),
        "EMAIL_DOMAIN": Text("Domain of the e-mail address", _CONTACT),
        "PERSON": Text("Name of the person", _CONTACT),
        "COMPANY": Text("Company and tax number", _COMPANY),
        "PHONE": Text("Telephone number", _CONTACT),
        "ADDRESS": Text("Postal address", _CONTACT),
        "SHARED_DETAILS": Text("Details shared with other customers", _CONTACT),
        "BEHAVIOUR": Text("How the form was filled in", _REQUEST),
        "VERIFICATION": Text(
            "Checks that were passed or failed", "A check of your identity is still open."
        ),
        "ORDER": Text("What is ordered", "Your order is unlike those that we usually receive."),
        "PAYMENT_PACE": Text("How fast the customer pays and orders", _REQUEST),
        "CHANNEL": Text("Reseller or offer that brought the customer", _REQUEST),
        "REGION_HISTORY": Text("Own experience with the country", _REQUEST),
        "LINKED_TO_BAD": Text("Things in common with known fraud", _RECORDS),
        "CUSTOMER_HISTORY": Text("What turned out about the customer before", _RECORDS),
        "SPENDING": Text("What the customer consumes", _ACCOUNT),
        "BUDGET": Text("Consumption against the budget", _ACCOUNT),
        "NEW_USE": Text("Services and regions used for the first time", _ACCOUNT),
        "COMPUTE": Text("Machines and graphics cards in use", _ACCOUNT),
        "ADMIN_ACTIVITY": Text("What administrators did in the tenant", _ACCOUNT),
        "ALERTS": Text(
            "Alerts about the customer", "We were told of unusual activity in your account."
        ),
        "OVERDUE": Text("Bills that are open", "There are bills that are still open."),
        "PAYING_HABITS": Text("How the customer usually pays", _BILLS),
        "COLLECTION": Text("Collecting what is due", "What is due could not be collected."),
        "CREDIT": Text("Credit against what was used and paid", _BILLS),
    },
    other=Text("Signal of your own", "We would like to look at your request more closely."),
    known="{topic}: {signal} is {value}.",
    compared="{topic}: {signal} is {value}, usually {usual}.",
    unknown="{topic}: {signal} is unknown.",
    not_told="This could not be told: {condition}",
)
