"""Pictures of a run, drawn by matplotlib without a display."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from features import reference
from training.evaluate import Comparison
from training.labels import Floats, Truths
from training.ladder import FIXED, MODEL, RAW, SCORECARD
from training.metrics import Ranking
from training.money import prices
from training.run import TrainingRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, GREY, AMBER, BLUE, RED = "#1f2937", "#9ca3af", "#d97706", "#2563eb", "#dc2626"
GREEN = "#059669"
#: The rungs that are drawn; the others are in the table.
_COLOURS = {SCORECARD: GREEN, RAW: AMBER, MODEL: BLUE}
_STYLE: dict[Any, Any] = {
    "font.size": 10.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e5e7eb",
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.fonttype": "path",
    "svg.hashsalt": "vouch",
}
_DPI = 150
_MOST_SIGNALS = 15


def drawn(draw: Callable[[Axes], None], width: float = 4.8, height: float = 3.4) -> bytes:
    """What ``draw`` puts on one pair of axes (inches), as SVG; the same bytes each time."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), dpi=_DPI, layout="constrained")
        draw(figure.subplots())
        page = BytesIO()
        FigureCanvasSVG(figure).print_svg(page, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return page.getvalue()


def embedded(picture: bytes) -> str:
    """A picture as a data URI, to live inside a page."""
    return "data:image/svg+xml;base64," + base64.b64encode(picture).decode()


def of_run(run: TrainingRun) -> dict[str, bytes]:
    """All pictures of a run by name."""
    scored = run.comparison.of(MODEL).candidate
    positive = run.split.test.positive
    pictures = {
        "precision_recall": drawn(lambda axes: _precision_recall(axes, run.comparison)),
        "roc": drawn(lambda axes: _roc(axes, run.comparison)),
        "calibration": drawn(lambda axes: _calibration(axes, scored.probability, positive)),
        "scores": drawn(lambda axes: _scores(axes, scored.probability, positive, run)),
        "money": drawn(lambda axes: _money(axes, run), width=9.6, height=2.8),
        "importance": drawn(lambda axes: _importance(axes, run), width=9.6, height=4.2),
        "delays": drawn(lambda axes: _delays(axes, run), width=9.6, height=2.6),
    }
    if run.folds:
        pictures["folds"] = drawn(lambda axes: _folds(axes, run), width=9.6, height=2.8)
    return pictures


def _points(score: Floats, positive: Truths) -> tuple[Floats, Floats]:
    true, false = Ranking(score, positive).curve(np.ones((1, len(score))))
    return true[0], false[0]


def _precision_recall(axes: Axes, comparison: Comparison) -> None:
    for row in comparison.rows:
        name = row.candidate.name
        label = f"{name} ({row.metrics['average_precision'].value:.2f})"
        if name == FIXED:
            axes.axhline(comparison.base_rate, color=GREY, linestyle="--", label=label)
        if name not in _COLOURS:
            continue
        true, false = _points(row.candidate.score, comparison.ground.positive)
        axes.step(
            true / true[-1], true / (true + false), color=_COLOURS[name], where="post", label=label
        )
    axes.set(
        xlabel="recall: share of the fraud found", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02)
    )
    axes.legend(frameon=False, title="average precision", alignment="left", loc="upper right")


def _roc(axes: Axes, comparison: Comparison) -> None:
    for row in comparison.rows:
        name = row.candidate.name
        label = f"{name} ({row.metrics['roc_auc'].value:.2f})"
        if name == FIXED:
            chance = np.geomspace(1e-3, 1, 60)
            axes.plot(chance, chance, color=GREY, linestyle="--", label=label)
        if name not in _COLOURS:
            continue
        true, false = _points(row.candidate.score, comparison.ground.positive)
        axes.step(
            false / false[-1], true / true[-1], color=_COLOURS[name], where="post", label=label
        )
    axes.set(
        xscale="log",
        xlabel="share of honest customers bothered",
        ylabel="share of the fraud found",
        xlim=(2e-3, 1),
        ylim=(0, 1.02),
    )
    axes.set_xticks([0.005, 0.01, 0.05, 0.2, 1.0], ["0.5 %", "1 %", "5 %", "20 %", "100 %"])
    axes.minorticks_off()
    axes.legend(frameon=False, title="area under the curve", alignment="left", loc="upper left")


