"""The optional blocks of an event: what a sign-up form, a checkout or a bank sends along.

Every field is optional unless its block is meaningless without it, and a
missing field stays unknown. Lengths and ranges are checked while parsing.
"""

from __future__ import annotations

import socket
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=256)]
Identifier = Annotated[str, Meta(min_length=1, max_length=128)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}\Z", description="two capital letters (ISO 3166)")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="a currency code (ISO 4217)")]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Latitude = Annotated[float, Meta(ge=-90.0, le=90.0)]
Longitude = Annotated[float, Meta(ge=-180.0, le=180.0)]
Seconds = Annotated[float, Meta(ge=0.0, le=10_000_000.0)]

NetworkType = Literal[
    "residential",
    "mobile",
    "business",
    "hosting",
    "vpn",
    "tor",
    "public_proxy",
    "residential_proxy",
    "unknown",
]
Funding = Literal["credit", "debit", "prepaid", "stored_value", "unknown"]
Check = Literal["pass", "fail", "unavailable", "unchecked", "not_provided"]
LARGEST_AMOUNT = Decimal(1_000_000_000)
Amount = Annotated[
    Decimal,
    Meta(
        extra_json_schema={
            "pattern": r"^[+-]?[0-9]{1,9}([.][0-9]+)?$",
            "minimum": -1e9,
            "maximum": 1e9,
        }
    ),
]


class Block(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the blocks. A check across fields raises ValueError(``/field`` and what is wrong)."""


class Money(Block, frozen=True):
    """A decimal amount in major units: ``{"amount": "49.90", "currency": "EUR"}``."""

    amount: Amount
    currency: Currency

    def __post_init__(self) -> None:
        amount = self.amount
        if not amount.is_finite() or amount.adjusted() > 9 or abs(amount) > LARGEST_AMOUNT:
            raise ValueError(f"/amount must be finite and at most {LARGEST_AMOUNT} either way")


class Contact(Block, frozen=True):
    """The person who signs up or pays."""

    first_name: Text | None = None
    last_name: Text | None = None


class Company(Block, frozen=True):
    """The organisation behind the customer."""

    name: Text | None = None
    website: Text | None = None
    tax_id: Text | None = None
    employees: Count | None = None


class Address(Block, frozen=True):
    """The billing address."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    country: Country | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Ip(Block, frozen=True):
    """Where the request came from; country and network type as your enrichment knows them."""

    address: Annotated[str, Meta(max_length=45)]
    country: Country | None = None
    network_type: NetworkType | None = None
    asn: Count | None = None
    time_zone: Text | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    accuracy_km: Annotated[float, Meta(ge=0.0, le=30_000.0)] | None = None

    def __post_init__(self) -> None:
        try:
            packed_address(self.address)
        except ValueError as error:
            raise ValueError(f"/address is {error}") from None


def packed_address(address: str) -> bytes:
    """4 or 16 bytes of an IPv4 or IPv6 address; an IPv4-mapped one gives 4. Raises ValueError."""
    try:
        if ":" not in address:
            return socket.inet_pton(socket.AF_INET, address)
        packed = socket.inet_pton(socket.AF_INET6, address)
    except (OSError, UnicodeError, ValueError):
        raise ValueError("not an IPv4 or IPv6 address") from None
    return packed[12:] if packed.startswith(b"\0" * 10 + b"\xff\xff") else packed


class Device(Block, frozen=True):
    """The device as your fingerprinting names it."""

    id: Identifier
    confidence: Share | None = None


class Card(Block, frozen=True):
    """What may be known of a card without its number."""

    bin: Annotated[str, Meta(pattern=r"^[0-9]{6,8}\Z", description="6 to 8 digits")] | None = None
    last4: Annotated[str, Meta(pattern=r"^[0-9]{4}\Z", description="4 digits")] | None = None
    fingerprint: Identifier | None = None
    funding: Funding | None = None
    country: Country | None = None
    holder: Text | None = None
    present: bool | None = None
    virtual: bool | None = None
    business: bool | None = None
    expires: (
        Annotated[str, Meta(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])\Z", description="year and month")]
        | None
    ) = None


class Session(Block, frozen=True):
    """How the form was filled in."""

    form_seconds: Seconds | None = None
    mfa_done: bool | None = None
    accept_language: Text | None = None
    page_seconds: Seconds | None = None
    session_seconds: Seconds | None = None
    utc_offset_minutes: Annotated[int, Meta(ge=-720, le=840)] | None = None


class Order(Block, frozen=True):
    """What is being bought."""

    total: Money | None = None
    sku: Text | None = None
    seats: Count | None = None
    trial: bool | None = None
    promo_code: Identifier | None = None
    annual_commit: bool | None = None
