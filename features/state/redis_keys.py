"""The keys of a Redis store: what is counted lies in sorted sets, the rest in small packed objects.

    times     sorted set   place  -> when it happened
    members   sorted set   member -> when it was seen last
    linked    sorted set   customer -> place of its last link
    others    packed object of `features.state.shapes`

A sorted set answers a width by counting, however many it holds, and adding to it twice
changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from features.series import Series
from features.state.protocol import StateDamaged
from features.state.shapes import ANCHORS, SHAPES
from features.windows import oldest

COUNTED = ("times", "members", "linked")
_DAY_MS = 86_400_000
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode


def is_counted(part: str, series: Series) -> bool:
    """Whether a part of a series is a sorted set."""
    return series.shape in COUNTED and part == series.digest


def idle_ms(series: Series) -> int:
    """After how long without a change nothing of an object can be read, with a day's margin."""
    return (series.span + series.delay) // 1000 + _DAY_MS


def count(pipeline: Any, key: str, widths: Sequence[Any], t: int) -> None:
    """Asks a sorted set how much lies within each width."""
    for width in widths:
        pipeline.zcount(key, oldest(t, width), "+inf")


def made(part: str, series: Series, body: bytes | None) -> Any:
    """An object from what is stored of it; a new one from nothing."""
    make = (ANCHORS if part == series.anchors else SHAPES)[series.shape]
    if body is None:
        return make(series)
    try:
        return make(series, _decode(body))
    except (msgspec.DecodeError, TypeError, ValueError, IndexError):
        raise StateDamaged("a stored object cannot be read") from None


def packed(stored: Any) -> bytes:
    """An object as it is stored."""
    return _encode(stored.pack())


class Counted:
    """What a fold does to a sorted set, as commands for a pipeline."""

    def __init__(self, pipeline: Any, key: str, series: Series) -> None:
        self._pipeline, self._key, self._series = pipeline, key, series

    def fold(self, known_at: int, occurred_at: int, value: Any) -> None:
        """An occurrence, or a member seen once more: the newest ``cap`` are kept."""
        pipeline, key, series = self._pipeline, self._key, self._series
        if series.shape == "times":
            pipeline.zadd(key, {str(known_at): occurred_at})
        else:
            pipeline.zadd(key, {str(value): occurred_at}, gt=True)
        pipeline.zremrangebyrank(key, 0, -series.cap - 1)
        self._tidy(known_at)

    def apply(self, known_at: int, customer: str, values: Sequence[int]) -> None:
        """A customer is linked, or leaves."""
        (place,) = values
        if place:
            self._pipeline.zadd(self._key, {customer: place})
        else:
            self._pipeline.zrem(self._key, customer)
        self._tidy(known_at)

    def _tidy(self, known_at: int) -> None:
        gone = oldest(known_at, self._series.span)
        self._pipeline.zremrangebyscore(self._key, "-inf", f"({gone}")
        self._pipeline.pexpire(self._key, idle_ms(self._series))


def content(series: Series, scored: Sequence[tuple[bytes, float]]) -> list[Any]:
    """A sorted set as the object of its shape would pack it, without the place."""
    if series.shape == "times":
        return [sorted(int(score) for _, score in scored)]
    return [[[int(score), member.decode()] for member, score in scored]]


def unpacked(body: bytes) -> tuple[int, list[Any]]:
    """Place and content of a packed object."""
    try:
        upto, *rest = _decode(body)
    except (msgspec.DecodeError, TypeError, ValueError):
        raise StateDamaged("a stored object cannot be read") from None
    return int(upto), rest
