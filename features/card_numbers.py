"""Card numbers are refused unseen: found in the raw text of a body before it is parsed.

A number counts when it has the length and prefix of a card scheme, passes the
Luhn check (ISO/IEC 7812-1, annex B) and stands alone or in the groups that are
printed on cards. Digits inside hexadecimal identifiers and decimal fractions
are left alone.
"""

from __future__ import annotations

import re
import unicodedata

_CANDIDATE = re.compile(
    r"(?<![0-9A-Fa-f])(?<!\d\.)"
    r"(?:\d{13,19}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,4}(?:[ -]\d{1,3})?|\d{4}[ -]\d{6}[ -]\d{4,5})"
    r"(?![0-9A-Fa-f])"
)
_WORTH_A_LOOK = re.compile(rb"\d[\d -]{12}")
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard
    r"|3[47]\d{13}"  # American Express
    r"|3(?:0[0-5]|[68]\d)\d{11}"  # Diners Club
    r"|(?:6011|64[4-9]\d|65\d\d)\d{12}"  # Discover
    r"|35(?:2[89]|[3-8]\d)\d{12}"  # JCB
    r"|62\d{14,17}"  # UnionPay
    r"|(?:50|5[6-9]|6[0-9])\d{11,17}"  # Maestro
)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def holds_card_number(body: bytes) -> bool:
    r"""Whether a JSON body holds a card number anywhere, field names included.

    >>> holds_card_number(b'{"note": "4111 1111 1111 1111"}')
    True
    >>> holds_card_number(b'{"note": "\\u0034111111111111111"}')
    True
    >>> holds_card_number(b'{"fingerprint": "e4111111111111111f", "ratio": 0.4111111111111111}')
    False
    """
    if body.isascii() and b"\\u" not in body and _WORTH_A_LOOK.search(body) is None:
        return False
    text = body.decode("utf-8", "replace")
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    if "\\u" in text:
        text = unicodedata.normalize("NFKC", _unescape(text))
    return any(_is_card_number(match.group()) for match in _CANDIDATE.finditer(text))


def _unescape(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)


def _is_card_number(candidate: str) -> bool:
    digits = candidate.replace(" ", "").replace("-", "")
    if _SCHEMES.fullmatch(digits) is None:
        return False
    reverse = [int(digit) for digit in reversed(digits)]
    return (sum(reverse[::2]) + sum(_DOUBLED[digit] for digit in reverse[1::2])) % 10 == 0
