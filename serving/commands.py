"""The commands of the service: up, serve and docs, and those that have a file of their own."""

from __future__ import annotations

from typing import Annotated

import typer

from features.catalogues import CatalogueOption
from serving import bulk, key_commands, replay_command, state_commands
from serving.webhooks import commands as webhook_commands


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    app.command("up")(_up)
    app.command("serve")(_serve)
    app.command("docs")(_docs)
    bulk.register(app)
    state_commands.register(app)
    key_commands.register(app)
    replay_command.register(app)
    app.add_typer(webhook_commands.commands(), name="webhooks")


def _up(catalogue: CatalogueOption = None) -> None:
    """Prepare whatever is missing, serve, and print lines to try (`make run`)."""
    from dataclasses import replace

    from serving.settings import read
    from serving.start.up import up

    raise typer.Exit(up(replace(read(), catalogue=catalogue)))


def _serve(catalogue: CatalogueOption = None) -> None:
    """Serve until stopped, with what is there."""
    from dataclasses import replace

    from serving import log
    from serving.settings import read
    from serving.start.server import serve

    settings = replace(read(), catalogue=catalogue)
    log.to_stderr()
    told = f"Vouch answers on http://{settings.address}"
    serve(settings, announce=lambda: typer.echo(told, err=True))


def _docs(
    check: Annotated[
        bool, typer.Option("--check", help="Only say which are out of step, and fail if any is.")
    ] = False,
) -> None:
    """Write the documents that are generated from code."""
    from serving.documents import out_of_step, write

    behind = out_of_step() if check else write()
    for name in behind:
        typer.echo(f"{name} {'is out of step: run `vouch docs`' if check else 'written'}")
    if check and behind:
        raise typer.Exit(3)
