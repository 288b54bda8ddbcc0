"""Asking: what a plan reads, found once for all the times it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, NamedTuple

from features.series import Argument, Series
from features.state.protocol import Blocks
from features.state.shapes import SHAPES
from features.state.shapes.seen import runs
from features.state.shelf import Drawer, Shelf

Cabinets = Mapping[tuple[str, ...], dict[str, Drawer]]
#: What is read from one shelf: its name, the arguments, and the answers where it is empty.
Block = tuple[str, tuple[Any, ...], list[int | None]]
_NO_SHELF = ""


class Asked(NamedTuple):
    """What is read under one ``by``: shelf for shelf, and all of it where there is nothing.

    ``nothing`` is None where the file has to be asked.
    """

    by: tuple[str, ...]
    drawers: dict[str, Drawer]
    blocks: list[Block]
    unknown: list[int | None]
    nothing: list[int | None] | None


def asked(blocks: Blocks, shelves: Mapping[str, Shelf], cabinets: Cabinets) -> Iterator[Asked]:
    """What blocks are read from. Holds until a shelf is shown, or what it lacks changes."""
    for by, together in groupby(blocks, key=lambda block: block[0].by):
        found = [_block(shelves, *block) for block in together]
        nothing = [one for _, _, empty in found for one in empty]
        surely = all(name == _NO_SHELF or shelves[name].complete for name, _, _ in found)
        unknown: list[int | None] = [None] * len(nothing)
        yield Asked(by, cabinets.get(by, {}), found, unknown, nothing if surely else None)


def _block(shelves: Mapping[str, Shelf], series: Series, arguments: tuple[Argument, ...]) -> Block:
    shelf = shelves.get(series.digest)
    if shelf is None or not shelf.shown:
        return _NO_SHELF, arguments, [None] * len(arguments)
    prepared: tuple[Any, ...] = arguments
    if series.shape == "recent":
        prepared = runs(series.place_in_row, prepared)
    return shelf.name, prepared, [SHAPES[series.shape].EMPTY] * len(arguments)
