"""The commands that show and check what is declared: signals and policies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.catalogues import CatalogueOption, chosen


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    app.command("signals")(_signals)
    app.command("policies")(_policies)


def _signals(
    moment: Annotated[
        str | None, typer.Argument(help="signup, payment or checkup; by default the first.")
    ] = None,
    catalogue: CatalogueOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """List the columns of a moment's vector, in order, with the reason for each."""
    import json

    from rich.console import Console
    from rich.table import Table

    used = chosen(catalogue)
    columns = used.derived(used.moments[0] if moment is None else moment)
    if as_json:
        typer.echo(json.dumps([{"name": column.name, "why": column.why} for column in columns]))
        return
    table = Table("signal", "why", box=None)
    for column in columns:
        table.add_row(column.name, column.why)
    Console().print(table)


def _policies(
    path: Annotated[
        Path | None,
        typer.Argument(
            envvar="VOUCH_POLICIES", help="YAML file to check; the shipped one if none."
        ),
    ] = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Check a file of policies, and list what it says."""
    from features.decide.in_force import in_force

    policies = in_force(path, chosen(catalogue), is_own=catalogue is not None).policies
    for policy in policies:
        unknown = "" if policy.unknown == "ignore" else f", {policy.unknown} if unknown"
        typer.echo(f"{policy.id}: {policy.outcome}{unknown} at {', '.join(policy.moments)}")
        typer.echo(f"    {policy.when}")
    typer.echo(
        f"{len(policies)} policies, and all of them can work."
        if policies
        else "There is no policy."
    )