def _calibration(axes: Axes, probability: Floats, positive: Truths) -> None:
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, 11)))
    bins = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, len(edges) - 2)
    said = np.array([probability[bins == each].mean() for each in np.unique(bins)])
    was = np.array([positive[bins == each].mean() for each in np.unique(bins)])
    rows = np.array([(bins == each).sum() for each in np.unique(bins)])
    spread = 1.96 * np.sqrt(np.maximum(was * (1 - was), 1e-9) / rows)
    most = max(float(said.max()), float((was + spread).max())) * 1.1
    axes.plot([0, most], [0, most], color=GREY, linestyle="--", label="as it should be")
    axes.errorbar(
        said, was, yerr=spread, color=BLUE, fmt="o-", markersize=4, label="tenths of rows"
    )
    axes.set(
        xlabel="probability said", ylabel="share that was fraud", xlim=(0, most), ylim=(0, most)
    )
    axes.legend(frameon=False, loc="upper left")


def _scores(axes: Axes, probability: Floats, positive: Truths, run: TrainingRun) -> None:
    edges = np.linspace(0, 1000, 41)
    for name, rows, colour in (("honest", ~positive, GREY), ("fraud", positive, RED)):
        axes.hist(
            1000 * probability[rows], bins=edges.tolist(), color=colour, alpha=0.75, label=name
        )
    limits = {"challenge": (run.limits.challenge, 0.90), "review": (run.limits.review, 0.97)}
    for name, (limit, height) in limits.items():
        if limit is not None:
            axes.axvline(1000 * limit, color=INK, linewidth=1, linestyle=":")
            placed = axes.get_xaxis_transform()
            axes.text(1000 * limit + 8, height, name, transform=placed, va="top")
    axes.set(yscale="log", xlabel="score", ylabel=f"{run.target.moment}s", xlim=(0, 1000))
    axes.legend(frameon=False, loc="upper right")


def _delays(axes: Axes, run: TrainingRun) -> None:
    curve, wait = run.split.delays, run.target.wait
    axes.step(curve.days, curve.known, color=BLUE, where="post")
    most = max(float(curve.days[-1]), wait, 1.0) * 1.05
    axes.axvline(wait, color=RED, linestyle="--")
    side, gap = ("left", 0.01) if wait < 0.7 * most else ("right", -0.01)
    axes.text(wait + gap * most, 0.05, f"trusted after {wait} days", color=RED, ha=side)
    axes.set(
        xlabel=f"days from {run.target.moment} to the label",
        ylabel="share known",
        xlim=(0, most),
        ylim=(0, 1.02),
    )


def _money(axes: Axes, run: TrainingRun) -> None:
    found = prices(run.comparison, range(1, 2 + run.settings.costs.reviews_a_day))
    axes.plot([one.reviews_a_day for one in found], [one.saved for one in found], color=BLUE)
    axes.axhline(0, color=GREY, linewidth=1)
    axes.set(
        xscale="log",
        xlabel="reviews a day, at most",
        ylabel=f"saved, {reference.load().currency}",
    )


def _importance(axes: Axes, run: TrainingRun) -> None:
    gains = list(run.model.gains().items())[:_MOST_SIGNALS][::-1]
    axes.barh([name for name, _ in gains], [gain for _, gain in gains], color=BLUE)
    axes.set(xlabel="share of all gain")
    axes.grid(axis="y", visible=False)


def _folds(axes: Axes, run: TrainingRun) -> None:
    frame = run.folds_frame()
    for name, colour in _COLOURS.items():
        if name in frame:
            axes.plot(list(frame.index), frame[name], color=colour, marker="o", label=name)
    axes.set(ylabel="average precision", xlabel="tested from", ylim=(0, None))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
