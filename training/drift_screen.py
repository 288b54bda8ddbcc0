"""What drift looks like in a terminal of 80 columns, and for a program."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from training.drift import Drift, Shift
from training.history import date
from training.pages import percent

_WORST = 15
_STYLE = {"fine": "", "warn": "bold yellow", "alarm": "bold red"}


def show(drift: Drift, page: Path) -> None:
    """The score, the worst columns, how decisions came out, and what it comes to."""
    console, contract, live = Console(highlight=False), drift.contract, drift.live
    console.print(
        f"{live.decisions:,} decisions at {contract.moment}, {date(live.first)} to "
        f"{date(live.last)}, against\n{contract.rows:,} rows in training, "
        f"{date(contract.trained_from)} to {date(contract.trained_until)}"
    )
    console.print("", _table(drift), "", sep="\n")
    for sentence in notes(drift):
        console.print(sentence)
    console.print(f"outcomes {_shares(live.outcomes)}")
    console.print(f"modes    {_shares(live.modes)}")
    console.print(f"page     {page}", soft_wrap=True)
    console.print(f"drift    [{_STYLE[drift.level] or 'bold'}]{drift.sentence}[/]")


def notes(drift: Drift) -> list[str]:
    """What could not be compared, in sentences."""
    told = []
    if drift.score is None:
        told.append("The score is not compared: too few of these decisions used this model.")
    if drift.live.strange:
        told.append(
            f"{drift.live.strange:,} decisions were made with another catalogue: of them only "
            "outcome, mode and score count."
        )
    if drift.not_compared:
        told.append(
            "Too few of these decisions used all signals of the model, so these are not compared: "
            f"{_named(drift.not_compared)}."
        )
    return told


def _named(names: tuple[str, ...], most: int = 5) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _table(drift: Drift) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("signal", no_wrap=True)
    for name in ("PSI", "unknown then", "now", "gain", ""):
        table.add_column(name, justify="right", no_wrap=True)
    if drift.score is not None:
        table.add_row(*_cells(drift.score, "the score"), style=_STYLE[drift.score.level])
    for one in drift.columns[:_WORST]:
        table.add_row(*_cells(one, one.name), style=_STYLE[one.level])
    return table


def _cells(one: Shift, name: str) -> tuple[str, ...]:
    gain = "" if name != one.name else percent(one.gain) if one.gain else "unused"
    return (
        name,
        f"{one.index:.3f}",
        percent(one.unknown_then),
        percent(one.unknown_now),
        gain,
        "" if one.level == "fine" else one.level,
    )


def _shares(counted: Counter[str]) -> str:
    of = counted.total()
    return ", ".join(f"{name} {percent(number / of)}" for name, number in counted.most_common())


def as_json(drift: Drift, page: Path) -> dict[str, Any]:
    """The same for a program, with every column."""
    contract, live = drift.contract, drift.live
    return {
        "level": drift.level,
        "sentence": drift.sentence,
        "moment": contract.moment,
        "risk": contract.risk,
        "bundle": drift.bundle,
        "decisions": live.decisions,
        "of_another_catalogue": live.strange,
        "first": live.first,
        "last": live.last,
        "warn": drift.limits.warn,
        "alarm": drift.limits.alarm,
        "score": None if drift.score is None else _json(drift.score),
        "signals": [_json(one) for one in drift.columns],
        "not_compared": list(drift.not_compared),
        "outcomes": dict(live.outcomes),
        "modes": dict(live.modes),
        "page": str(page),
    }


def _json(one: Shift) -> dict[str, Any]:
    return {
        "name": one.name,
        "level": one.level,
        "psi": one.index,
        "unknown_then": one.unknown_then,
        "unknown_now": one.unknown_now,
        "gain": one.gain,
        "edges": one.spread.edges,
        "then": [*one.spread.shares, one.spread.missing],
        "now": one.now.tolist(),
    }
