"""The command ``vouch backtest``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.catalogues import CatalogueOption
from features.engines import LOCAL_MASTER, EngineName, EngineOption, MasterOption


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("backtest")(_backtest)


def _backtest(
    policies: Annotated[Path, typer.Argument(help="YAML file of policies to test.")],
    against: Annotated[
        Path | None,
        typer.Option(
            envvar="VOUCH_POLICIES",
            help="YAML file of the policies in force; if none, the home's, or Vouch's own.",
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(help="Export to test on; $VOUCH_HOME/history/events.parquet by default."),
    ] = None,
    moment: Annotated[
        str | None, typer.Option(help="What is asked; by default every moment with a policy.")
    ] = None,
    risk: Annotated[
        str | None, typer.Option(help="What is feared; by default all risks of the moment.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="First day of the rows (UTC), such as 2026-06-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Day before which the rows end (UTC), such as 2026-07-01.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(help="Look from the start of this day: nothing known later is used."),
    ] = None,
    catalogue: CatalogueOption = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            envvar="VOUCH_REFERENCE", help="Reference data, for the currency; Vouch's if none."
        ),
    ] = None,
    engine: EngineOption = EngineName.duckdb,
    spark_master: MasterOption = LOCAL_MASTER,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Try a file of policies on history: what it hits, what that is worth, what would change.

    Nothing is recorded.
    """
    from dataclasses import asdict

    import msgspec

    from features.catalogues import chosen
    from features.decide.in_force import in_force, place
    from features.errors import SetupError
    from features.home import home_folder
    from features.reference import SHIPPED, load
    from training.backtest import screen
    from training.backtest.rows import Span
    from training.backtest.run import backtest
    from training.backtest.words import Currency
    from training.history import default_history, open_history

    used, own = chosen(catalogue), catalogue is not None
    standing = place(against, (home_folder(),), is_own=own)
    then, now = (in_force(path, used, is_own=own) for path in (policies, standing))
    rates = load(reference or SHIPPED)
    currency = Currency(rates.currency, rates.minor_units)
    first, end = _day("--since", since), _day("--until", until)
    if first is not None and end is not None and first >= end:
        raise SetupError(f"--since {since} must lie before --until {until}")
    source = history or default_history(home_folder())
    with (
        open_history(source, engine.value, spark_master) as opened,
        screen.watched(quiet=as_json) as steps,
    ):
        last, looked = opened.span()[1], _day("--as-of", as_of)
        span = Span(last if looked is None else min(looked, last), first, end)
        report = backtest(opened, used, now, then, moment=moment, risk=risk, span=span, steps=steps)
    if as_json:
        told = {**asdict(report), "currency": currency._asdict()}
        typer.echo(msgspec.json.encode(told).decode())
    else:
        screen.show(report, str(policies), _named(standing), currency)


def _named(standing: Path | None) -> str:
    from features.decide.policies import SHIPPED

    if standing is None:
        return "no policy (name those in force with --against)"
    return "those that Vouch ships" if standing == SHIPPED else str(standing)


def _day(option: str, text: str | None) -> int | None:
    """The start of a day in µs. Raises `SetupError` for what is none."""
    from datetime import UTC, datetime

    from features.errors import SetupError
    from features.facts import microseconds

    if text is None:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise SetupError(f"{option} must be a day such as 2026-06-30, not {text!r}") from None
    return microseconds(day.replace(tzinfo=UTC))
