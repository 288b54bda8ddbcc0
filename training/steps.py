"""Steps: what training is doing now, and how long each part took."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


class Watcher:
    """Is told how work goes on; this one says nothing."""

    def began(self, name: str) -> None:
        """A step begins."""

    def went_on(self, done: int, total: int) -> None:
        """So many parts of the step are done."""

    def told(self, sentence: str) -> None:
        """Something worth a line was found on the way."""

    def ended(self, name: str, seconds: float) -> None:
        """The step is over."""


class Steps:
    """Times steps by name.

    >>> steps = Steps()
    >>> with steps("fitting"):
    ...     pass
    >>> list(steps.seconds)
    ['fitting']
    """

    def __init__(self, watcher: Watcher | None = None) -> None:
        self.watcher = watcher or Watcher()
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """Times what happens inside."""
        began = perf_counter()
        self.watcher.began(name)
        yield
        self.seconds[name] = perf_counter() - began
        self.watcher.ended(name, self.seconds[name])
