"""Shapes: one small class per shape of series, folded in the ledger's order."""

from __future__ import annotations

from typing import Any

from features.state.shapes.counted import Members, Sums, Times
from features.state.shapes.daily import Days, Novel
from features.state.shapes.linked import Linked, LinkedAnchor
from features.state.shapes.matured import Matured, MaturedAnchor
from features.state.shapes.seen import First, Last, Latest, Recent

SHAPES: dict[str, Any] = {
    "times": Times,
    "members": Members,
    "sums": Sums,
    "last": Last,
    "first": First,
    "latest": Latest,
    "recent": Recent,
    "days": Days,
    "novel": Novel,
    "matured": Matured,
    "linked": Linked,
}

#: What is kept per customer for the shapes that labels move.
ANCHORS: dict[str, Any] = {"matured": MaturedAnchor, "linked": LinkedAnchor}
