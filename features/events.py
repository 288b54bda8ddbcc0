"""Events and labels as callers send them: one strict type per kind.

An event says that something happened to a customer. Its fields are checked
while parsing (`features.parsing`), turned into facts and tokens at the door
(`features.facts`), and dropped.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from features.blocks import (
    Address,
    Card,
    Check,
    Company,
    Contact,
    Count,
    Country,
    Currency,
    Device,
    Identifier,
    Ip,
    Money,
    Order,
    Seconds,
    Session,
    Share,
    Text,
)

AwareTime = Annotated[datetime, Meta(tz=True, description="RFC 3339 with a zone")]
AttributeName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9_]{0,39}\Z",
        description="a name of small letters, digits and _, 40 at most, a letter first",
    ),
]
Identifiers = Annotated[dict[AttributeName, Identifier], Meta(max_length=16)]
Attributes = Annotated[dict[AttributeName, float | bool | Text | None], Meta(max_length=64)]


class Event(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="kind",
    omit_defaults=True,
):
    """What every kind of event may name."""

    id: Identifier
    occurred_at: AwareTime | None = None
    customer: Identifier | None = None
    reseller: Identifier | None = None
    email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    ip: Ip | None = None
    device: Device | None = None
    identifiers: Identifiers | None = None
    attributes: Attributes | None = None


class Signup(Event, frozen=True, tag="signup"):
    """Someone asks to become a customer."""

    email_domain_registered_on: date | None = None
    contact: Contact | None = None
    company: Company | None = None
    address: Address | None = None
    card: Card | None = None
    session: Session | None = None
    order: Order | None = None


class Payment(Event, frozen=True, tag="payment"):
    """A customer is about to pay; asked before authorisation."""

    total: Money
    method: Literal["card", "bank_transfer", "direct_debit", "wallet", "invoice"] | None = None
    email_domain_registered_on: date | None = None
    contact: Contact | None = None
    company: Company | None = None
    address: Address | None = None
    card: Card | None = None
    session: Session | None = None
    order: Order | None = None

    def __post_init__(self) -> None:
        if self.total.amount < 0:
            raise ValueError("/total must not be negative: money given back is a dispute")


class Authorisation(Event, frozen=True, tag="authorisation"):
    """The bank's answer to a payment."""

    result: Literal["approved", "declined", "error"]
    payment: Identifier | None = None
    total: Money | None = None
    card: Card | None = None
    decline_code: Text | None = None
    cvc: Check | None = None
    avs_line1: Check | None = None
    avs_postal: Check | None = None
    three_d_secure: (
        Literal["authenticated", "attempted", "failed", "not_requested", "unavailable"] | None
    ) = None
    liability_shift: bool | None = None


class Dispute(Event, frozen=True, tag="dispute"):
    """Money is asked back, or the bank warns that it will be."""

    type: Literal["refund", "early_warning", "inquiry", "chargeback"]
    payment: Identifier | None = None
    total: Money | None = None
    card: Card | None = None
    reason: Text | None = None


class Usage(Event, frozen=True, tag="usage"):
    """One rated usage line."""

    cost: Money
    subscription: Identifier | None = None
    quantity: Annotated[float, Meta(ge=-1e12, le=1e12)] | None = None
    service: Text | None = None
    meter_category: Text | None = None
    meter: Text | None = None
    region: Text | None = None


class Invoice(Event, frozen=True, tag="invoice"):
    """A bill is issued. ``country`` is the one whose holidays put off when it is late."""

    invoice: Identifier
    total: Money
    due_at: AwareTime | None = None
    country: Country | None = None


class Settlement(Event, frozen=True, tag="settlement"):
    """Money arrived, or an attempt to collect it failed."""

    total: Money
    invoice: Identifier | None = None
    result: Literal["received", "failed", "returned"] = "received"


class Verification(Event, frozen=True, tag="verification"):
    """The result of a check that somebody had to pass, with what a registry of companies says."""

    type: Literal["sms", "mfa", "call", "prepayment", "three_d_secure", "business_check"]
    result: Literal["passed", "failed", "abandoned"]
    context: Literal["signup", "payment", "login", "checkup"] | None = None
    attempts: Count | None = None
    seconds: Seconds | None = None
    decision: Identifier | None = None
    registry_status: Text | None = None
    registry_age_days: Count | None = None
    registry_name_match: bool | None = None


class Profile(Event, frozen=True, tag="profile"):
    """Something that is true of a customer from now on."""

    card_on_file: bool | None = None
    budget: Money | None = None
    credit_limit: Money | None = None
    admin_mfa_share: Share | None = None
    approval: Text | None = None
    promise_to_pay_at: AwareTime | None = None
    contact_made: Literal["phone", "in_person"] | None = None
    country: Country | None = None
    currency: Currency | None = None


class Alert(Event, frozen=True, tag="alert"):
    """Somebody's notification about a customer. Unknown types pass through."""

    source: Text
    type: Text
    severity: Literal["informational", "low", "medium", "high", "unknown"] = "unknown"
    confidence: Literal["low", "medium", "high", "unknown"] = "unknown"
    status: Literal["active", "investigating", "resolved", "unknown"] = "active"
    verdict: Literal["fraud", "legitimate", "ignore", "unknown"] | None = None
    subscription: Identifier | None = None


class Activity(Event, frozen=True, tag="activity"):
    """A privileged operation in a customer's tenant. ``size`` is that of a machine."""

    operation: Text
    result: Literal["started", "accepted", "succeeded", "failed", "unknown"] = "unknown"
    correlation: Identifier | None = None
    subscription: Identifier | None = None
    mfa: bool | None = None
    size: Text | None = None
    resource_type: Text | None = None
    resource_group: Text | None = None


Ingestible = (
    Signup
    | Payment
    | Authorisation
    | Dispute
    | Usage
    | Invoice
    | Settlement
    | Verification
    | Profile
    | Alert
    | Activity
)
Scorable = Signup | Payment

#: Every kind of entry that signals may count, besides `label`; Vouch itself writes `decision`.
EVENT_KINDS: tuple[str, ...] = (
    "signup",
    "payment",
    "authorisation",
    "dispute",
    "usage",
    "invoice",
    "settlement",
    "verification",
    "profile",
    "alert",
    "activity",
    "decision",
)

#: The kind of the entry of a customer who was asked about. Nothing happened, so nothing counts it.
CHECKUP = "checkup"

#: What else stands in a ledger: decisions made again, questions about customers, what people
#: decreed. No signal counts it.
UNCOUNTED_KINDS: tuple[str, ...] = (
    "redecision",
    CHECKUP,
    "listing",
    "snooze",
    "override",
    "appeal",
    "lift",
)


class Label(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What turned out to be true of a customer; the kinds are the domain's (`features.domain`).

    ``occurred_at`` is when the fraud happened, if known; when it became known is
    the ledger's to say. A ``reversed`` label takes an earlier one of its kind back.
    """

    id: Identifier
    customer: Identifier
    label: Text
    source: Text | None = None
    status: Literal["suspected", "confirmed", "reversed"] = "confirmed"
    event: Identifier | None = None
    occurred_at: AwareTime | None = None
