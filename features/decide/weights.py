"""The weights of the shipped scorecard, each with its reason."""

from __future__ import annotations

from features.decide.scorecard import Weight

_FACTS = (
    Weight("card_is_prepaid", "is", 1, 300, "Nothing can be collected from a prepaid card later."),
    Weight("card_country_ne_billing", "is", 1, 120, "Card and bill are from different countries."),
    Weight("ip_country_ne_billing", "is", 1, 80, "Request and bill are from different countries."),
    Weight("ip_is_anonymous", "is", 1, 100, "The network hides who is asking."),
    Weight("ip_is_tor", "is", 1, 250, "The request came through Tor."),
    Weight("email_is_disposable", "is", 1, 200, "The address is made to be thrown away."),
    Weight("email_local_digit_share", "at least", 0.4, 60, "The address looks generated."),
    Weight("mfa_done", "is", 0, 60, "No second factor was given."),
    Weight("form_seconds", "at most", 3, 150, "The form was filled in faster than people can."),
    Weight("region_risk", "at least", 0.1, 100, "More than a tenth of this country's were bad."),
)
_VELOCITY = (
    Weight("accounts_on_device_24h", "at least", 1, 150, "The device opened an account today."),
    Weight("accounts_on_device_24h", "at least", 3, 300, "The device opens account after account."),
    Weight("accounts_on_ip_24h", "at least", 3, 150, "The address opens account after account."),
    Weight("accounts_on_network_1h", "at least", 5, 100, "The network opens accounts in a row."),
    Weight("accounts_on_card_30d", "at least", 1, 250, "The card pays for another customer."),
    Weight("accounts_on_phone_30d", "at least", 2, 150, "The telephone stands for others too."),
    Weight("accounts_at_address_30d", "at least", 2, 100, "The address stands for others too."),
    Weight("cards_on_device_24h", "at least", 3, 250, "Several cards were tried on the device."),
    Weight("declines_on_card_24h", "at least", 2, 200, "The card was declined again and again."),
)
#: For customers at a checkup.
CUSTOMERS = (
    Weight("spend_spike", "at least", 6, 250, "Consumption jumped far above what is usual."),
    Weight("spend_week_over_month", "at least", 4, 200, "Consumption has grown fourfold."),
    Weight("alerts_of_customer_30d", "at least", 1, 200, "Somebody raised an alert."),
    Weight("failed_settlements_90d", "at least", 2, 200, "Collecting failed more than once."),
    Weight("declines_of_customer_24h", "at least", 3, 150, "Cards are declined again and again."),
)

#: For who asks to become a customer, or to pay.
DOOR = _FACTS + _VELOCITY
