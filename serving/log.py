"""The log: what failed and where, never what it said: an error's text can hold what was sent."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path
from types import TracebackType


def places(error: BaseException) -> str:
    """Its type, and file and line of every frame, the innermost last."""
    frames = (
        f"{'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
    )
    return f"{type(error).__name__} at {' > '.join(frames)}"


class Discreet(logging.Formatter):
    """Writes the tracebacks that libraries log as `places`."""

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """Where it was, without text and source lines."""
        return "" if ei[1] is None else places(ei[1])


def to_stderr() -> None:
    """Sends warnings and errors of this process there."""
    handler = logging.StreamHandler()
    handler.setFormatter(Discreet("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
