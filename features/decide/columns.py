"""Columns: the values of many rows, of which conditions are asked together.

    rows ──► each value in the least classes that the condition can tell apart ──► the different
    combinations ──► CEL answers each once, over values of a row that has it ──► rows

A million rows of flags and counts are some dozen combinations; what is continuous becomes
few classes where it is only compared with constants. Where it is more than compared, every
different combination is evaluated, 3 µs each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import cel
import numpy as np
import numpy.typing as npt

from features.decide.constants import Constant, constants
from features.formulas import Floats

if TYPE_CHECKING:  # a service asks one row at a time, and starts sooner without it
    import pyarrow as pa

Held = npt.NDArray[np.int8]
Codes = npt.NDArray[np.int64]
Values = Floats | npt.NDArray[np.object_]

#: Whether a condition holds for a row.
NO, YES, UNKNOWN = 0, 1, 2

#: What CEL raises where something that it needs is unknown.
NOT_TOLD = (RuntimeError, KeyError, TypeError, ValueError, ArithmeticError)

_MOST = 2**62


class _Coded(NamedTuple):
    """For each row the number of its value, and the values: float64 or texts, NaN if unknown."""

    codes: Codes
    values: Values


class Columns:
    """What conditions may read of ``rows`` rows, by name.

    A column is float64 of shape (rows,), NaN where unknown, or an Arrow array of texts, null
    where unknown. A name that has no column is unknown everywhere.
    """

    def __init__(self, values: Mapping[str, Floats | pa.Array], rows: int) -> None:
        self._values = dict(values)
        self._rows = rows
        self._coded: dict[str, _Coded] = {}
        self._answers: dict[str, Held] = {}

    def __len__(self) -> int:
        return self._rows

    def held(self, condition: str, program: Any) -> Held:
        """Whether a condition holds for each row; ``program`` is what CEL made of it."""
        if condition not in self._answers:
            self._answers[condition] = self._ask(condition, program)
        return self._answers[condition]

    def _ask(self, condition: str, program: Any) -> Held:
        compared = constants(condition)
        read = {name: self._code(name) for name in program.variables() if name in self._values}
        classes = []
        for name, (codes, values) in read.items():
            of_value, count = _classes(values, compared.get(name))
            classes.append((of_value[codes], count))
        first, combination = _combined(classes, self._rows)
        known = [values[codes[first]].tolist() for codes, values in read.values()]
        answers = np.empty(len(first), dtype=np.int8)
        for number, row in enumerate(zip(*known, strict=True) if known else [()] * len(first)):
            given = {n: value for n, value in zip(read, row, strict=True) if value == value}
            try:
                context = cel.Context(variables=given)
                answers[number] = YES if program.execute(context) is True else NO
            except NOT_TOLD:
                answers[number] = UNKNOWN
        held: Held = answers[combination]
        return held

    def _code(self, name: str) -> _Coded:
        if name not in self._coded:
            column = self._values[name]
            text = not isinstance(column, np.ndarray)
            self._coded[name] = _coded_texts(column) if text else _coded_numbers(column)
        return self._coded[name]


def _coded_texts(column: Any) -> _Coded:
    import pyarrow as pa

    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = whole.cast(pa.string()).dictionary_encode()
    values = np.array([*encoded.dictionary.to_pylist(), np.nan], dtype=object)
    codes = encoded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    return _Coded(codes.astype(np.int64), values)


def _coded_numbers(column: Floats) -> _Coded:
    """Told apart by their bits, so that 0 and -0 are two."""
    import pyarrow as pa

    bits = np.ascontiguousarray(column, dtype=np.float64).view(np.int64)
    encoded = pa.array(bits).dictionary_encode()
    values = encoded.dictionary.to_numpy(zero_copy_only=False).view(np.float64)
    return _Coded(encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64), values)


def _classes(values: Values, compared: tuple[Constant, ...] | None) -> tuple[Codes, int]:
    """For each value its class, and how many classes there are: all values, or those between
    and at constants, and unknown.
    """
    of_text = values.dtype == object
    if compared is None or isinstance(compared[0], str) != of_text:
        return np.arange(len(values)), len(values)
    last = 2 * len(compared) + 1
    if of_text:
        found = [
            last if value != value else bisect_left(compared, value) + bisect_right(compared, value)
            for value in values.tolist()
        ]
        return np.array(found, dtype=np.int64), last + 1
    below = np.searchsorted(compared, values, "left") + np.searchsorted(compared, values, "right")
    return np.where(np.isnan(values), last, below), last + 1


def _combined(classes: list[tuple[Codes, int]], rows: int) -> tuple[Codes, Codes]:
    """A row for each different combination, and for each row the number of its combination."""
    together, count = np.zeros(rows, dtype=np.int64), 1
    for of_row, classes_there in classes:
        if count * classes_there > _MOST:
            together = _numbered(together)
            count = int(together.max(initial=0)) + 1
        together = together * classes_there + of_row
        count *= classes_there
    combination = _numbered(together)
    first = np.empty(int(combination.max(initial=-1)) + 1, dtype=np.int64)
    first[combination[::-1]] = np.arange(rows)[::-1]
    return first, combination


def _numbered(together: Codes) -> Codes:
    """The same rows, the different values numbered from 0."""
    import pyarrow as pa

    indices = pa.array(together).dictionary_encode().indices
    numbered: Codes = indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbered
