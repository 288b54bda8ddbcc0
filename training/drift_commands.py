"""The command ``vouch drift``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption

if TYPE_CHECKING:
    from features.contract import BundleStore

#: What ``vouch drift`` ends with where something has shifted; errors end with 3.
DRIFTED = 4


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("drift")(_drift)


def _drift(
    moment: Annotated[
        str | None, typer.Option(help="What is scored; by default the catalogue's first.")
    ] = None,
    risk: Annotated[
        str | None, typer.Option(help="What is feared; by default the moment's first.")
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option(
            help="What `vouch export` wrote; $VOUCH_HOME/export.decisions.parquet by default."
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, help="How many days to look at, back from the newest decision.")
    ] = 7,
    since: Annotated[
        str | None, typer.Option(help="First day or time to look at instead (UTC or with a zone).")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Day or time to stop before (UTC or with a zone).")
    ] = None,
    bundle: Annotated[
        str | None,
        typer.Option(help="Model to compare with, by its first letters; champion by default."),
    ] = None,
    warn: Annotated[float, typer.Option(help="Index from which a signal is worth a look.")] = 0.1,
    alarm: Annotated[float, typer.Option(help="Index from which a signal has shifted.")] = 0.25,
    catalogue: CatalogueOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Compare live decisions with the rows a model learned from; needs no label.

    For cron: `vouch export && vouch drift` ends with 0 if nothing has shifted,
    4 if the score or a signal that the model uses has, 3 if it cannot be told.
    """
    import json
    import os

    from rich.console import Console

    from features.catalogues import chosen
    from features.contract import BundleStore
    from features.decisions import beside
    from features.home import home_folder
    from training import drift_page, drift_screen
    from training.drift import Limits, compare, demand_spread
    from training.labels import target_of
    from training.libraries import demand_libraries
    from training.live import Window, read

    demand_libraries()
    home, domain = home_folder(), chosen(catalogue).domain
    os.environ.setdefault("MPLCONFIGDIR", str(home / "matplotlib"))  # nothing is written elsewhere
    limits = Limits(warn, alarm)
    window = Window(_time("--since", since), _time("--until", until), days)
    target = target_of(domain, next(iter(domain.moments)) if moment is None else moment, risk)
    store = BundleStore(home)
    digest = _digest(store, target.moment, target.risk, bundle)
    loaded = store.load(target.moment, target.risk, digest)
    demand_spread(loaded.contract)
    source = decisions or beside(home / "export.parquet")
    with Console(stderr=True, quiet=as_json).status("comparing decisions"):
        live = read(source, loaded.contract, digest, window)
        drift = compare(loaded, digest, live, limits)
        page = drift_page.write(drift, home)
    if as_json:
        typer.echo(json.dumps(drift_screen.as_json(drift, page)))
    else:
        drift_screen.show(drift, page)
    if drift.level == "alarm":
        raise typer.Exit(DRIFTED)


def _digest(store: BundleStore, moment: str, risk: str, begins: str | None) -> str:
    from features.errors import NotFound

    if begins is None:
        digest = store.alias(moment, risk, "champion")
        if digest is None:
            raise NotFound(
                f"no model of {risk} at {moment} is in use: train one with `vouch train`"
            )
        return digest
    folder = store.folder(moment, risk)
    found = [one.parent.name for one in folder.glob("*/bundle.json")]
    found = [name for name in found if name.startswith(begins)]
    if len(found) != 1:
        raise NotFound(
            f"{len(found) or 'no'} models of {risk} at {moment} begin with {begins!r}: "
            f"{folder} holds them"
        )
    return found[0]


def _time(option: str, text: str | None) -> int | None:
    from features.errors import SetupError
    from features.facts import microseconds

    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise SetupError(
            f"{option} must be a day such as 2026-06-30, or a time such as 2026-06-30T12:00:00Z"
        ) from None
    return microseconds(time if time.tzinfo else time.replace(tzinfo=UTC))
