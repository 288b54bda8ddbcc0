"""The page of drift: what moved, drawn then beside now, in one file for everybody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from features.contract import Column
from training import drift_screen
from training.drift import LEAST_DECISIONS, Drift, Shift
from training.pages import render
from training.pictures import BLUE, GREY, drawn, embedded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWN = 6
_WIDTH = 0.42


def write(drift: Drift, home: Path) -> Path:
    """Writes the page under ``home/reports``, in place of the last one of moment and risk."""
    contract = drift.contract
    path = home / "reports" / f"{contract.moment}-{contract.risk}-drift.html"
    columns = {column.name: column for column in contract.columns}
    worst = drift.columns[:_DRAWN]
    render(
        "drift.html.j2",
        path,
        drift=drift,
        live=drift.live,
        contract=contract,
        least=LEAST_DECISIONS,
        notes=drift_screen.notes(drift),
        score=None if drift.score is None else _picture(drift.score, None, 9.6),
        worst=[(one, _picture(one, columns[one.name], 4.8)) for one in worst],
        moved=len(drift.at("alarm")) + len(drift.at("warn")),
    )
    return path


def _picture(shift: Shift, column: Column | None, width: float) -> str:
    return embedded(drawn(lambda axes: _bars(axes, shift, column), width=width, height=2.6))


def _bars(axes: Axes, shift: Shift, column: Column | None) -> None:
    then = np.array([*shift.spread.shares, shift.spread.missing])
    place = np.arange(len(then))
    axes.bar(place - _WIDTH / 2, 100 * then, _WIDTH, color=GREY, label="in training")
    axes.bar(place + _WIDTH / 2, 100 * shift.now, _WIDTH, color=BLUE, label="now")
    axes.set_xticks(place.tolist(), labels(shift, column), fontsize=8, rotation=35, ha="right")
    axes.set(ylabel="% of the rows")
    axes.grid(visible=False, axis="x")
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)


def labels(shift: Shift, column: Column | None) -> list[str]:
    """What each bin holds: from which number on, or which text; last the unknown."""
    edges = shift.spread.edges
    if shift.spread.named and column is not None and column.categories is not None:
        return [*(column.categories[int(edge)] for edge in edges), "others", "unknown"]
    if not edges:
        return ["any", "unknown"]
    return [f"< {edges[0]:.4g}", *(f"from {edge:.4g}" for edge in edges), "unknown"]
