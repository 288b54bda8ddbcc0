"""Formulas: floats made from the integers of the engines, in NumPy, once for all engines.

Each takes float64 columns of shape (rows, inputs), NaN where unknown, and returns float64
of shape (rows,). SQL engines and Python differ in the last bits of a division; so none of
them divides.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
_NO_MEANING = (
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
)  # fmt: skip


@dataclass(frozen=True)
class Formula:
    """A function over columns, with its parameters; ``rows`` folds the first inputs.

    With ``rows = (n, fields)`` the function gets the newest n rows, shape (rows, n, fields),
    and then what is left of the inputs.
    """

    function: Callable[..., Floats]
    parameters: tuple[tuple[str, float], ...] = ()
    rows: tuple[int, int] | None = None

    def __call__(self, inputs: Floats) -> Floats:
        inputs = np.ascontiguousarray(inputs)  # or sums along rows differ in the last bits
        if self.rows is None:
            return self.function(inputs, **self._given)
        held = self.rows[0] * self.rows[1]
        recent = inputs[:, :held].reshape(len(inputs), *self.rows)
        return self.function(recent, inputs[:, held:], **self._given)

    @cached_property
    def _given(self) -> dict[str, float]:
        return dict(self.parameters)

    @property
    def definition(self) -> tuple[object, ...]:
        """What decides its values, the function's own text included."""
        return (self.function.__name__, _text_digest(self.function), self.parameters, self.rows)


@cache
def _text_digest(function: Callable[..., Floats]) -> str:
    """Digest of a function's words; layout, comments and docstring do not count."""
    lines = io.StringIO(inspect.getsource(function)).readline
    words = [
        word.string for word in tokenize.generate_tokens(lines) if word.type not in _NO_MEANING
    ]
    if function.__doc__:
        words = [word for word in words if not word.startswith(('"""', 'r"""'))]
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def median(values: Floats) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Median of each row of what is known in it, and how much that is; unknown where nothing."""
    ordered = np.sort(values, axis=1)  # what is unknown goes last
    count = values.shape[1] - np.isnan(values).sum(axis=1)
    rows = np.arange(len(values))
    lower, upper = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    middle: Floats = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return middle, count


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """First over second; unknown where the second is not above zero."""
    quotient: Floats = np.full(len(numerator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=denominator > 0)
    return quotient
