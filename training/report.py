"""The report: one HTML file that a manager can read and a data scientist can check."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np

from features import reference
from features.durations import DAY
from training import pictures
from training.costs import cost
from training.effect import Catch, Effect
from training.evaluate import LESS_IS_BETTER, RESAMPLES, TITLES
from training.history import date
from training.ladder import MODEL
from training.money import prices
from training.pages import render
from training.promote import Verdict
from training.run import TrainingRun
from training.segments import FEWEST, Segment, widest

_TOP_SIGNALS = 15
_LEAST_GAIN = 0.0005


def write(run: TrainingRun, verdict: Verdict, home: Path) -> Path:
    """Writes the report of a run under ``home/reports``, in place of the moment's last one."""
    path = home / "reports" / f"{run.target.moment}-{run.target.risk}.html"
    gains = run.importance_frame().head(_TOP_SIGNALS).to_dict("records")
    tested, costs, found = run.comparison.ground, run.settings.costs, prices(run.comparison)
    nothing = np.zeros(len(tested), dtype=np.bool_)
    render(
        "report.html.j2",
        path,
        run=run,
        verdict=verdict,
        model=MODEL,
        resamples=RESAMPLES,
        titles=TITLES,
        less=LESS_IS_BETTER,
        effect=run.effect,
        review=_reviewed(run.effect),
        signals=[row for row in gains if row["gain"] >= _LEAST_GAIN],
        most_gain=max((row["gain"] for row in gains), default=1.0),
        pictures={name: pictures.embedded(one) for name, one in pictures.of_run(run).items()},
        first_day=int(run.matrix.at[0]),
        tested_from=int(tested.at[0]),
        tested_until=int(tested.at[-1]),
        days=len(np.unique(tested.at // DAY)),
        half_known=run.split.delays.until(0.5),
        most_known=run.split.delays.until(0.9),
        seconds=sum(run.seconds.values()),
        money=money,
        unit=10 ** reference.load().minor_units,
        figure=figure,
        costs=costs,
        prices=found,
        best=max(found, key=lambda one: one.saved),
        worth_from=costs.threshold(tested.expected_loss),
        let_pass=float(tested.weight @ cost(costs, nothing, tested.positive, tested.loss)),
        fewest=FEWEST,
        widest=list(_widest(run.segments)),
        holes=_holes(run),
        losing=lasting(run),
    )
    return path


def _reviewed(done: Effect) -> Catch | None:
    """What gets a review or something stricter; None where scores ask for neither."""
    stopped = [one for one in done.catches if one.outcome in ("review", "decline")]
    return stopped[-1] if stopped else None


def money(amount: float) -> str:
    """An amount of the base currency for people.

    >>> money(12345.6)
    '12,346 USD'
    """
    return f"{amount:,.0f} {reference.load().currency}"


def figure(value: float) -> str:
    """A metric for people.

    >>> figure(0.12345), figure(123.45)
    ('0.123', '123.5')
    """
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def lasting(run: TrainingRun) -> str:
    """In which folds another candidate did better than the model, and at what, in words.

    The champion and the model with holes are the model itself, and not meant.
    """
    lost = []
    for fold in run.folds:
        ours = fold.comparison.of(MODEL).metrics
        for row in fold.comparison.rows:
            name = row.candidate.name
            if name == MODEL or name.startswith("no ") or name == "champion":
                continue
            better = [
                words
                for metric, words in (("average_precision", "average precision"), ("cost", "cost"))
                if (row.metrics[metric].value - ours[metric].value)
                * (-1 if metric in LESS_IS_BETTER else 1)
                > 0
            ]
            if better:
                lost.append(f"{name} from {date(fold.split.cut)} ({' and '.join(better)})")
    if not lost:
        return "The model was better than every other way in each of them."
    return f"It was not always the best: better were {', '.join(lost)}."


def _holes(run: TrainingRun) -> str:
    """What the model loses in average precision without a family of signals."""
    name = "average_precision"
    ours = run.comparison.of(MODEL).metrics[name].value
    return "; ".join(
        f"{row.candidate.name} {row.metrics[name].value - ours:+.3f} average precision"
        for row in run.comparison.rows
        if row.candidate.name.startswith("no ")
    )


def _widest(segments: tuple[Segment, ...]) -> Iterator[tuple[str, Segment, Segment]]:
    for fact, group in groupby(segments, key=lambda one: one.fact):
        if (pair := widest(list(group))) is not None:
            yield fact, *pair
