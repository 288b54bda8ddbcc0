"""Limits: how many requests a second an API key may send, two seconds' worth of them at once.

Each request moves the moment at which an even pace would have served all so far; who is
more than two seconds ahead of it waits (the generic cell rate algorithm of ATM, ITU-T I.371).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from serving.errors import Refused
from serving.gate import Caller

_SECONDS_AT_ONCE = 2.0
_MOST_REMEMBERED = 1_000


class Limits:
    """Counts by API key, whatever its secret; remembers only who is ahead of an even pace.

    ``per_second`` is for API keys without a rate of their own; 0 means no limit.
    """

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._clock = per_second, clock
        self._paced_until: dict[str, float] = {}

    def count(self, caller: Caller) -> None:
        """Counts a request. Raises `Refused` where there were too many."""
        rate = caller.rate or self._per_second
        if not rate:
            return
        now = self._clock()
        until = max(self._paced_until.get(caller.name, now), now)
        over = until + 1 / rate - now - _SECONDS_AT_ONCE
        if over > 1e-9:  # what floats lose
            raise Refused(
                "too_many_requests",
                f"this API key may send {rate} requests a second",
                ((b"retry-after", b"%d" % math.ceil(over)),),
            )
        self._paced_until[caller.name] = until + 1 / rate
        if len(self._paced_until) > _MOST_REMEMBERED:
            self._paced_until = {
                name: until for name, until in self._paced_until.items() if until > now
            }
