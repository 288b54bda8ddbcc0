"""Examples of what is sent: in the documentation, in the lines of `make run`, in the tests."""

from __future__ import annotations

from typing import Any

#: A sign-up as most are: own domain, residential network, credit card of the same country.
ORDINARY_SIGNUP: dict[str, Any] = {
    "kind": "signup",
    "id": "signup-1042",
    "customer": "customer-1042",
    "email": "ana.lima@limaimports.example",
    "phone": "+351 912 345 678",
    "contact": {"first_name": "Ana", "last_name": "Lima"},
    "company": {"name": "Lima Imports", "website": "https://limaimports.example", "employees": 14},
    "address": {
        "line1": "Rua Augusta 24",
        "city": "Lisboa",
        "postal_code": "1100-053",
        "country": "PT",
    },
    "ip": {"address": "203.0.113.24", "country": "PT", "network_type": "business"},
    "device": {"id": "device-7b1e"},
    "card": {"bin": "450875", "last4": "2210", "fingerprint": "fp-4c0d", "funding": "credit",
             "country": "PT", "present": False},
    "session": {"form_seconds": 96.5, "mfa_done": True, "accept_language": "pt-PT"},
    "order": {"total": {"amount": "129.00", "currency": "EUR"}, "sku": "backup-pro", "seats": 14},
}  # fmt: skip

#: A sign-up as fraud looks: throw-away address, anonymous network, foreign prepaid card, a script.
FRAUDULENT_SIGNUP: dict[str, Any] = {
    "kind": "signup",
    "id": "signup-1043",
    "customer": "customer-1043",
    "email": "x8842917@mailinator.com",
    "ip": {"address": "198.51.100.7", "country": "NL", "network_type": "tor"},
    "address": {"line1": "1 Main Street", "postal_code": "10001", "country": "US"},
    "device": {"id": "device-0001"},
    "card": {"bin": "533248", "last4": "0007", "fingerprint": "fp-9911", "funding": "prepaid",
             "country": "BR", "present": False},
    "session": {"form_seconds": 2.1, "mfa_done": False},
    "order": {"total": {"amount": "4900.00", "currency": "EUR"}, "seats": 250, "trial": True},
}  # fmt: skip

PAYMENT: dict[str, Any] = {
    "kind": "payment",
    "id": "payment-77",
    "customer": "customer-1042",
    "total": {"amount": "129.00", "currency": "EUR"},
    "method": "card",
    "device": {"id": "device-7b1e"},
    "card": {"fingerprint": "fp-4c0d", "funding": "credit", "country": "PT"},
}

AUTHORISATION: dict[str, Any] = {
    "kind": "authorisation",
    "id": "authorisation-77",
    "customer": "customer-1042",
    "payment": "payment-77",
    "result": "approved",
    "cvc": "pass",
    "avs_postal": "pass",
    "card": {"fingerprint": "fp-4c0d"},
}

USAGE: dict[str, Any] = {
    "kind": "usage",
    "id": "usage-9001",
    "customer": "customer-1042",
    "cost": {"amount": "12.31", "currency": "EUR"},
    "subscription": "subscription-3",
    "quantity": 24.0,
    "service": "compute",
    "region": "westeurope",
}

LABEL: dict[str, Any] = {
    "id": "label-5",
    "customer": "customer-1043",
    "label": "stolen_instrument",
    "source": "chargeback",
    "event": "signup-1043",
}

BATCH: dict[str, Any] = {"events": [{**ORDINARY_SIGNUP, "id": "signup-1044"}, PAYMENT]}

#: What is sent about a decision that is made before.
OVERRIDE: dict[str, Any] = {
    "id": "override-7",
    "decision": "d64b27a6c0b2a8",
    "outcome": "approve",
    "reason": "Paid by bank transfer; the contract was signed in person.",
    "evidence": "ticket 4711",
}

APPEAL: dict[str, Any] = {"statement": "I run a bakery and this is my only card."}

LISTING: dict[str, Any] = {
    "list": "block",
    "field": "device",
    "value": "device-0001",
    "reason": "Nine sign-ups with stolen cards in one night.",
    "owner": "risk",
}

SOUGHT: dict[str, Any] = {"field": "network", "value": "198.51.100.7"}

SNOOZE: dict[str, Any] = {
    "customer": "customer-1042",
    "policy": "NO_MFA_AT_SIGNUP",
    "reason": "A customer for years; the second factor follows with the new telephones.",
    "expires_at": "2026-04-01T00:00:00Z",
}

POLICIES = """\
- id: NO_SECOND_FACTOR
  moments: [signup]
  when: mfa_done == 0
  outcome: challenge
  challenges: [mfa]
  owner: risk
  analyst:
    en: The customer has not given a second factor.
    fr: Le client n'a pas donné de second facteur.
    nl: De klant heeft geen tweede factor gegeven.
  customer: Please confirm with a second factor.
"""
