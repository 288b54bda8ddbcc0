"""Card numbers are refused unseen: found in the raw text of a body before it is parsed.

A number counts when it has the length and prefix of a card scheme, passes the
Luhn check (ISO/IEC 7812-1, annex B) and stands in one piece or in the groups
that are printed on cards, whatever stands between the groups and in whatever
digits it is written. Long hexadecimal identifiers and decimal fractions are
left alone.
"""

from __future__ import annotations

import re
import unicodedata

_BETWEEN = r"[^0-9A-Za-z]{1,2}"
_CANDIDATE = re.compile(
    r"(?<!\d)(?<!\d\.)"
    r"(?=(\d{13,19}"
    rf"|\d{{4}}{_BETWEEN}\d{{4}}{_BETWEEN}\d{{4}}{_BETWEEN}\d{{1,4}}(?:{_BETWEEN}\d{{1,3}})?"
    rf"|\d{{4}}{_BETWEEN}\d{{6}}{_BETWEEN}\d{{4,5}}"
    rf"|\d{{4}}{_BETWEEN}\d{{12}})(?!\d))"
)
_WORTH_A_LOOK = re.compile(rb"\d(?:[^0-9A-Za-z]{0,2}\d){12}")
_HEX_RUN = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|[0-9A-Fa-f]{20,}")
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
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([tnrbf]))")


def holds_card_number(body: bytes) -> bool:
    r"""Whether a JSON body holds a card number anywhere, field names included.

    >>> holds_card_number(b'{"note": "4111 1111 1111 1111"}')
    True
    >>> holds_card_number(b'{"note": "\\u0034111111111111111"}')
    True
    >>> holds_card_number(b'{"fingerprint": "e4111111111111111f01", "ratio": 0.4111111111111111}')
    False
    """
    if body.isascii() and b"\\" not in body:
        if _WORTH_A_LOOK.search(body) is None:
            return False
        text = body.decode()
    else:
        text = _plain(body.decode("utf-8", "replace"))
    return any(
        _begins_with_card_number(match[1]) and not _is_hexadecimal(text, match)
        for match in _CANDIDATE.finditer(text)
    )


def _begins_with_card_number(candidate: str) -> bool:
    """Whether its groups are a card number, or those before the last: a check digit, a month."""
    groups = re.findall(r"\d+", candidate)
    return is_card_number("".join(groups)) or is_card_number("".join(groups[:-1]))


def is_card_number(digits: str) -> bool:
    """Whether digits are a card number."""
    if _SCHEMES.fullmatch(digits) is None:
        return False
    reverse = [int(digit) for digit in reversed(digits)]
    return (sum(reverse[::2]) + sum(_DOUBLED[digit] for digit in reverse[1::2])) % 10 == 0


def _plain(text: str) -> str:
    """JSON escapes undone, digits of all scripts as ASCII, invisible characters gone."""
    text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else " ", text)
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter
        for letter in unicodedata.normalize("NFKC", text)
        if unicodedata.category(letter) != "Cf"
    )


def _is_hexadecimal(text: str, match: re.Match[str]) -> bool:
    """Whether the match lies within a long run of hexadecimal digits with letters in it."""
    around = text[max(0, match.start() - 64) : match.start() + 96]
    return any(
        match[1] in run.group() and not run.group().isdigit() for run in _HEX_RUN.finditer(around)
    )
