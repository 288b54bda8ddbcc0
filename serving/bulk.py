"""The commands that work on whole files: import, export and score-customers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.catalogues import CatalogueOption
from features.engines import LOCAL_MASTER, EngineName, EngineOption, MasterOption

if TYPE_CHECKING:
    from serving.batch import BatchReport
    from serving.importing import ImportReport


def register(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("import")(_import)
    app.command("export")(_export)
    app.command("score-customers")(_score_customers)


def _import(
    path: Annotated[Path, typer.Argument(help="CSV or Parquet file to read.")],
    mapping: Annotated[Path, typer.Option(help="TOML file that says how a row is read.")],
    catalogue: CatalogueOption = None,
    late: Annotated[
        bool,
        typer.Option("--late", help="Let what the ledger already knows later be learned only now."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Read somebody's records into the ledger; importing a file again changes nothing."""
    import json
    from contextlib import closing

    from features.catalogues import chosen
    from features.reference import SHIPPED, load
    from features.sources.mapping import Mapping
    from serving.importing import Importer, Progress
    from serving.ledger.sqlite import SqliteLedger
    from serving.opening import open_door
    from serving.received import system_clock
    from serving.settings import read

    settings = read()
    domain = chosen(catalogue).domain
    compiled = Mapping.load(mapping, path.parent, domain)
    rejects = settings.home / "rejects" / f"{path.stem}.csv"
    with closing(SqliteLedger(settings.home)) as ledger, _bar(quiet=as_json) as show:
        door = open_door(settings, load(settings.reference or SHIPPED), ledger, domain)
        progress = Progress(
            lambda rows: show("reading rows", rows, None),
            lambda done, total: show("writing entries", done, total),
        )
        report = Importer(compiled, door, ledger, system_clock(), late=late).read(
            path, rejects, progress
        )
    if as_json:
        typer.echo(json.dumps({**report._asdict(), "rejects": report.rejects}, default=str))
    else:
        _tell_import(report)


def _tell_import(report: ImportReport) -> None:
    typer.echo(
        f"{report.rows:,} rows read: {report.new:,} entries are new, "
        f"{report.known:,} were there already, {report.rejected:,} rows rejected."
    )
    for reason, count in report.reasons.items():
        typer.echo(f"  {count:,} x {reason}")
    if report.waiting:
        typer.echo(
            f"{report.waiting:,} labels are not known yet, for their time has not passed: "
            "import the file again later."
        )
    if report.rejects is not None:
        typer.echo(f"The rejected rows, with line and reason, are in {report.rejects}")


def _export(
    path: Annotated[
        Path | None, typer.Argument(help="File to write; $VOUCH_HOME/export.parquet by default.")
    ] = None,
    catalogue: CatalogueOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Write the ledger's entries to Parquet, and the decisions with their vectors beside them.

    Also while the server runs. Beside FILE.parquet comes FILE.decisions.parquet,
    beside events.parquet decisions.parquet.
    """
    import json
    from contextlib import closing

    from features.catalogues import chosen
    from features.contract import BundleStore
    from features.decisions import beside
    from serving.layouts import Layouts
    from serving.ledger.decisions import export_decisions
    from serving.ledger.export import export
    from serving.ledger.sqlite import FILE
    from serving.ledger.tables import LedgerReader
    from serving.settings import read

    home = read().home
    target = path or home / "export.parquet"
    used, decided = chosen(catalogue), beside(target)
    layouts = Layouts(used, BundleStore(home))
    with closing(LedgerReader(home / FILE)) as ledger, _bar(quiet=as_json) as show:
        newest = ledger.newest()  # both files end with the same entry, whatever comes meanwhile
        rows = export(
            ledger, target, lambda done: show("writing entries", done, None), used.domain, newest
        )
        decisions = export_decisions(
            ledger, decided, layouts, lambda done: show("writing decisions", done, None), newest
        )
    if as_json:
        said = {"path": str(target), "entries": rows}
        typer.echo(json.dumps({**said, "decisions_path": str(decided), "decisions": decisions}))
    else:
        typer.echo(f"{rows:,} entries in {target}")
        typer.echo(f"{decisions:,} decisions in {decided}")


def _score_customers(
    history: Annotated[
        Path | None,
        typer.Option(help="Export to read; $VOUCH_HOME/history/events.parquet by default."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Parquet file to write; $VOUCH_HOME/scores/customers.parquet by default."
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Time to ask about (RFC 3339); the history's end by default.")
    ] = None,
    moment: Annotated[
        str | None,
        typer.Option(
            help="What to ask; by default the catalogue's moment about customers. Of one that "
            "events ask, every event is scored."
        ),
    ] = None,
    catalogue: CatalogueOption = None,
    engine: EngineOption = EngineName.duckdb,
    spark_master: MasterOption = LOCAL_MASTER,
    as_json: Annotated[bool, typer.Option("--json", help="Print for a program.")] = False,
) -> None:
    """Score every existing customer, as at night, and write the scores to Parquet."""
    import json
    import time
    from dataclasses import replace

    from features.offline import History
    from serving.batch import score_customers
    from serving.settings import read

    settings = replace(read(), catalogue=catalogue)
    started = time.perf_counter()
    source = history or settings.home / "history" / "events.parquet"
    target = out or settings.home / "scores" / "customers.parquet"
    with (
        History.open(source, engine=engine.value, master=spark_master) as opened,
        _bar(quiet=as_json) as show,
    ):
        report = score_customers(opened, settings, target, _time(at), show, moment)
    if as_json:
        typer.echo(json.dumps({**report._asdict(), "path": str(report.path)}))
    else:
        _tell_scores(report, time.perf_counter() - started)


def _time(text: str | None) -> int | None:
    from datetime import datetime

    from features.errors import SetupError
    from features.facts import microseconds

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SetupError("--at must be a time with a zone, such as 2026-06-30T00:00:00Z")
    return microseconds(moment)


def _tell_scores(report: BatchReport, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("outcome", report.of, "share", box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for outcome, count in report.outcomes.items():
        table.add_row(outcome, f"{count:,}", f"{count / report.rows:.2%}")
    console = Console()
    console.print(table)
    if report.reasons:
        why = Table("why", report.of, box=None)
        why.columns[1].justify = "right"
        for code, count in list(report.reasons.items())[:8]:
            why.add_row(code, f"{count:,}")
        console.print(why)
    console.print(
        f"{report.rows:,} {report.of} in {seconds:.1f} s, decided by {report.mode}."
        f"\nThe scores are in {report.path}"
    )


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar on standard error, one line per step."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=quiet,
    ) as bar:
        tasks: dict[str, int] = {}

        def show(step: str, done: int, total: int | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

        yield show
