"""What the gate found, in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from rich.console import Console
from rich.table import Table

from training.gate import Check
from training.records import Record

_WIDTH = 78
_NAMES = {"promotion": "promoted", "refusal": "refused", "rollback": "rolled back"}


def show(record: Record, moment: str, risk: str) -> None:
    """A record, with what was compared."""
    console = Console(highlight=False)
    console.print(f"{risk.replace('_', ' ')} at {moment}: {_moved(record)}")
    if record.rows:
        console.print(f"on {record.rows}")
    compared = [check for check in record.checks if check.difference is not None]
    if compared:
        console.print("", _table(compared), sep="\n")
    for check in record.checks:
        if check.passed and check.difference is None:
            console.print(f"{check.name}: {check.says}")
    console.print("")
    for line in wrap(_said(record), _WIDTH):
        console.print(line, style="bold" if record.what != "refusal" else "bold red")


def _table(compared: list[Check]) -> Table:
    """A row a check: both figures, the interval of the difference, the limit, the outcome."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("new", "in use", "interval between", "allowed", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for check in compared:
        table.add_row(*_cells(check), "passed" if check.passed else "[red]FAILED[/red]")
    return table


def _cells(check: Check) -> Iterator[str]:
    found = check.difference
    if found is not None and check.name == "latency":
        yield from ("latency, µs", f"{found.ours:.1f}", f"{found.theirs:.1f}")
        yield f"{found.low:.2f} to {found.high:.2f} x"
    elif found is not None:
        yield from (check.name, f"{found.ours:.3f}", f"{found.theirs:.3f}")
        yield f"{found.low:+.3f} to {found.high:+.3f}"
    yield check.limit


def _moved(record: Record) -> str:
    before = record.before[:8] if record.before else "no model"
    return f"{before} -> {record.after[:8]}, {_NAMES[record.what]} by {record.by}"


def _said(record: Record) -> str:
    after = record.after[:8]
    if record.what == "rollback":
        return f"{after} is the champion again; `vouch rollback` once more undoes this."
    if record.what == "refusal":
        return f"{record.verdict}. The champion stays. `--force --reason` overrules a comparison."
    if record.forced:
        why = record.verdict.removeprefix("not promoted: ")
        return f"{after} is the champion by force ({record.reason}), although {why}"
    return f"{after} is the champion: {record.verdict}"
