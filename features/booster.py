"""A booster in memory, predicted through LightGBM's C interface.

The library is opened by itself: importing the `lightgbm` package would bring
scikit-learn, SciPy and seconds of start-up. A row costs about 4 µs. Model text
is unsafe input to this library: see `features.trial`.
"""

from __future__ import annotations

import ctypes
import importlib.util
import weakref
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FLOAT64 = 1
_RAW_SCORE = 1
_CONTRIBUTIONS = 3
_ONE_THREAD = b"num_threads=1"
_DOUBLES = ctypes.POINTER(ctypes.c_double)


class BoosterError(Exception):
    """The library refused; the message is its own."""


@cache
def _libraries() -> tuple[ctypes.CDLL, ctypes.PyDLL]:
    """The library twice: letting other threads run during a call, and not (for short calls)."""
    package = importlib.util.find_spec("lightgbm")
    folders = package.submodule_search_locations if package is not None else None
    for folder in folders or ():
        for name in ("lib/lib_lightgbm.so", "lib/lib_lightgbm.dylib", "bin/lib_lightgbm.dll"):
            path = Path(folder) / name
            if path.exists():
                library = ctypes.CDLL(str(path))
                library.LGBM_GetLastError.restype = ctypes.c_char_p
                return library, ctypes.PyDLL(str(path))
    raise BoosterError("LightGBM is not installed")


def _call(name: str, *arguments: object) -> None:
    library, _ = _libraries()
    if getattr(library, name)(*arguments) != 0:
        raise BoosterError(library.LGBM_GetLastError().decode("utf-8", "replace"))


class Booster:
    """One model, one output, raw margins. Not for several threads at once."""

    def __init__(self, text: bytes) -> None:
        self._handle = ctypes.c_void_p()
        self._fast, self._explaining = ctypes.c_void_p(), ctypes.c_void_p()
        iterations = ctypes.c_int()
        _call(
            "LGBM_BoosterLoadModelFromString",
            ctypes.c_char_p(text),
            ctypes.byref(iterations),
            ctypes.byref(self._handle),
        )
        self._close = weakref.finalize(self, _free, self._handle, self._fast, self._explaining)
        columns, classes = ctypes.c_int(), ctypes.c_int()
        _call("LGBM_BoosterGetNumFeature", self._handle, ctypes.byref(columns))
        _call("LGBM_BoosterGetNumClasses", self._handle, ctypes.byref(classes))
        if classes.value != 1:
            raise BoosterError("the model has more than one output")
        self.columns = columns.value
        self._row = np.empty(self.columns)
        self._margin = ctypes.c_double()
        self._contributions = np.empty(self.columns + 1)
        self._predict = _libraries()[1].LGBM_BoosterPredictForMatSingleRowFast
        self._arguments = self._prepare(_RAW_SCORE, self._fast, ctypes.byref(self._margin))
        self._explained = self._prepare(
            _CONTRIBUTIONS, self._explaining, self._contributions.ctypes.data_as(ctypes.c_void_p)
        )

    def _prepare(self, what: int, fast: ctypes.c_void_p, result: object) -> tuple[object, ...]:
        """The arguments of a call for one row that wants the margin or the contributions."""
        _call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._handle,
            ctypes.c_int(what),
            ctypes.c_int(0),
            ctypes.c_int(-1),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.columns),
            ctypes.c_char_p(_ONE_THREAD),
            ctypes.byref(fast),
        )
        row = self._row.ctypes.data_as(ctypes.c_void_p)
        return fast, row, ctypes.byref(ctypes.c_int64()), result

    def margin(self, row: Floats) -> float:
        """The raw margin of one row of ``columns`` values."""
        self._row[:] = row
        if self._predict(*self._arguments) != 0:
            raise BoosterError("the row could not be predicted")
        return self._margin.value

    def contributions(self, row: Floats) -> Floats:
        """What each column adds to the margin of one row, and last what every row starts from.

        Shape (``columns`` + 1,); they sum to the margin but for rounding.
        """
        self._row[:] = row
        if self._predict(*self._explained) != 0:
            raise BoosterError("the row could not be explained")
        return self._contributions.copy()

    def margins(self, matrix: Floats, threads: int = 0) -> Floats:
        """Raw margins of many rows; ``threads`` 0 means all cores."""
        matrix = np.ascontiguousarray(matrix, dtype=np.float64)
        if matrix.ndim != 2 or matrix.shape[1] != self.columns:
            raise ValueError(f"the matrix needs {self.columns} columns")
        margins = np.empty(len(matrix))
        if not len(matrix):
            return margins
        length = ctypes.c_int64()
        _call(
            "LGBM_BoosterPredictForMat",
            self._handle,
            matrix.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(matrix.shape[0]),
            ctypes.c_int32(matrix.shape[1]),
            ctypes.c_int(1),
            ctypes.c_int(_RAW_SCORE),
            ctypes.c_int(0),
            ctypes.c_int(-1),
            ctypes.c_char_p(f"num_threads={threads}".encode() if threads else b""),
            ctypes.byref(length),
            margins.ctypes.data_as(_DOUBLES),
        )
        return margins

    def close(self) -> None:
        """Frees the model; again does nothing."""
        self._close()


def _free(handle: ctypes.c_void_p, *prepared: ctypes.c_void_p) -> None:
    library, _ = _libraries()
    for fast in prepared:
        if fast.value is not None:
            library.LGBM_FastConfigFree(fast)
    library.LGBM_BoosterFree(handle)
