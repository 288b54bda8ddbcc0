"""The command ``vouch simulate``: a history to try everything on, before there is one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from data.world import World
    from data.worldfile import Summary


def register(app: typer.Typer) -> None:
    """Adds the commands of this package."""
    app.command("simulate")(_simulate)


def _simulate(
    customers: Annotated[int, typer.Option(help="Customers who sign up.")] = 20_000,
    days: Annotated[int, typer.Option(help="Length of the history in days.")] = 180,
    seed: Annotated[int, typer.Option(help="Another seed gives another world.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; $VOUCH_HOME/history by default.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="Leave a typology out; may be repeated.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another history.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Simulate a reseller's customers: sign-ups, payments, usage, fraud and late labels."""
    import msgspec

    from data.typologies import BY_NAME, DEFAULT_MIX
    from data.world import World
    from data.worldfile import held
    from features.errors import InvalidInput
    from features.home import home_folder

    left_out = without or []
    unknown = [name for name in left_out if name not in BY_NAME]
    if unknown:
        raise InvalidInput(
            f"no such typology: {', '.join(unknown)}; there are {', '.join(BY_NAME)}"
        )
    mix = {name: share for name, share in DEFAULT_MIX.items() if name not in left_out}
    world = World(customers=customers, days=days, seed=seed, mix=mix)
    folder = out or home_folder() / "history"
    summary = None if force else held(world, folder)
    already = summary is not None
    summary = summary or _with_progress(world, folder, force=force, quiet=as_json)
    if as_json:
        typer.echo(msgspec.json.encode(summary).decode())
    else:
        _show(summary, folder, already=already)


def _with_progress(world: World, folder: Path, *, force: bool, quiet: bool) -> Summary:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from data.world import simulate

    bar = Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(bar_width=36),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
        transient=True,
    )
    with bar:
        tasks = {words: bar.add_task(words, total=None) for words in ("living", "ordering")}

        def show(words: str, done: int, total: int) -> None:
            bar.update(tasks[words], completed=done, total=total)

        return simulate(world, folder, show, replace=force)


def _show(summary: Summary, folder: Path, *, already: bool) -> None:
    from itertools import zip_longest

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("events", "customers"):
        table.add_column(name)
        table.add_column("", justify="right", min_width=10)
    kinds = [*summary.rows.items(), ("all", sum(summary.rows.values()))]
    people = [*summary.customers.items(), ("all", sum(summary.customers.values()))]
    lines = ([(name, f"{number:,}") for name, number in pairs] for pairs in (kinds, people))
    for kind, typology in zip_longest(*lines, fillvalue=("", "")):
        table.add_row(*kind, *typology)
    console = Console()
    console.print(table)
    console.print()
    done = "was there already" if already else f"written in {summary.seconds:.0f} s"
    console.print(f"{folder}/events.parquet {done}", soft_wrap=True, highlight=False)
