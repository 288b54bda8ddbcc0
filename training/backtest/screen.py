"""What a back-test looks like in a terminal of 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from training.backtest.evaluation import Evaluation
from training.backtest.known import Found
from training.backtest.run import Backtest, Ground
from training.backtest.words import Currency, count, interval, percent
from training.history import date
from training.questions import named_at
from training.steps import Steps, Watcher

_TEXTS = ("", "policy", "outcome", "now", "then")
_NOTE = (
    "Policies alone: what the score would ask for besides has no part in this, and what came "
    "after the event (a bank's answer, a list) is unknown. Stopped is whatever is challenged, "
    "reviewed or declined; hurt are the good customers among it. An outcome in brackets is that "
    "of a policy in the shadow, which stops nothing. "
    "Precision is the bad share of judged rows with its 95 % interval (Wilson's, for rows that "
    "come in customers). Saved is what bad customers used or paid for from the first stopped row "
    "until they were found out, alone what no other policy would have saved."
)


class _Bar(Watcher):
    """A line for each step."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._now = TaskID(0)

    def began(self, name: str) -> None:
        self._now = self._progress.add_task(name, total=None)

    def went_on(self, done: int, total: int) -> None:
        self._progress.update(self._now, completed=done, total=total)

    def ended(self, name: str, seconds: float) -> None:
        self._progress.update(self._now, completed=1, total=1)


@contextmanager
def watched(quiet: bool) -> Iterator[Steps]:
    """Steps that draw a bar each on standard error."""
    columns = TextColumn("{task.description:<18}"), BarColumn(bar_width=30), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        yield Steps(_Bar(progress))


def show(report: Backtest, then: str, now: str, currency: Currency) -> None:
    """Moment by moment: each policy, what its hits are, the whole, and what would change.

    ``then`` and ``now`` say where the two sets are from.
    """
    console = Console(highlight=False)
    console.print(f"[bold]then[/bold]   {then}\n[bold]now[/bold]    {now}", soft_wrap=True)
    console.print(f"[bold]as of[/bold]  {date(report.span.as_of)}, money in {currency.code}")
    if report.then == report.now:
        console.print("The two are the same: name the policies in force with --against.")
    for tested in report.moments:
        console.print("", *_moment(tested, currency), sep="\n")
    for reason in report.left_out.values():
        console.print(f"\nLeft out: {reason}")
    console.print(f"\n{_NOTE}")


def _moment(tested: Ground, currency: Currency) -> Iterator[Table | str]:
    found = tested.evaluation
    yield (
        f"[bold]{named_at(tested.moment).capitalize()}[/bold] from {date(tested.first)} to "
        f"{date(tested.last)}: {tested.rows:,}, of {tested.customers:,} customers"
    )
    yield _judged(tested, currency)
    if tested.unjudged:
        reasons = ", ".join(f"{rows:,} {reason}" for reason, rows in tested.unjudged.items())
        yield f"not judged: {reasons}"
    if found.policies:
        yield from ("", _hits(tested), "", _worth(found, currency))
    yield from ("", _whole(found, currency), "", *_changes(found, currency))


def _judged(tested: Ground, currency: Currency) -> str:
    every = tested.evaluation.every
    if every.bad + every.good == 0:
        return "None can be judged yet, so nothing is said of precision and money."
    at_stake = f"{currency.major(every.money)} {currency.code} at stake"
    risks = " or ".join(tested.risks)
    return f"judged: {every.bad + every.good:,}, {every.bad:,} of them bad ({risks}; {at_stake})"


def _table(title: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", title=title, title_justify="left")
    for name in columns:
        of_text = name in _TEXTS
        table.add_column(
            name, justify="left" if of_text else "right", no_wrap=name != "policy", overflow="fold"
        )
    return table


def _hits(tested: Ground) -> Table:
    policies = tested.evaluation.policies
    title = "Each policy: the rows it hits"
    table = _table(
        title, "#", "policy", "outcome", "hits", "share", "only it", "unknown", "most shared"
    )
    number = {policy.id: place for place, policy in enumerate(policies, 1)}
    for policy in policies:
        most = policy.shares_most
        table.add_row(
            str(number[policy.id]),
            policy.id,
            f"({policy.outcome})" if policy.shadow else policy.outcome,
            count(policy.hits.rows),
            percent(policy.hits.rows / tested.rows),
            count(policy.only.rows),
            percent(policy.unknown / tested.rows),
            f"{count(most[1])} with {number[most[0]]:>2}" if most else "",
        )
    return table


_FOUND = ("bad", "good", "not\njudged", "hurt", "precision", "saved")


def _found(found: Found, currency: Currency) -> tuple[str, ...]:
    return (
        count(found.bad),
        count(found.good),
        count(found.unjudged),
        count(found.good_customers),
        interval(found.precision),
        currency.short(found.money),
    )


def _worth(found: Evaluation, currency: Currency) -> Table:
    table = _table("Each policy: what those rows are", "#", "policy", *_FOUND, "alone")
    for number, policy in enumerate(found.policies, 1):
        alone = currency.short(policy.only.money)
        table.add_row(str(number), policy.id, *_found(policy.hits, currency), alone)
    return table


def _whole(found: Evaluation, currency: Currency) -> Table:
    table = _table("All policies together", "", "stopped", *_FOUND, "bad\nfound")
    for name, whole in (("now", found.now), ("then", found.then)):
        stopped = whole.stopped
        caught = percent(stopped.bad / found.every.bad) if found.every.bad else "unknown"
        table.add_row(name, count(stopped.rows), *_found(stopped, currency), caught)
    return table


def _changes(found: Evaluation, currency: Currency) -> Iterator[Table | str]:
    if found.changes:
        rows = sum(one.found.rows for one in found.changes)
        title = f"What would change: {rows:,} rows ({percent(rows / found.every.rows)})"
        table = _table(title, "now", "then", "rows", *_FOUND[:-1], "at stake")
        for one in found.changes:
            table.add_row(one.now, one.then, count(one.found.rows), *_found(one.found, currency))
        yield table
    else:
        yield "No row would get another outcome."
    told = [
        f"{name}: {', '.join(ids)}."
        for name, ids in (
            ("New", [one.id for one in found.policies if one.standing == "new"]),
            ("Changed", [one.id for one in found.policies if one.standing == "changed"]),
            ("Gone", found.gone),
        )
        if ids
    ]
    if told:
        yield " ".join(told)
