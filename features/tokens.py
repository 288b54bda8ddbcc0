"""Tokens: identifiers are normalised, hashed with a secret, and forgotten.

A token is HMAC-SHA-256 over the kind and the normalised identifier, cut to 128
bits and prefixed with the id of the secret that made it. The same person gives
the same token; without the secret nobody can go back or try candidates.
"""

from __future__ import annotations

import unicodedata
from binascii import b2a_base64
from hashlib import sha256

import phonenumbers

from features.blocks import packed_address

#: What an entry may carry a token for, in the order of the export's columns.
TOKEN_KINDS: tuple[str, ...] = (
    "email",
    "email_domain",
    "phone",
    "device",
    "ip",
    "network",
    "card",
    "tax_id",
    "address",
    "name",
    "subscription",
    "promo",
)

_BLOCK = 64  # bytes of a block of SHA-256
_LENGTH = 22  # letters of 128 bits in base64, without padding
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com", "googlemail.com"})


class Tokenizer:
    """Makes tokens with one secret.

    >>> tokens = Tokenizer(b"0" * 32, key_id="k1")
    >>> tokens("email", "a@example.com") == tokens("email", "a@example.com")
    True
    >>> tokens("email", "a@example.com") == tokens("name", "a@example.com")
    False
    """

    def __init__(self, secret: bytes, key_id: str = "k1") -> None:
        if len(secret) < 32:
            raise ValueError("the token secret needs at least 32 bytes")
        key = sha256(secret).digest() if len(secret) > _BLOCK else secret
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))
        self._prefix = key_id + "."

    def __call__(self, kind: str, normalised: str) -> str:
        """The token of an already normalised identifier."""
        inner, outer = self._inner.copy(), self._outer.copy()  # HMAC, with the secret taken in once
        inner.update(f"{kind}\0{normalised}".encode())
        outer.update(inner.digest())
        written = b2a_base64(outer.digest()[:16], newline=False).translate(_URL_SAFE)
        return self._prefix + written[:_LENGTH].decode()


def folded(text: str) -> str:
    """Text as it is compared: NFKC, case-folded, white space trimmed and collapsed."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def split_email(email: str) -> tuple[str, str] | None:
    """Local part without its ``+tag`` and domain, both folded; None if it is no address.

    >>> split_email("Ana.Lima+news@Gmail.com")
    ('analima', 'gmail.com')
    """
    local, _, domain = folded(email).rpartition("@")
    local = local.split("+", 1)[0]
    if domain in _DOTS_DO_NOT_COUNT:
        local = local.replace(".", "")
    if not local or "." not in domain or " " in domain:
        return None
    return local, domain


def normal_phone(phone: str, country: str | None) -> str | None:
    """A number in E.164, read as of ``country`` where it has no ``+``; None if it is none.

    >>> normal_phone("+32 470 12 34 56", None)
    '+32470123456'
    >>> normal_phone("0470 12 34 56", "BE")
    '+32470123456'
    """
    bare = phone.translate(_PHONE_DECORATION)
    if bare.startswith("+") and bare[1:].isascii() and bare[1:].isdigit() and 8 <= len(bare) <= 16:
        return bare
    try:
        parsed = phonenumbers.parse(phone, country)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


_PHONE_DECORATION = {ord(letter): None for letter in " -./()\u00a0"}


def address_and_network(address: str) -> tuple[str, str]:
    """An address and its network (/24 of IPv4, /64 of IPv6), in hexadecimal."""
    packed = packed_address(address)
    return packed.hex(), packed[: 3 if len(packed) == 4 else 8].hex()


#: How identifiers are written that may be none of their kind.
FORMS = {
    "email": "write name@example.com",
    "email_domain": "write what stands behind the @ alone, such as example.com",
    "phone": "write it with a + and the number of its country, such as +32 2 555 12 12",
    "ip": "write an address of IPv4 or IPv6",
    "network": "write one address of it, for the network is its /24, or its /64 in IPv6",
}


def normal(kind: str, identifier: str) -> str | None:
    """An identifier of a kind as its token is made from; None if it is none of that kind.

    >>> normal("email", "Ana.Lima+news@gmail.com"), normal("network", "203.0.113.24")
    ('analima@gmail.com', 'cb0071')
    """
    if kind == "email":
        parts = split_email(identifier)
        return None if parts is None else "@".join(parts)
    if kind == "email_domain":
        domain = folded(identifier)
        return domain if "." in domain and not {" ", "@"} & set(domain) else None
    if kind == "phone":
        return normal_phone(identifier, None)
    if kind in ("ip", "network"):
        try:
            address, network = address_and_network(identifier)
        except ValueError:
            return None
        return address if kind == "ip" else network
    if kind == "tax_id":
        return folded(identifier).replace(" ", "")
    return folded(identifier) if kind == "promo" else identifier
