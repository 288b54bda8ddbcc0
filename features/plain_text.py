r"""Plain text: a JSON text with its escapes undone, letter for letter in ASCII, to search in.

Full-width and mathematical digits, `\u0034` for 4, a soft hyphen amid a number: all become digits.
Everything happens in arrays, a letter by itself: composing letters takes quadratic time, and
what comes in has every right to be the worst that there is.
"""

from __future__ import annotations

import sys
import unicodedata
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

#: Letters, one number each: ASCII, or `OTHER` for one that has no counterpart there.
Letters = np.ndarray[tuple[int], np.dtype[np.uint8]]
_Points = np.ndarray[tuple[int], np.dtype[np.uint32]]
_Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

OTHER = 0x80
_BACKSLASH, _LETTER_U = ord("\\"), ord("u")
_SHORT = {ord(letter): ord(" ") for letter in "tnrbf"}
#: Where letters are that become something: not among the ideographs and what is kept private.
_SEARCHED = (
    range(0x80, 0x3400),
    range(0xA000, 0xAC00),
    range(0xFB00, 0x20000),
    range(0xE0000, 0xE0200),
)
_UNSEEN = frozenset(("Cf", "Mn", "Me"))  # joiners, and marks that stand on other letters


class _Becomes(NamedTuple):
    """What each code point becomes: ``width`` letters from ``at`` on in ``letters``."""

    width: np.ndarray[tuple[int], np.dtype[np.uint8]]
    at: np.ndarray[tuple[int], np.dtype[np.uint16]]
    letters: Letters


def plain(body: bytes) -> Letters:
    r"""The letters of a text; what is not UTF-8 is other.

    >>> plain(r'"\u0034é ㊶"'.encode()).tobytes()
    b'"4\x80 41"'
    """
    if body.isascii() and b"\\" not in body:
        return np.frombuffer(body, np.uint8)
    text = body.decode("utf-8", "replace")
    points: _Points = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    if b"\\" in body:
        points = _unescaped(points)
    if points.max(initial=0) < OTHER:
        return points.astype(np.uint8)
    return _in_ascii(points)


def prepare() -> None:
    """Does now what the first text would wait for."""
    _becomes()


def _unescaped(points: _Points) -> _Points:
    """Escapes undone: an escape begins at every other backslash of a row of them."""
    backslashes = np.flatnonzero(points[:-1] == _BACKSLASH)
    if not backslashes.size:
        return points
    rank = np.arange(backslashes.size)
    follows = np.zeros(backslashes.size, bool)
    follows[1:] = backslashes[1:] - backslashes[:-1] == 1
    first_of_row = np.maximum.accumulate(np.where(follows, 0, rank))
    escapes = backslashes[(rank - first_of_row) % 2 == 0]
    said, stays = points.copy(), np.ones(points.size, bool)
    after = points[escapes + 1]
    for letter, becomes in _SHORT.items():
        said[escapes[after == letter] + 1] = becomes
    stays[escapes] = False
    coded = escapes[(after == _LETTER_U) & (escapes + 5 < points.size)]
    digits = _HEXADECIMAL[np.minimum(points[coded[:, None] + range(2, 6)], OTHER)]
    whole = (digits >= 0).all(axis=1)
    coded, digits = coded[whole], digits[whole]
    said[coded + 1] = digits @ (4096, 256, 16, 1)
    stays[coded[:, None] + range(2, 6)] = False
    return _joined(said[stays])


def _joined(points: _Points) -> _Points:
    """Halves of letters that follow each other become one."""
    pairs = np.flatnonzero((points[:-1] >> 10 == 0xD800 >> 10) & (points[1:] >> 10 == 0xDC00 >> 10))
    if not pairs.size:
        return points
    points[pairs] = 0x10000 + ((points[pairs] & 0x3FF) << 10) + (points[pairs + 1] & 0x3FF)
    return np.delete(points, pairs + 1)


def _in_ascii(points: _Points) -> Letters:
    becomes = _becomes()
    width, at = becomes.width[points], becomes.at[points]
    if width.min() == width.max() == 1:
        return becomes.letters[at]
    ends = width.cumsum(dtype=np.int32)
    shift = at - (ends - width)
    places = np.repeat(shift, width) + np.arange(ends[-1], dtype=np.int32)
    letters: Letters = becomes.letters[places]
    return letters


@cache
def _becomes() -> _Becomes:
    """Decimals become digits, what is not seen by itself nothing, variants what they vary."""
    width = np.ones(sys.maxunicode + 1, np.uint8)
    at = np.full(sys.maxunicode + 1, OTHER, np.uint16)
    at[:OTHER] = np.arange(OTHER)
    letters = bytearray(range(OTHER + 1))
    known = {bytes([letter]): letter for letter in letters}
    for point in chain.from_iterable(_SEARCHED):
        simple = _simple(chr(point))
        if simple is not None:
            if simple not in known:
                known[simple] = len(letters)
                letters += simple
            width[point], at[point] = len(simple), known[simple]
    return _Becomes(width, at, np.frombuffer(bytes(letters), np.uint8))


def _simple(letter: str) -> bytes | None:
    """What a letter becomes; None for other."""
    if letter.isascii():
        return letter.encode()
    if letter.isdecimal():
        return b"%d" % unicodedata.decimal(letter)
    if unicodedata.category(letter) in _UNSEEN:
        return b""
    if not unicodedata.decomposition(letter):
        return None
    simple = unicodedata.normalize("NFKC", letter)
    if simple.isascii() or any(one.isdecimal() for one in simple):
        return b"".join(_simple(one) or b"\x80" for one in simple)
    return None


def _hexadecimal() -> np.ndarray[Any, np.dtype[np.int32]]:
    values = np.full(OTHER + 1, -1, np.int32)
    for letter in "0123456789abcdefABCDEF":
        values[ord(letter)] = int(letter, 16)
    return values


_HEXADECIMAL = _hexadecimal()
