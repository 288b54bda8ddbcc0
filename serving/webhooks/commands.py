"""The commands `vouch webhooks`: the secret, a test, what waits, and sending again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from serving.settings import Settings
    from serving.webhooks.outbox import Outbox
    from serving.webhooks.receiver import Receiver, Reply


def commands() -> typer.Typer:
    """The commands as a group."""
    group = typer.Typer(
        help="Webhooks: the secret, a test, what waits, sending again.", no_args_is_help=True
    )
    for command in (_secret, _test, _status, _retry):
        group.command(command.__name__.removeprefix("_"))(command)
    return group


def _secret(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Make a new one; the last one signs along with it.")
    ] = False,
) -> None:
    """Print the secret that receivers verify with; the first time, make it."""
    from serving.settings import read
    from serving.webhooks.secret import Secrets

    secrets = Secrets(read().home)
    typer.echo(secrets.rotate() if rotate else secrets.read(create=True)[0])


def _test() -> None:
    """Send a signed test event now, and tell what came back."""
    import asyncio

    from serving.settings import read

    reply = asyncio.run(_try(read()))
    if not reply.done:
        typer.echo(f"The test event was not taken: {reply.said}.", err=True)
        raise typer.Exit(3)
    typer.echo(f"It answered {reply.status} after {1000 * reply.seconds:.0f} ms.")


async def _try(settings: Settings) -> Reply:
    import secrets
    import time
    from datetime import UTC, datetime

    from serving.webhooks.delivery import signed
    from serving.webhooks.message import encoded
    from serving.webhooks.secret import Secrets

    receiver = _receiver(settings)
    id, body = f"evt_test_{secrets.token_hex(8)}", encoded("test", datetime.now(UTC), {})
    headers = signed(Secrets(settings.home).read(create=True), id, int(time.time()), body)
    async with receiver.client() as client:
        return await receiver.post(client, headers, body)


def _status(
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Show how many webhooks wait, and those that were given up."""
    import json
    from datetime import UTC, datetime

    from serving.settings import read

    outbox = _outbox(read())
    standing, given_up, gone = outbox.standing(), outbox.given_up(), bool(outbox.gone)
    outbox.close()
    if as_json:
        shown = [one._asdict() for one in given_up]
        typer.echo(json.dumps({**standing._asdict(), "gone": gone, "oldest_given_up": shown}))
        return
    typer.echo(f"{standing.waiting} wait, {standing.given_up} were given up.")
    if standing.oldest is not None:
        typer.echo(f"The oldest waits since {datetime.fromtimestamp(standing.oldest, UTC):%F %T}.")
    if gone:
        typer.echo("The receiver answered 410 and gets nothing more.")
    for one in given_up:
        since = datetime.fromtimestamp(one.since, UTC)
        typer.echo(f"{one.id:<24} since {since:%F %T}, attempts {one.attempts}: {one.said}")
    if given_up or gone:
        typer.echo("`vouch webhooks retry` sends again.")


def _retry(
    id: Annotated[str | None, typer.Argument(help="One webhook; all if it is left out.")] = None,
) -> None:
    """Send again what was given up; a running server begins within seconds."""
    import time

    from serving.settings import read

    outbox = _outbox(read())
    try:
        count = outbox.retry(id, time.time())
    finally:
        outbox.close()
    typer.echo(f"{count} will be sent again.")


def _receiver(settings: Settings) -> Receiver:
    from features.errors import SetupError
    from serving.webhooks.receiver import Receiver

    if not settings.webhook_url:
        raise SetupError("no webhook is set up: say where to send it in VOUCH_WEBHOOK_URL")
    return Receiver(settings.webhook_url, settings.webhook_hosts)


def _outbox(settings: Settings) -> Outbox:
    from features.errors import NotFound
    from serving.webhooks.outbox import FILE, Outbox

    if not (settings.home / FILE).exists():
        raise NotFound(f"no webhook was ever sent from the home {settings.home}")
    return Outbox(settings.home)
