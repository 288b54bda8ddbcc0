"""What the gate found, in a terminal of 80 columns."""

from __future__ import annotations

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
    if record.checks:
        console.print("", checks(record.checks), sep="\n")
        for check in record.checks:
            if check.difference is None:
                for line in wrap(f"{check.name}: {check.says}", _WIDTH):
                    console.print(line)
    console.print("")
    for line in wrap(_said(record), _WIDTH):
        console.print(line, style="bold" if record.what != "refusal" else "bold red")


def checks(asked: tuple[Check, ...]) -> Table:
    """A row a check: both figures, the interval of the difference, the limit, the outcome."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    for name in ("new", "in use", "difference, interval", "allowed", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for check in asked:
        outcome = "passed" if check.passed else "[red]FAILED[/red]"
        found = check.difference
        if found is None:
            table.add_row(check.name, "", "", "", "", outcome)
            continue
        digits = 1 if check.name == "latency" else 3
        between = f"{found.low:+.3f} to {found.high:+.3f}"
        if check.name == "latency":
            between = f"{found.low:.2f} to {found.high:.2f} x"
        table.add_row(
            f"{check.name}{', µs' if check.name == 'latency' else ''}",
            f"{found.ours:.{digits}f}",
            f"{found.theirs:.{digits}f}",
            between,
            check.limit,
            outcome,
        )
    return table


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
