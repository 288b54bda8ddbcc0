"""The facts there are: the type of each, and the kinds of event that can say it."""

from __future__ import annotations

from typing import NamedTuple

Value = float | int | str
_DOOR = ("signup", "payment")


class FactType(NamedTuple):
    """Type of a fact's column, the kinds of event that can carry it, and whether it is 0 or 1."""

    type: type[int] | type[float] | type[str]
    kinds: tuple[str, ...]
    is_truth: bool = False


#: Every fact, in the order of the export's columns. Truth values are 0 and 1.
FACTS: dict[str, FactType] = {
    "country": FactType(str, (*_DOOR, "profile")),
    "email_is_disposable": FactType(int, _DOOR, is_truth=True),
    "email_is_free": FactType(int, _DOOR, is_truth=True),
    "email_local_digit_share": FactType(float, _DOOR),
    "ip_country": FactType(str, _DOOR),
    "ip_country_ne_billing": FactType(int, _DOOR, is_truth=True),
    "ip_is_anonymous": FactType(int, _DOOR, is_truth=True),
    "ip_is_tor": FactType(int, _DOOR, is_truth=True),
    "network_type": FactType(str, _DOOR),
    "card_is_sent": FactType(int, _DOOR, is_truth=True),
    "card_funding": FactType(str, (*_DOOR, "authorisation")),
    "card_is_prepaid": FactType(int, (*_DOOR, "authorisation"), is_truth=True),
    "card_not_present": FactType(int, (*_DOOR, "authorisation"), is_truth=True),
    "card_country_ne_billing": FactType(int, _DOOR, is_truth=True),
    "card_country_ne_ip": FactType(int, _DOOR, is_truth=True),
    "form_seconds": FactType(float, _DOOR),
    "mfa_done": FactType(int, _DOOR, is_truth=True),
    "seats": FactType(int, _DOOR),
    "is_trial": FactType(int, _DOOR, is_truth=True),
    "employees": FactType(int, _DOOR),
    "method": FactType(str, ("payment",)),
    "amount": FactType(
        int,
        (*_DOOR, "authorisation", "dispute", "usage", "invoice", "settlement"),
    ),
    "result": FactType(str, ("authorisation", "settlement", "verification", "activity")),
    "payment": FactType(str, ("authorisation", "dispute")),
    "invoice": FactType(str, ("invoice", "settlement")),
    "due_at": FactType(int, ("invoice",)),
    "decline_code": FactType(str, ("authorisation",)),
    "cvc": FactType(str, ("authorisation",)),
    "avs_line1": FactType(str, ("authorisation",)),
    "avs_postal": FactType(str, ("authorisation",)),
    "three_d_secure": FactType(str, ("authorisation",)),
    "liability_shift": FactType(int, ("authorisation",), is_truth=True),
    "quantity": FactType(float, ("usage",)),
    "service": FactType(str, ("usage",)),
    "meter_category": FactType(str, ("usage",)),
    "meter": FactType(str, ("usage",)),
    "region": FactType(str, ("usage",)),
    "type": FactType(str, ("dispute", "verification", "alert")),
    "context": FactType(str, ("verification",)),
    "attempts": FactType(int, ("verification",)),
    "seconds": FactType(float, ("verification",)),
    "severity": FactType(str, ("alert",)),
    "confidence": FactType(str, ("alert",)),
    "status": FactType(str, ("alert", "label")),
    "verdict": FactType(str, ("alert",)),
    "source": FactType(str, ("alert", "label")),
    "operation": FactType(str, ("activity",)),
    "mfa": FactType(int, ("activity",), is_truth=True),
    "card_on_file": FactType(int, ("profile",), is_truth=True),
    "budget": FactType(int, ("profile",)),
    "credit_limit": FactType(int, ("profile",)),
    "admin_mfa_share": FactType(float, ("profile",)),
    "approval": FactType(str, ("profile",)),
    "promise_to_pay_at": FactType(int, ("profile",)),
    "contact_made": FactType(str, ("profile",)),
    "currency": FactType(str, ("profile",)),
    "reason": FactType(str, ("dispute",)),
    "decision": FactType(str, ("verification",)),
    "correlation": FactType(str, ("activity",)),
    "label": FactType(str, ("label",)),
    "outcome": FactType(str, ("decision",)),
    "score": FactType(int, ("decision",)),
    "event": FactType(str, ("decision", "label")),
}
