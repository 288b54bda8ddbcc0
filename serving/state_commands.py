"""The commands about state: rebuild it, verify it, fill a new signal's past beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption

if TYPE_CHECKING:
    from features.state.verify import Difference

_AsJson = Annotated[bool, typer.Option("--json", help="Print for a program.")]
_MOST_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Adds the commands of this file."""
    state = typer.Typer(help="Rebuild, verify and fill state.", no_args_is_help=True)
    state.command("rebuild")(_rebuild)
    state.command("verify")(_verify)
    state.command("backfill")(_backfill)
    app.add_typer(state, name="state")


def _rebuild(catalogue: CatalogueOption = None) -> None:
    """Fold the whole ledger again; the service must be stopped."""
    from features.catalogues import chosen
    from features.contract import BundleStore
    from serving.admission import all_series
    from serving.following import open_state
    from serving.ledger.sqlite import SqliteLedger
    from serving.settings import read

    settings = read()
    with closing(SqliteLedger(settings.home)) as ledger, _bar("folding entries") as show:
        state = open_state(
            settings, all_series(chosen(catalogue), BundleStore(settings.home)), ledger
        )
        with closing(state):
            state.reset()
            number = 0
            for number, entry in enumerate(ledger.entries(), start=1):
                state.fold(entry)
                if number % 1_000 == 0:
                    show(number)
    typer.echo(f"State is folded anew from {number:,} entries.")


def _verify(catalogue: CatalogueOption = None, as_json: _AsJson = False) -> None:
    """Compare state with the ledger and name every difference; exit code 1 if there is one."""
    import json

    from features.catalogues import chosen
    from features.contract import BundleStore
    from features.state.verify import differences
    from serving.admission import all_series
    from serving.following import open_state
    from serving.ledger.sqlite import FILE
    from serving.ledger.tables import LedgerReader
    from serving.settings import read

    settings = read()
    with closing(LedgerReader(settings.home / FILE)) as ledger, _bar("folding entries") as show:
        series = all_series(chosen(catalogue), BundleStore(settings.home))
        state = open_state(settings, series, ledger, beside=True)
        with closing(state):
            whole = [one for one in series if one not in state.filling]
            found = list(differences(state, whole, ledger.entries(), show))
            position, holes = state.position, len(state.filling)
    if as_json:
        rows = [{"series": repr(one.series), **one._asdict()} for one in found]
        rows = [{**row, "series": str(row["series"])} for row in rows]
        typer.echo(json.dumps({"position": position, "filling": holes, "differences": rows}))
    else:
        _tell(found, len(whole), holes)
    if found:
        raise typer.Exit(1)


def _tell(found: list[Difference], series: int, holes: int) -> None:
    for one in found[:_MOST_SHOWN]:
        by = " and ".join(one.series.by) or "everybody"
        kinds = " or ".join(one.series.events)
        typer.echo(f"{one.series.shape} of {kinds} by {by}, {one.token}:")
        typer.echo(f"    state  {_short(one.stored)}")
        typer.echo(f"    ledger {_short(one.expected)}")
    if len(found) > _MOST_SHOWN:
        typer.echo(f"... and {len(found) - _MOST_SHOWN:,} more: --json gives all.")
    if found:
        typer.echo(f"{len(found):,} differences: `vouch state rebuild` folds the ledger anew.")
    else:
        typer.echo(f"State is what the ledger says, in all of {series} series.")
    if holes:
        typer.echo(f"{holes} series are not filled yet: the service does it while it runs.")


def _short(content: object) -> str:
    text = "nothing" if content is None else repr(content)
    return text if len(text) <= 70 else text[:67] + "..."


def _backfill(catalogue: CatalogueOption = None) -> None:
    """Fill new signals from the ledger beforehand, also while the service runs."""
    from features.catalogues import chosen
    from features.contract import BundleStore
    from serving.admission import all_series
    from serving.filling import fill
    from serving.following import open_state
    from serving.ledger.sqlite import FILE
    from serving.ledger.tables import LedgerReader
    from serving.settings import read

    settings = read()
    with closing(LedgerReader(settings.home / FILE)) as ledger, _bar("filling entries") as show:
        series = all_series(chosen(catalogue), BundleStore(settings.home))
        state = open_state(settings, series, ledger, beside=True)
        with closing(state):
            new = len(state.filling)
            if new:
                fill(state, ledger, progress=show)
    if new:
        typer.echo(
            f"{new} series are filled as far as the ledger goes: the service takes them up "
            "when it starts with this catalogue."
        )
    else:
        typer.echo("There is nothing to fill: state knows every signal of this catalogue.")


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int], None]]:
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn(what),
        TextColumn("{task.completed:,.0f}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done: progress.update(task, completed=done)
