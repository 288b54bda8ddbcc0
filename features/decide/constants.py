"""Constants: what a condition compares a name with, where it does nothing else with it.

    amount >= 5000 && country in ["BE", "NL"]     amount: 5000     country: "BE", "NL"
    amount / seats > 100                          neither: what is divided matters whole

To such a condition all values between two neighbouring constants are one. Only what is surely
such a comparison is taken for one; the words of a condition are looked at, never its meaning.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Constant = float | str

_WORD = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w.]))
      | (?P<text>"[^"\n]*"|'[^'\n]*')
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||[<>=!]=|[-+*/%?:.,<>!()\[\]{}])""",
    re.VERBOSE,
)
_COMPARE = frozenset(("<", "<=", ">", ">=", "==", "!="))
#: What may stand before and behind a comparison, so that it is one and no part of another.
_BEFORE = frozenset(("", "(", "[", ",", "?", ":", "&&", "||"))
_BEHIND = frozenset(("", ")", "]", ",", "?", ":", "&&", "||"))
_TURNED = str.maketrans("<>", "><")
_NO_NAMES = frozenset(("in", "true", "false", "null"))
#: Where these stand, a text may hide words or words may be none: nothing is concluded.
_UNCLEAR = ("//", "\\", "'''", '"""')


class _Word(NamedTuple):
    kind: str
    text: str


_END = _Word("end", "")


def constants(condition: str) -> dict[str, tuple[Constant, ...]]:
    """Names that are only compared with constants, with those constants in order.

    >>> constants('amount >= 5000 && (country in ["NL", "BE"] || 10 > amount)')
    {'amount': (10.0, 5000.0), 'country': ('BE', 'NL')}
    >>> constants("amount / seats > 100 || seats == 1")
    {}
    """
    found: dict[str, set[Constant]] = {}
    whole: set[str] = set()
    for name, _, compared in comparisons(condition):
        if compared:
            found.setdefault(name, set()).update(compared)
        else:
            whole.add(name)
    return {
        name: tuple(sorted(values))
        for name, values in found.items()
        if name not in whole and len({type(value) for value in values}) == 1
    }


class Comparison(NamedTuple):
    """A name at one place of a condition, and what it is compared with there.

    ``sign`` is that between them, with the name on the left, and empty where there are no
    ``constants``, for then the name is more than compared.
    """

    name: str
    sign: str
    constants: tuple[Constant, ...]


def comparisons(condition: str) -> list[Comparison]:
    """Every place of a name, from left to right.

    >>> comparisons('3 < seats && seats > amount')[0]
    Comparison(name='seats', sign='>', constants=(3.0,))
    """
    words = [_END, *_words(condition), _END]
    return [
        Comparison(word.text, _sign(words, place) if compared else "", tuple(compared))
        for place, word in enumerate(words)
        if word.kind == "name" and word.text not in _NO_NAMES
        for compared in [_compared(words, place)]
    ]


def split(condition: str, sign: str = "") -> list[str]:
    """The parts of a condition between a sign, or all its words; none where it is unclear.

    >>> split('seats > 1 && country == "a && b"', "&&")
    ['seats > 1', 'country == "a && b"']
    """
    parts: list[list[str]] = [[]]
    for word in _words(condition):
        if not sign or word.text == sign:
            parts.append([])
        if word.text != sign:
            parts[-1].append(word.text)
    return [" ".join(part) for part in parts if part]


def _sign(words: list[_Word], place: int) -> str:
    behind = words[place + 1].text
    if behind in _COMPARE or behind == "in":
        return behind
    before = words[place - 1].text
    return before.translate(_TURNED)


def _words(condition: str) -> list[_Word]:
    if any(one in condition for one in _UNCLEAR):
        return []
    words, place = [], 0
    while place < len(condition):
        match = _WORD.match(condition, place)
        if match is None:
            return []
        if match.lastgroup != "space":
            words.append(_Word(str(match.lastgroup), match.group()))
        place = match.end()
    return words


def _compared(words: list[_Word], place: int) -> list[Constant]:
    """The constants that the name at a place is compared with; none where it is not so plain."""
    behind = words[place + 1].text
    if behind in _COMPARE:
        start, end = place, place + 2
        constant, end = _constant(words, end)
        taken = [constant]
    elif behind == "in":
        start = place
        taken, end = _listed(words, place + 2)
    elif words[place - 1].text in _COMPARE:
        start = place - 2 - (words[place - 3].text == "-")
        constant, end = _constant(words, start)
        taken, end = [constant] if end == place - 1 else [None], place + 1
    else:
        return []
    clear = words[start - 1].text in _BEFORE and words[end].text in _BEHIND
    known = [one for one in taken if one is not None]
    return known if clear and len(known) == len(taken) else []


def _constant(words: list[_Word], place: int) -> tuple[Constant | None, int]:
    """The constant that begins at a place, and the place behind it."""
    sign = -1.0 if words[place].text == "-" else 1.0
    number = place + (sign < 0.0)
    if number < len(words) and words[number].kind == "number":
        return sign * float(words[number].text), number + 1
    if words[place].kind == "text":
        return words[place].text[1:-1], place + 1
    return None, place


def _listed(words: list[_Word], place: int) -> tuple[list[Constant | None], int]:
    """The constants of a list, ``[1, 2]``, and the place behind it."""
    taken: list[Constant | None] = []
    if words[place].text != "[":
        return [None], place
    while words[place].text in ("[", ","):
        constant, place = _constant(words, place + 1)
        taken.append(constant)
    return (taken, place + 1) if words[place].text == "]" else ([None], place)
