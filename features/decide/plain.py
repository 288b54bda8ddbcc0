"""Plain conditions: comparisons with constants, joined by ``&&`` and ``||``, and nothing else.

    amount >= 5000 && country in ["BE", "NL"] || seats > 10

Most conditions are such. Asked in Python they cost a quarter of a microsecond each, and CEL
need not be given all values first, which costs more than thirty of its conditions. Whatever
else stands in a condition is CEL's: a test asks both the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from features.decide.constants import Comparison, comparisons, split
from features.decide.names import Name

#: Asks for values by name and says whether the condition holds; None where that is unknown.
Plain = Callable[[Callable[[str], Any]], bool | None]
_Term = tuple[str, Callable[[Any, Any], bool], Any]
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lt, "<=": le, ">": gt, ">=": ge, "==": eq, "!=": ne,
}  # fmt: skip
_EXACT = 2.0**53  # whole numbers up to here are the same as floats


def plain(condition: str, names: Mapping[str, Name]) -> Plain | None:
    """What asks a condition; None where only CEL can."""
    alternatives = []
    for alternative in split(condition, "||"):
        terms = [_term(one, names) for one in split(alternative, "&&")]
        known = tuple(term for term in terms if term is not None)
        if not known or len(known) < len(terms):
            return None
        alternatives.append(known)
    return _any(tuple(alternatives)) if alternatives else None


def _term(text: str, names: Mapping[str, Name]) -> _Term | None:
    found = comparisons(text)
    if len(found) != 1 or not _is_all(text, found[0]):
        return None
    name, sign, constants = found[0]
    if name not in names or {type(one) for one in constants} != {names[name].type}:
        return None
    if any(isinstance(one, float) and abs(one) > _EXACT for one in constants):
        return None
    if sign == "in":
        return name, _is_one_of, constants
    return name, _TESTS[sign], constants[0]


def _is_all(text: str, comparison: Comparison) -> bool:
    """Whether a comparison is the whole of a term: no brackets around it, nothing negated."""
    allowed = "[],-" if comparison.sign == "in" else "-"
    signs = [word for word in split(text) if not (word[0].isalnum() or word[0] in "_.\"'")]
    return all(sign in allowed or sign in _TESTS for sign in signs)


def _is_one_of(value: Any, constants: tuple[Any, ...]) -> bool:
    return value in constants


def _any(alternatives: tuple[tuple[_Term, ...], ...]) -> Plain:
    def holds(said: Callable[[str], Any]) -> bool | None:
        told: bool | None = False
        for terms in alternatives:
            all_hold: bool | None = True
            for name, test, limit in terms:
                value = said(name)
                if value is None:
                    all_hold = None
                elif not test(value, limit):
                    break
            else:
                if all_hold:
                    return True
                told = None
        return told

    return holds
