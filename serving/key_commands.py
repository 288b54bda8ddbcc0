"""The commands about API keys: create, list, rotate, revoke."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.auth import ApiKey, ScopeName

_Name = Annotated[str, typer.Argument(help="The API key's name.")]


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    keys = typer.Typer(help="Make, list, rotate and revoke API keys.", no_args_is_help=True)
    keys.command("create")(_create)
    keys.command("list")(_list)
    keys.command("rotate")(_rotate)
    keys.command("revoke")(_revoke)
    app.add_typer(keys, name="keys")


def _create(
    name: Annotated[str, typer.Argument(help="Who will use the API key.")],
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            help="What it allows: score, ingest, review, policy, audit or admin (all of them); "
            "say it again for more. Default: score and ingest.",
        ),
    ] = None,
    account: Annotated[
        str, typer.Option(help="Whose events it sends: ids are unique within an account.")
    ] = "main",
    expires: Annotated[
        str | None, typer.Option(help="How long it works, as `90d` or `12h`; default: for ever.")
    ] = None,
    test: Annotated[
        bool, typer.Option("--test", help="What it sends never touches real windows or labels.")
    ] = False,
    rate: Annotated[
        int | None, typer.Option(min=1, help="Requests a second; default: VOUCH_RATE_PER_SECOND.")
    ] = None,
) -> None:
    """Make an API key. It is shown once and never again."""
    from serving.auth import USUAL_SCOPES, ApiKeys
    from serving.settings import read

    secret = ApiKeys(read().home).create(
        name,
        scopes=_scopes(scopes) if scopes else USUAL_SCOPES,
        account=account,
        lasts=None if expires is None else _time(expires),
        test=test,
        rate=rate,
    )
    _show(secret)


def _list(
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """List API keys."""
    import json

    from rich.console import Console
    from rich.table import Table

    from serving.auth import ApiKeys
    from serving.settings import read

    keys, now = ApiKeys(read().home).read(), datetime.now(UTC)
    if as_json:
        typer.echo(json.dumps([_row(key) for key in keys]))
        return
    if not keys:
        typer.echo("There are no API keys: `vouch keys create NAME` makes one.")
        return
    table = Table("API key", "account", "allows", "made", "ends", box=None, pad_edge=False)
    for key in keys:
        marks = f"{key.name}{' (test)' if key.test else ''}"
        allows = " ".join(key.scopes) + (f", {key.rate} a second" if key.rate else "")
        table.add_row(marks, key.account, allows, f"{key.created_at:%Y-%m-%d}", _end(key, now))
    Console().print(table)


def _rotate(
    name: _Name,
    grace: Annotated[str, typer.Option(help="How long the old secret still works.")] = "24h",
) -> None:
    """Make a new secret for an API key; the old one works until the grace is over."""
    from serving.auth import ApiKeys
    from serving.settings import read

    _show(ApiKeys(read().home).rotate(name, _time(grace)))
    typer.echo(f"The old secret of {name} works for another {grace}.", err=True)


def _revoke(name: _Name) -> None:
    """Revoke an API key; a running server notices within about a second."""
    from serving.auth import ApiKeys
    from serving.settings import read

    ApiKeys(read().home).revoke(name)
    typer.echo(f"{name} is revoked.")


def _show(secret: str) -> None:
    typer.echo("Keep it now, it cannot be shown again:", err=True)
    typer.echo(secret)


def _scopes(names: list[str]) -> tuple[ScopeName, ...]:
    from features.errors import InvalidInput
    from serving.auth import SCOPES

    if set(names) - set(SCOPES):
        raise InvalidInput(f"there is no such scope: choose from {', '.join(SCOPES)}")
    return tuple(scope for scope in SCOPES if scope in names)


def _time(text: str) -> timedelta:
    from features.durations import read

    return timedelta(microseconds=read(text))


def _row(key: ApiKey) -> dict[str, object]:
    return {
        "name": key.name,
        "account": key.account,
        "scopes": key.scopes,
        "test": key.test,
        "rate": key.rate,
        "created_at": key.created_at.isoformat(),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }


def _end(key: ApiKey, now: datetime) -> str:
    if key.expires_at is None:
        return "never"
    return "expired" if key.expired(now) else f"{key.expires_at:%Y-%m-%d %H:%M}"
