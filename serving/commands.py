"""The commands of the service: up, serve, keys and docs; others beside it."""

from __future__ import annotations

from typing import Annotated

import typer

from features.catalogues import CatalogueOption
from serving import bulk, state_commands
from serving.webhooks import commands as webhook_commands


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    app.command("up")(_up)
    app.command("serve")(_serve)
    app.command("docs")(_docs)
    bulk.register(app)
    state_commands.register(app)
    keys = typer.Typer(help="Make, list and revoke API keys.", no_args_is_help=True)
    keys.command("create")(_create)
    keys.command("list")(_list)
    keys.command("revoke")(_revoke)
    app.add_typer(keys, name="keys")
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


def _create(name: Annotated[str, typer.Argument(help="Who will use the key.")]) -> None:
    """Make an API key. It is shown once and never again."""
    from serving.auth import ApiKeys
    from serving.settings import read

    key = ApiKeys(read().home).create(name)
    typer.echo("Keep it now, it cannot be shown again:", err=True)
    typer.echo(key)


def _list(
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """List API keys."""
    import json

    from serving.auth import ApiKeys
    from serving.settings import read

    keys = ApiKeys(read().home).read()
    if as_json:
        typer.echo(
            json.dumps([{"name": k.name, "created_at": k.created_at.isoformat()} for k in keys])
        )
        return
    for key in keys:
        typer.echo(f"{key.name:<24} made {key.created_at:%Y-%m-%d %H:%M} UTC")
    if not keys:
        typer.echo("There are no API keys: `vouch keys create NAME` makes one.")


def _revoke(name: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """Revoke an API key; a running server notices within about a second."""
    from serving.auth import ApiKeys
    from serving.settings import read

    ApiKeys(read().home).revoke(name)
    typer.echo(f"{name} is revoked.")
