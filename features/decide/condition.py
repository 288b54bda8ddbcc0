"""Conditions: what is wrong with one, and what to write instead.

words ──► every name known? compared with what it can be?
CEL ────► asked of one value of each class that it tells apart: does it always say yes or no,
          never the same, and never fail?
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import pairwise
from math import prod
from typing import Any

import cel

from features.decide.columns import NOT_TOLD
from features.decide.constants import Constant, comparisons, constants
from features.decide.names import Name

Names = Mapping[str, Mapping[str, Name]]
Values = Sequence[float | str]

#: Combinations that are asked to see whether a condition works, and whether it says anything.
_SOME, _MOST = 128, 4096
_LONGEST = 2_000
#: Nested, they would take for ever.
_LOOP = re.compile(r"\.\s*(all|exists|exists_one|existsOne|map|filter)\s*\(")
_SOME_NUMBERS = (1.0, 0.0, -1.0, 1000.0)
_SOME_TEXTS = ("x", "")
_SYNTAX = re.compile(r"<input>:\d+:(\d+): (?:Syntax error: )?(.*)")
_NO_FUNCTION = re.compile(r"Undefined variable or function: '([^']*)'")
_TRUTH = re.compile(r"(\w+)\s*[=!]=\s*(true|false)\b|\b(true|false)\s*[=!]=\s*(\w+)")


def faults(when: str, moments: Collection[str], names: Names) -> Iterator[str]:
    """Why a condition cannot work at some of the ``moments``."""
    if len(when) > _LONGEST:  # CEL itself panics over what is very long
        yield f"is longer than {_LONGEST:,} characters: make several policies of it"
        return
    if loop := _LOOP.search(when):
        yield f"loops with {loop[1]}: a condition is asked of one event, so compare its values"
        return
    try:
        program = cel.compile(when)
    except ValueError as error:
        yield f"cannot be read: {_syntax(str(error))}"
        return
    told = set()
    for moment in moments:
        for fault in _at(when, program, moment, names):
            if fault not in told:
                told.add(fault)
                yield fault


def follies(when: str, moments: Collection[str], names: Names, unknown: str) -> Iterator[str]:
    """Why a condition that works says nothing; ``unknown`` is what that means for its policy."""
    told = set()
    program = cel.compile(when)
    for moment in moments:
        for folly in _vain(when, program, moment, names[moment], unknown):
            if folly not in told:
                told.add(folly)
                yield folly


def nearest(name: str, known: Collection[str]) -> str:
    """The name that may have been meant, as a question; empty if there is none."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def listed(words: Collection[str], last: str = "or") -> str:
    """Words in a sentence: ``a, b or c``."""
    *others, end = words
    return f"{', '.join(others)} {last} {end}" if others else str(end)


def _syntax(error: str) -> str:
    found = _SYNTAX.search(error)
    if found is None:
        return error.splitlines()[0]
    if "'<EOF>'" in found[2]:
        return "it ends too early"
    return f"{found[2].split(' expecting {')[0]}, at character {found[1]}"


def _at(when: str, program: Any, moment: str, names: Names) -> Iterator[str]:
    known = names[moment]
    strange = [name for name in program.variables() if name not in known]
    yield from (_strange(name, moment, names) for name in strange)
    mixed = [] if strange else list(_mixed(when, known))
    yield from mixed
    if not strange and not mixed:
        yield from _failing(when, program, known)


def _strange(name: str, moment: str, names: Names) -> str:
    elsewhere = [other for other, known in names.items() if name in known]
    if elsewhere:
        return (
            f"{name} is not known at {moment}, only at {listed(elsewhere, 'and')}: "
            f"take {moment} out of the moments, or ask something else there"
        )
    near = nearest(name, names[moment])
    return f"{name} is not known at {moment}: {near or 'docs/signals.md lists the names'}"


