"""What weak labels are worth, in a terminal of 80 columns and for programs."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from training.evaluate import Comparison
from training.ladder import FIXED, MODEL, POLICIES, SCORECARD
from training.weak_worth import Worth


def show(console: Console, found: Worth, weakly: Comparison) -> None:
    """Whose word the labels are, what they had right, and what can be promised."""
    said = found.sources
    console.print(
        f"\n[bold]Weak labels[/bold]: bad are {said.policy:,} rows by policies alone, "
        f"{said.alert:,} by alerts alone, {said.both:,} by both, {said.label:,} by labels; alerts "
        f"are awaited for {found.days} days. All probabilities and figures above are those of "
        "weak labels."
    )
    console.print(
        f"{len(found.left_out)} columns that the rules themselves read are kept from the model."
    )
    if found.agreement is not None:
        right = found.agreement
        console.print(
            f"Of {right.rows:,} rows that real labels judge, weak ones were right in "
            f"{right.precision:.1%} of those they call bad, and knew {right.recall:.1%} of the bad."
        )
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.title = "Average precision on later rows"
    table.add_column("", no_wrap=True)
    table.add_column("by weak labels", justify="right")
    table.add_column("by real labels", justify="right")
    for name in (FIXED, POLICIES, SCORECARD, MODEL):
        table.add_row(name, _figure(weakly, name), _figure(found.real, name))
    console.print("", table)


def _figure(comparison: Comparison | None, name: str) -> str:
    if comparison is None:
        return "not known"
    if name == FIXED:
        return f"{comparison.base_rate:.3f}"
    figure = comparison.of(name).metrics["average_precision"]
    return f"{figure.value:.3f} ({figure.low:.2f}-{figure.high:.2f})"


def as_json(found: Worth, weakly: Comparison) -> dict[str, Any]:
    """The same for a program."""
    compared = {"weak_labels": weakly} | ({"real_labels": found.real} if found.real else {})
    return {
        "days": found.days,
        "policies": found.policies,
        "left_out": found.left_out,
        "positives": found.sources,
        "agreement": found.agreement,
        "average_precision": {
            by: {row.candidate.name: row.metrics["average_precision"] for row in comparison.rows}
            for by, comparison in compared.items()
        },
        "base_rate": {by: comparison.base_rate for by, comparison in compared.items()},
        "gain": found.gain,
        "promise": found.promise,
        "to_review": found.to_review,
    }
