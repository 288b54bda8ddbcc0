"""The report: one HTML file that a manager can read and a data scientist can check."""

from __future__ import annotations

from pathlib import Path

from training import pictures
from training.evaluate import RESAMPLES, TITLES
from training.pages import render
from training.promote import Verdict
from training.run import VELOCITY, TrainingRun

_TOP_SIGNALS = 15
_LEAST_GAIN = 0.0005


def write(run: TrainingRun, verdict: Verdict, home: Path) -> Path:
    """Writes the report of a run under ``home/reports``, in place of the moment's last one."""
    path = home / "reports" / f"{run.target.moment}-{run.target.risk}.html"
    gains = run.importance_frame().head(_TOP_SIGNALS).to_dict("records")
    tested = run.matrix.at[run.split.test.rows]
    render(
        "report.html.j2",
        path,
        run=run,
        verdict=verdict,
        velocity=VELOCITY,
        resamples=RESAMPLES,
        titles=TITLES,
        catches=run.catches,
        signals=[row for row in gains if row["gain"] >= _LEAST_GAIN],
        most_gain=max((row["gain"] for row in gains), default=1.0),
        pictures=pictures.of_run(run),
        first_day=int(run.matrix.at[0]),
        tested_from=int(tested[0]),
        tested_until=int(tested[-1]),
        half_known=run.split.delays.until(0.5),
        most_known=run.split.delays.until(0.9),
        seconds=sum(run.seconds.values()),
    )
    return path
