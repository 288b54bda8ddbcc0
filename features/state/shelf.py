"""One shelf: where the objects of one series lie, and what the file is told of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from features.series import Series
from features.state.file import Row
from features.state.protocol import StateDamaged
from features.state.shapes import ANCHORS, SHAPES
from features.state.shapes.begun import BEGUN, ENTERED, LASTING

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
FOREVER = 2**62
#: What a drawer may hold in place of an object.
NOT_MADE = frozenset((bytes, tuple, type(None)))
OF_ANCHORS = ("customer",)

#: The objects of one token by the names of their shelves: bytes until first asked for, and
#: plain values, as they would be packed, until something is folded into them again.
Drawer = dict[str, Any]
#: The name of a shelf, a token, and the drawer in which the changed object lies.
Changed = tuple[str, str, Drawer]


class Part(NamedTuple):
    """What a shelf holds: its name, what picks a token, and how objects are made and begun."""

    name: str
    by: tuple[str, ...]
    make: Any
    begin: Any


class Shelf:
    """The stored objects of one series, or of its anchors.

    They lie in drawers, one for each token, together with the objects of all other series
    that are kept by the same fields: who reads one of them reads most.
    """

    __slots__ = ("begin", "by", "complete", "drawers", "make", "name", "series", "shown")

    def __init__(self, part: Part, series: Series, shown: bool, drawers: dict[str, Drawer]) -> None:
        self.name, self.by, self.make, self.begin = part
        self.series, self.shown, self.drawers = series, shown, drawers
        self.complete = False  # whether nothing is in the file that is not in memory

    def made(self, held: bytes | tuple[Any, ...] | None) -> Any:
        """An object from what is held of it."""
        if held is None:
            return self.make(self.series)
        return self.make(self.series, held if isinstance(held, tuple) else unpacked(held))


class Changes(NamedTuple):
    """What one flush writes: ``life`` tells whether all was forgotten since."""

    objects: list[Changed]
    life: int
    anew: bool


def parts(series: Series) -> list[Part]:
    """The parts of a series: its objects, and what customers contributed to them."""
    shape = series.shape
    found = [Part(series.digest, series.by, SHAPES[shape], BEGUN.get(shape))]
    if shape in ANCHORS:
        found.append(Part(series.anchors, OF_ANCHORS, ANCHORS[shape], ENTERED[shape]))
    return found


def once(changes: list[Changed]) -> list[Changed]:
    """Each changed object once."""
    return list({(name, token): (name, token, drawer) for name, token, drawer in changes}.values())


def row(name: str, token: str, stored: Any, shape: str) -> Row | None:
    """What the file keeps of a changed object; None where it is there no more."""
    if isinstance(stored, tuple):
        return name, token, FOREVER if shape in LASTING else stored[0], _encode(stored)
    if stored.__class__ in NOT_MADE:
        return None
    latest = FOREVER if getattr(stored, "lasting", False) else int(stored.upto)
    return name, token, latest, _encode(stored.pack())


def unpacked(body: bytes) -> Any:
    """The plain values of a stored object."""
    try:
        return _decode(body)
    except msgspec.DecodeError:
        raise StateDamaged("a stored object cannot be read") from None
