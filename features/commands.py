"""The command that shows what is declared: `vouch signals`."""

from __future__ import annotations

from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    app.command("signals")(_signals)


def _signals(
    moment: Annotated[str, typer.Argument(help="signup, payment or checkup.")] = "signup",
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """List the columns of a moment's vector, in order, with the reason for each."""
    import json

    from rich.console import Console
    from rich.table import Table

    from features.catalogue import CATALOGUE

    columns = CATALOGUE.derived(moment)
    if as_json:
        typer.echo(json.dumps([{"name": column.name, "why": column.why} for column in columns]))
        return
    table = Table("signal", "why", box=None)
    for column in columns:
        table.add_row(column.name, column.why)
    Console().print(table)
