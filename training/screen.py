"""What a run looks like in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from features import reference
from training import weak_screen
from training.evaluate import Interval
from training.history import date
from training.keep import Kept
from training.ladder import MODEL, POLICIES, RAW, SCORECARD
from training.run import TrainingRun
from training.steps import Steps, Watcher

_STEPS = 14


class _Bar(Watcher):
    def __init__(self, progress: Progress, steps: int) -> None:
        self._progress = progress
        self._all = progress.add_task("training", total=steps)
        self._before = 0

    def began(self, name: str) -> None:
        self._progress.update(self._all, description=name)

    def went_on(self, done: int, total: int) -> None:
        self._progress.update(self._all, completed=self._before + done / total)

    def told(self, sentence: str) -> None:
        self._progress.console.print(f"  {sentence}", highlight=False)

    def ended(self, name: str, seconds: float) -> None:
        self._before += 1
        self._progress.update(self._all, completed=self._before)
        self._progress.console.print(f"  {name:<26}{seconds:6.1f} s", highlight=False)


@contextmanager
def watched(quiet: bool, more: int = 0) -> Iterator[Steps]:
    """Steps that draw a bar on standard error and leave a line each; ``more`` than are usual."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
    )
    if quiet:
        yield Steps()
        return
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Steps(_Bar(progress, _STEPS + more))


def show(run: TrainingRun, kept: Kept) -> None:
    """The funnel, the comparison side by side, the thresholds, and where everything is."""
    console = Console(highlight=False)
    tables = [_funnel(run), _comparison(run), _catches(run), _kinds(run)]
    if run.folds:
        tables.append(_folds(run))
    for table in tables:
        console.print(table, "")
    if run.never_known:
        told = f"{len(run.never_known)} of {len(run.matrix.columns)} columns are never known here"
        console.print(f"\n{told}: the report names them")
    for change in run.changes:
        console.print(change.sentence)
    if run.searched is not None:
        console.print(f"\n{run.searched.sentence}")
    if run.weak is not None:
        weak_screen.show(console, run.weak, run.comparison)
        console.print(f"\nreview   {kept.to_review}", soft_wrap=True)
    console.print(f"\nreport   {kept.report}", soft_wrap=True)
    console.print(f"MLflow   run {kept.run_id}, version {kept.version}: see `vouch mlflow`")
    console.print(f"bundle   {kept.digest[:16]}")
    if kept.promoted is None and run.weak is not None:
        console.print(f"champion unchanged: {run.weak.promise}")
    elif kept.promoted is None:
        console.print("champion unchanged (--no-promote)")
    elif kept.promoted:
        console.print(f"champion [bold]promoted[/bold], {kept.verdict.sentence}")
    else:
        console.print(f"champion unchanged, [bold red]{kept.verdict.sentence}[/bold red]")


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _funnel(run: TrainingRun) -> Table:
    table = _table("From history to rows", "", "rows", "customers", "fraud")
    before = ""
    for step in run.split.funnel:
        part = step.part if step.part != before else ""
        numbers = (f"{number:,}" for number in (step.rows, step.customers, step.positives))
        table.add_row(f"{part:<10}{step.name}", *numbers)
        before = step.part
    return table


def _comparison(run: TrainingRun) -> Table:
    """The ladder, a rung each; the report has all metrics and intervals."""
    top = f"top {run.comparison.a_day} a day"
    table = _table(
        "On the test part (recall at 1 % false positives)",
        "",
        "average precision",
        "recall 1 %",
        top,
        "cost of a row",
    )
    for row in run.comparison.rows:
        found = row.metrics
        table.add_row(
            row.candidate.name,
            _cell(found["average_precision"], 3),
            f"{found['recall_at_1pct_fpr'].value:.3f}",
            f"{found['precision_top_a_day'].value:.3f}",
            _cell(found["cost"], 1 if found["cost"].value >= 10 else 2),
        )
    return table


def _cell(interval: Interval, digits: int) -> str:
    low, high = f"{interval.low:.{digits - 1}f}", f"{interval.high:.{digits - 1}f}"
    return f"{interval.value:.{digits}f} ({low}-{high})"


def _folds(run: TrainingRun) -> Table:
    """Average precision of each rung, a fold each."""
    names = [row.candidate.name for row in run.folds[0].comparison.rows]
    shown = [name for name in (POLICIES, SCORECARD, RAW, MODEL) if name in names]
    title = "Average precision through time"
    table = _table(title, "tested from", "rows", "fraud", *shown)
    for fold in run.folds:
        part, found = fold.split.test, fold.comparison
        figures = (f"{found.of(name).metrics['average_precision'].value:.3f}" for name in shown)
        table.add_row(date(fold.split.cut), f"{len(part):,}", f"{part.positives:,}", *figures)
    return table


def _kinds(run: TrainingRun) -> Table:
    """What each kind of harm comes to, and how soon it is seen."""
    unit = reference.load().currency
    table = _table(
        "By kind of harm: days until it is known, and until the review threshold sees it",
        "",
        "people",
        "caught",
        "known",
        "seen",
        f"{unit} at risk",
        "saved",
    )
    for one in run.typologies:
        table.add_row(
            one.kind,
            f"{one.customers:,}",
            f"{one.recall:.0%}",
            f"{one.days_to_label:.0f} d",
            f"{one.days_to_catch:.0f} d",
            f"{one.at_risk:,.0f}",
            f"{one.saved:,.0f}",
        )
    return table


def _catches(run: TrainingRun) -> Table:
    unit = reference.load()
    table = _table(
        f"Thresholds from {run.settings.thresholds}, on the test part",
        "",
        "score",
        f"or {unit.currency}",
        "a day",
        "rows",
        "fraud found",
        "precision",
        "bothered",
    )
    for catch in run.catches:
        table.add_row(
            catch.outcome,
            "" if catch.threshold is None else f"{1000 * catch.threshold:.0f}",
            "" if catch.loss is None else f"{catch.loss / 10**unit.minor_units:,.0f}",
            f"{catch.a_day:,.1f}",
            f"{catch.rows:,}",
            f"{catch.recall:.1%}",
            f"{catch.precision:.1%}",
            f"{catch.legitimate_share:.2%}",
        )
    table.caption, table.caption_justify = run.effect.sentence, "left"
    return table


def as_json(run: TrainingRun, kept: Kept) -> dict[str, Any]:
    """The same for a program."""
    return {
        "moment": run.target.moment,
        "risk": run.target.risk,
        "model": MODEL,
        "metrics": {row.candidate.name: dict(row.metrics) for row in run.comparison.rows},
        "base_rate": run.comparison.base_rate,
        "folds": [
            {
                "cut": date(fold.split.cut),
                "metrics": {row.candidate.name: row.metrics for row in fold.comparison.rows},
            }
            for fold in run.folds
        ],
        "searched": None if run.searched is None else run.searched.as_json(),
        "weak": None if run.weak is None else weak_screen.as_json(run.weak, run.comparison),
        "changes": run.changes,
        "typologies": run.typologies,
        "segments": run.segments,
        "funnel": run.split.funnel,
        "thresholds": run.limits,
        "effect": run.effect,
        "catches": run.catches,
        "seconds": run.seconds,
        "report": str(kept.report),
        "to_review": None if kept.to_review is None else str(kept.to_review),
        "run_id": kept.run_id,
        "version": kept.version,
        "bundle": kept.digest,
        "verdict": kept.verdict,
        "promoted": kept.promoted,
    }
