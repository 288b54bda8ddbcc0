"""The commands that show and check what is declared: signals and policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption, chosen

if TYPE_CHECKING:  # commands load what they need when they are called
    from features.decide.policy import Policy


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
            envvar="VOUCH_POLICIES",
            help="YAML file to check; the home's, or the shipped one, if none.",
        ),
    ] = None,
    catalogue: CatalogueOption = None,
) -> None:
    """Check a file of policies, and list what it says."""
    import time

    from features.decide.in_force import in_force, place
    from features.home import home_folder

    own = catalogue is not None
    written = place(path, (home_folder(),), is_own=own)
    found = in_force(written, chosen(catalogue), is_own=own)
    for policy in found.policies:
        typer.echo(_wrapped(_headline(policy), "    "))
        typer.echo(_wrapped(f"    {' '.join(policy.when.split())}", "        "))
    for policy in found.ended(time.time_ns() // 1000):
        typer.echo(f"{policy.id} ended on {policy.valid_until}: take it out.")
    typer.echo(_summary(found.policies))


def _headline(policy: Policy) -> str:
    """What a policy demands, where, and who may overrule it."""
    asked = f" {', '.join(policy.challenges)}" if policy.challenges else ""
    unknown = "" if policy.unknown == "ignore" else f", {policy.unknown} if unknown"
    notes = [
        policy.override,
        *(["shadow"] if policy.shadow else []),
        *([f"until {policy.valid_until}"] if policy.valid_until else []),
    ]
    at = ", ".join(policy.moments)
    return f"{policy.id}: {policy.outcome}{asked}{unknown} at {at} ({', '.join(notes)})"


def _summary(policies: Sequence[Policy]) -> str:
    if not policies:
        return "There is no policy."
    watched = sum(policy.shadow for policy in policies)
    shadow = f", {watched} of them in the shadow" if watched else ""
    count = (
        "1 policy, and it can work"
        if len(policies) == 1
        else (f"{len(policies)} policies{shadow}, and all of them can work")
    )
    return (
        f"{count}.\nOverruled by: nobody if red, a reviewer if amber, whoever may score if green."
    )


def _wrapped(text: str, indent: str) -> str:
    from textwrap import fill

    return fill(text, 80, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
