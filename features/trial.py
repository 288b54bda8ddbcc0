"""The trial of a model: a process of its own loads it and scores its golden rows first.

A damaged model text can abort, crash or hang the library that reads it. Here
that ends a child, and whoever asked goes on with the model there is. The child
needs NumPy and LightGBM's library only, so it takes a fraction of a second.

    caller ──► one line of JSON, model text ──► child ──► exit code 0, or a sentence and 1
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from features.booster import Booster, BoosterError

_ROOT = Path(__file__).parent.parent
_REFUSED = 1

Row = Sequence[float | None]


class TrialFailed(Exception):
    """Why a model was not let in."""


def stand(model: bytes, rows: Sequence[Row], margins: Sequence[float], seconds: float) -> None:
    """Returns if a child gives exactly ``margins`` for ``rows`` and can explain them.

    Raises `TrialFailed`.
    """
    head = json.dumps({"rows": rows, "margins": margins, "seconds": int(seconds) + 1})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "features.trial"],
            input=head.encode() + b"\n" + model,
            capture_output=True,
            cwd=_ROOT,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TrialFailed(f"it did not answer within {seconds:g} seconds") from None
    if done.returncode == _REFUSED:
        sentences = done.stdout.decode("utf-8", "replace").strip().splitlines()
        raise TrialFailed(sentences[-1] if sentences else "it could not be loaded")
    if done.returncode != 0:
        raise TrialFailed(f"it ended the process that loaded it (code {done.returncode})")


def check(model: bytes, rows: Sequence[Row], margins: Sequence[float]) -> None:
    """Loads and scores here; to be called in the child only. Raises `TrialFailed`."""
    try:
        booster = Booster(model)
    except BoosterError as error:
        raise TrialFailed(f"it could not be loaded: {error}") from None
    matrix = np.array(rows, dtype=np.float64)  # null is NaN
    if matrix.ndim != 2 or matrix.shape[1] != booster.columns:
        raise TrialFailed(f"it has {booster.columns} columns and its golden rows do not")
    bulk = booster.margins(matrix, threads=1)
    for number, expected in enumerate(margins):
        if booster.margin(matrix[number]) != expected or bulk[number] != expected:
            raise TrialFailed(f"it does not give the margin of its golden row {number + 1}")
        explained = float(booster.contributions(matrix[number]).sum())
        if not math.isclose(explained, expected, rel_tol=1e-6, abs_tol=1e-6):
            raise TrialFailed(f"it cannot explain its golden row {number + 1}")


def _limit(seconds: int) -> None:
    import resource

    with contextlib.suppress(ValueError, OSError):  # less than what is asked for is allowed here
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> int:
    """The child."""
    head = json.loads(sys.stdin.buffer.readline())
    _limit(head["seconds"])
    try:
        check(sys.stdin.buffer.read(), head["rows"], head["margins"])
    except TrialFailed as failure:
        sys.stdout.write(f"{failure}\n")
        return _REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
