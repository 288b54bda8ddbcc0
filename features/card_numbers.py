"""Card numbers are refused unseen: found in the raw text of a body before it is parsed.

A number counts when it has the length and prefix of a card scheme, passes the
Luhn check (ISO/IEC 7812-1, annex B) and stands in one piece or in the groups
that are printed on cards, whatever stands between the groups and in whatever
digits it is written. Long hexadecimal identifiers and decimal fractions are
left alone.

    text ──► runs of digits ──► rows of runs that look like a card ──► scheme? ──► check digit?

All of it in arrays: two or three hundred kilobytes of almost-numbers take milliseconds.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from features import plain_text
from features.plain_text import Letters

_Numbers = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

_SHORT_BODY = 4096
_WORTH_A_LOOK = re.compile(rb"[0-9]{4}(?:[0-9]{9}|[^0-9A-Za-z]{1,2}[0-9]{4})")
_LENGTHS = range(13, 20)
_SCHEMES = (  # first and last beginning, and the lengths
    ("4", "4", (13, 16, 19)),  # Visa
    ("51", "55", (16,)),  # Mastercard
    ("2221", "2720", (16,)),
    ("34", "34", (15,)),  # American Express
    ("37", "37", (15,)),
    ("300", "305", (14,)),  # Diners Club
    ("36", "36", (14,)),
    ("38", "38", (14,)),
    ("6011", "6011", (16,)),  # Discover
    ("644", "659", (16,)),
    ("3528", "3589", (16,)),  # JCB
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("50", "50", _LENGTHS),  # Maestro
    ("56", "69", _LENGTHS),
)
_DOUBLED = np.array((0, 2, 4, 6, 8, 1, 3, 5, 7, 9), np.uint8)
_HEX_RUN = 20  # digits in a row that make a hexadecimal identifier
_UUID = 36
_DASHES = (8, 13, 18, 23)


def _beginnings() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """For each four first digits, a bit for each length that some scheme gives them."""
    lengths = np.zeros(10_000, np.uint8)
    for first, last, allowed in _SCHEMES:
        bits = sum(1 << (length - _LENGTHS[0]) for length in allowed)
        lengths[int(first.ljust(4, "0")) : int(last.ljust(4, "9")) + 1] |= bits
    return lengths


_BEGINNINGS = _beginnings()


class _Runs(NamedTuple):
    """Runs of digits: where each begins and ends, and whether the next one belongs to it."""

    starts: _Numbers
    ends: _Numbers
    joins: _Flags


class _Rows(NamedTuple):
    """Rows of runs that may be card numbers: first run, how many runs, digits in all."""

    first: _Numbers
    runs: _Numbers
    digits: _Numbers


def holds_card_number(body: bytes) -> bool:
    r"""Whether a JSON body holds a card number anywhere, field names included.

    >>> holds_card_number(b'{"note": "4111 1111 1111 1111"}')
    True
    >>> holds_card_number(b'{"note": "\\u0034111111111111111"}')
    True
    >>> holds_card_number(b'{"fingerprint": "e4111111111111111f01", "ratio": 0.4111111111111111}')
    False
    """
    text = plain_text.plain(body)
    if len(text) < _SHORT_BODY and _WORTH_A_LOOK.search(text.data) is None:
        return False
    is_digit = text - ord("0") < 10
    runs = _runs(text, is_digit)
    rows = _rows(runs, _follow_a_point(text, is_digit, runs.starts))
    found = _are_card_numbers(text[is_digit] - ord("0"), runs, rows)
    if not found.any():
        return False
    start, last = rows.first[found], (rows.first + rows.runs - 1)[found]
    return not _in_hexadecimal(text, is_digit, runs.starts[start], runs.ends[last]).all()


def is_card_number(digits: str) -> bool:
    """Whether digits are a card number."""
    if len(digits) not in _LENGTHS:
        return False
    if not _BEGINNINGS[int(digits[:4])] >> (len(digits) - _LENGTHS[0]) & 1:
        return False
    reverse = [int(digit) for digit in reversed(digits)]
    return (sum(reverse[::2]) + sum(int(_DOUBLED[digit]) for digit in reverse[1::2])) % 10 == 0


def _runs(text: Letters, is_digit: _Flags) -> _Runs:
    """Runs join over one or two characters that are no letters."""
    steps = np.diff(is_digit.view(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    joins = np.zeros(len(starts), bool)
    between = starts[1:] - ends[:-1]
    first, last = text[ends[:-1]], text[starts[1:] - 1]
    joins[:-1] = (between <= 2) & ~_is_letter(first) & ~_is_letter(last)
    return _Runs(starts, ends, joins)


def _is_letter(text: Letters) -> _Flags:
    is_letter: _Flags = (text | 0x20) - ord("a") < 26
    return is_letter


def _follow_a_point(text: Letters, is_digit: _Flags, starts: _Numbers) -> _Flags:
    """Which runs are the decimals of a number."""
    follow: _Flags = (starts >= 2) & (text[starts - 1] == ord(".")) & is_digit[starts - 2]
    return follow


def _rows(runs: _Runs, decimals: _Flags) -> _Rows:
    """Rows in one piece or grouped 4-4-4-x, 4-4-4-4-x, 4-6-x or 4-12.

    A check digit or a month may stand behind: the row without its last run is one, too.
    """
    count = len(runs.starts)
    size = np.zeros((5, count), np.int64)
    joins = np.zeros((5, count), bool)
    for ahead in range(min(5, count)):
        size[ahead, : count - ahead] = (runs.ends - runs.starts)[ahead:]
        joins[ahead, : count - ahead] = runs.joins[ahead:]
    four = (size[0] == 4) & joins[0] & ~decimals
    fours = four & (size[1] == 4) & joins[1] & (size[2] == 4) & joins[2]
    fours &= (size[3] >= 1) & (size[3] <= 4)
    forms = (
        (1, (size[0] >= _LENGTHS[0]) & (size[0] <= _LENGTHS[-1]) & ~decimals),
        (2, four & (size[1] == 12)),
        (3, four & (size[1] == 6) & joins[1] & (size[2] >= 4) & (size[2] <= 5)),
        (4, fours),
        (5, fours & joins[3] & (size[4] >= 1) & (size[4] <= 3)),
    )
    found = [(np.flatnonzero(fits), how_many) for how_many, fits in forms]
    return _Rows(
        np.concatenate([first for first, _ in found]),
        np.concatenate([np.full(len(first), how_many) for first, how_many in found]),
        np.concatenate([size[:how_many, first].sum(axis=0) for first, how_many in found]),
    )


def _are_card_numbers(digits: Letters, runs: _Runs, rows: _Rows) -> _Flags:
    """Which rows have a scheme and the right check digit. ``digits`` are those of all runs."""
    before = np.concatenate(([0], (runs.ends - runs.starts).cumsum()))
    start = before[rows.first]
    end = start + rows.digits
    beginning = digits[start[:, None] + range(4)] @ np.array((1000, 100, 10, 1))
    found: _Flags = _BEGINNINGS[beginning] >> (rows.digits - _LENGTHS[0]) & 1 == 1
    found &= _luhn_sums(digits, start, end) % 10 == 0
    return found


def _luhn_sums(digits: Letters, start: _Numbers, end: _Numbers) -> _Numbers:
    """The sum of the digits of each row, every other one doubled, beginning with its last but one.

    Running sums over all digits: in one of them those at even places are doubled, in the
    other one those at odd places.
    """
    even, odd = digits.copy(), digits.copy()
    even[::2], odd[1::2] = _DOUBLED[digits[::2]], _DOUBLED[digits[1::2]]
    sums: _Numbers = np.zeros((2, len(digits) + 1), np.int32)
    even.cumsum(out=sums[0, 1:])
    odd.cumsum(out=sums[1, 1:])
    which = end % 2
    sum_of_row: _Numbers = sums[which, end] - sums[which, start]
    return sum_of_row


def _in_hexadecimal(text: Letters, is_digit: _Flags, start: _Numbers, end: _Numbers) -> _Flags:
    """Which places lie within a long hexadecimal run, or a UUID, with letters in it."""
    is_hex = is_digit | ((text | 0x20) - ord("a") < 6)
    steps = np.diff(is_hex.view(np.int8), prepend=0, append=0)
    firsts, lasts = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    around = firsts.searchsorted(start, "right") - 1
    long: _Flags = (end <= lasts[around]) & (lasts[around] - firsts[around] >= _HEX_RUN)
    return long if long.all() else long | _in_uuid(text, is_digit, is_hex, start, end)


def _running(flags: _Flags) -> _Numbers:
    """How many are true before each place, and in all."""
    sums: _Numbers = np.zeros(len(flags) + 1, np.int32)
    flags.cumsum(out=sums[1:])
    return sums


def _in_uuid(
    text: Letters, is_digit: _Flags, is_hex: _Flags, start: _Numbers, end: _Numbers
) -> _Flags:
    places = max(len(text) - _UUID + 1, 0)
    if not places:
        return np.zeros(len(start), bool)
    before = _running(is_hex)
    numeric = _running(is_digit)
    begins = before[_UUID:] - before[:places] == _UUID - len(_DASHES)
    begins &= numeric[_UUID:] - numeric[:places] < _UUID - len(_DASHES)
    for dash in _DASHES:
        begins &= text[dash : dash + places] == ord("-")
    count = _running(begins)
    within: _Flags = count[np.minimum(start + 1, places)] > count[np.clip(end - _UUID, 0, places)]
    return within