def _mixed(when: str, known: Mapping[str, Name]) -> Iterator[str]:
    """What is compared although it is of two types, which is never equal."""
    for left, truth, other, right in _TRUTH.findall(when):
        if (left or right) in known:
            number = int((truth or other) == "true")
            yield f"{left or right} cannot be compared with {truth or other}: write {number}"
    for name, _, compared in comparisons(when):
        of_text = known[name].type is str if name in known else None
        for constant in compared:
            if of_text is True and not isinstance(constant, str):
                yield (
                    f"{name} is a text and cannot be compared with the number {constant:g}: "
                    f'write "{constant:g}" in quotes'
                )
            elif of_text is False and isinstance(constant, str):
                yield (
                    f"{name} is a number and cannot be compared with a text: "
                    "write a number without quotes"
                )


def _failing(when: str, program: Any, known: Mapping[str, Name]) -> Iterator[str]:
    results, _ = _results(when, program, known, _SOME)
    may_divide_by_zero = "/" in when and not all(isinstance(one, Exception) for one in results)
    for result in results:
        if isinstance(result, bool):
            continue
        if isinstance(result, RuntimeError | TypeError) and not may_divide_by_zero:
            function = _NO_FUNCTION.search(str(result))
            yield (
                f"{function[1]} is no function of CEL: write a comparison such as mfa_done == 0"
                if function
                else "what is here cannot be compared or counted together: texts stand in quotes, "
                "and numbers are decimal, so write 2.0 instead of 2 in sums and products"
            )
            return
        if not isinstance(result, Exception):
            yield (
                f"gives {'a text' if isinstance(result, str) else 'a value'} where it must be "
                "true or false: write a comparison such as mfa_done == 0"
            )
            return


def _vain(
    when: str, program: Any, moment: str, known: Mapping[str, Name], unknown: str
) -> Iterator[str]:
    never = list(_never(when, known))
    yield from never
    results, all_there_are = _results(when, program, known, _MOST)
    if never or not all_there_are or any(isinstance(one, Exception) for one in results):
        return
    if all(results):
        yield f"holds always at {moment}, whatever is asked: compare it with something"
    elif not any(results) and unknown == "ignore":
        yield f"can never hold at {moment}: two of its parts exclude each other"


def _never(when: str, known: Mapping[str, Name]) -> Iterator[str]:
    """Values that are asked for and that there are not."""
    for name, sign, compared in comparisons(when):
        values = known[name].values if name in known else None
        for constant in compared:
            if values is None or constant in values or sign not in ("==", "!=", "in"):
                continue
            texts = [str(int(one)) if isinstance(one, float) else one for one in values]
            sent = constant if isinstance(constant, str) else f"{constant:g}"
            near = nearest(sent, texts)
            yield f"{name} is never {sent}: {near or f'it is {listed(texts)}'}"


def _results(
    when: str, program: Any, known: Mapping[str, Name], most: int
) -> tuple[list[Any], bool]:
    """What comes out for combinations of classes of values, and whether those are all."""
    compared = constants(when)
    used = [name for name in program.variables() if name in known]
    values, all_there_are = [], set(used) == set(program.variables())
    for name in used:
        some = _classes(known[name], compared.get(name))
        all_there_are &= some is not None
        values.append(some or (_SOME_TEXTS if known[name].type is str else _SOME_NUMBERS))
    every = prod(map(len, values))
    asked = min(every, most)
    results = [
        _result(program, dict(zip(used, _combination(values, n * every // asked), strict=True)))
        for n in range(asked)
    ]
    return results, all_there_are and asked == every


def _combination(values: Sequence[Values], number: int) -> Iterator[float | str]:
    """One value of each, by the number of their combination."""
    for some in values:
        number, place = divmod(number, len(some))
        yield some[place]


def _result(program: Any, values: dict[str, float | str]) -> Any:
    try:
        return program.execute(cel.Context(variables=values))
    except NOT_TOLD as error:
        return error


def _classes(name: Name, compared: tuple[Constant, ...] | None) -> Values | None:
    """One value of each class; None where they cannot be told."""
    if name.values is not None:
        return name.values
    if compared is None:
        return None
    texts = [one for one in compared if isinstance(one, str)]
    if texts:
        return [*texts, "".join(texts) + "?"]
    numbers = [one for one in compared if not isinstance(one, str)]
    between = [(one + other) / 2 for one, other in pairwise(numbers)]
    return [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]
