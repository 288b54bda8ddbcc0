"""What a model of weak labels is worth: told by real ones where there are any, else not at all."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from training.costs import Costs
from training.evaluate import RESAMPLES, Candidate, Comparison, Ground, Interval, compare
from training.fitting import Fitted
from training.funnel import Rows
from training.labels import NEVER, Judged, Truths, judge
from training.ladder import MODEL, SCORECARD, Ladder
from training.metrics import Ranking, numbered, resamples
from training.rows import Table
from training.split import Part, Split
from training.weak import Weak

_SEED = 7


@dataclass(frozen=True)
class Sources:
    """How many rows are bad by the word of whom: one alone, both, or a label that is known."""

    policy: int
    alert: int
    both: int
    label: int


@dataclass(frozen=True)
class Agreement:
    """What policies and alerts had right of the ``rows`` that labels can judge by now."""

    rows: int
    precision: float
    recall: float


@dataclass(frozen=True)
class Suspicion:
    """A row to look at: its customer, its time (µs) and what the weak model says of it, 0-1000."""

    id: str
    customer: str
    at: int
    score: int


@dataclass(frozen=True)
class Worth:
    """The worth of weak labels, and of the model that learned from them.

    ``days`` is how long alerts were awaited. ``real`` compares on ``later`` rows with real
    labels, where those have both classes, and ``gain`` is what the model has there over the
    scorecard in average precision. ``to_review`` are those who look most like the hits, and are
    none.
    """

    days: int
    policies: tuple[str, ...]
    left_out: tuple[str, ...]
    sources: Sources
    agreement: Agreement | None
    real: Comparison | None
    gain: Interval | None
    later: Part | None
    to_review: tuple[Suspicion, ...]

    @property
    def is_better(self) -> bool:
        """Whether the model surely ranks by real labels better than the scorecard does."""
        return self.gain is not None and self.gain.low > 0.0

    @property
    def promise(self) -> str:
        """What may be expected of the model, for people."""
        if self.real is None or self.gain is None:
            why = "no real label says whether the weak ones are right"
            if self.agreement is not None:
                why = "real labels are not in yet for rows later than those learned from"
            return (
                f"{why}, so nothing can be promised: review the cases of the list first, send what "
                "you find as labels, and train again; policies and scorecard decide meanwhile"
            )
        ours, card = (
            self.real.of(name).metrics["average_precision"].value for name in (MODEL, SCORECARD)
        )
        figures = (
            f"average precision {ours:.3f} by real labels, the scorecard's {card:.3f}, chance "
            f"{self.real.base_rate:.3f}; 95 % interval of the gain over the scorecard "
            f"{self.gain.low:+.3f} to {self.gain.high:+.3f}"
        )
        if self.is_better:
            return f"better than the scorecard, though it learned from weak labels: {figures}"
        return f"not surely better than the scorecard: {figures}"


def worth(
    table: Table,
    judging: Weak,
    parts: Split,
    fitted: Mapping[str, Fitted],
    ladder: Ladder,
    costs: Costs,
) -> Worth:
    """Judges all that can be judged by now."""
    history, asked = table.history, table.asked
    weakly = judging(history, table.target, asked, table.as_of)
    really = judge(history, judging.real, asked, table.as_of)
    signs = judging.signs(history, table.target, asked, table.as_of)
    named = np.array([one is not None for one in asked.customers], dtype=np.bool_)
    judged = named & really.mature & ~really.blocked & ~really.known_before
    alerted = signs.alert_at < NEVER
    comparison, gain, part = None, None, None
    later = np.flatnonzero(judged & (asked.at >= parts.cut))
    if 0 < really.positive[later].sum() < len(later):
        part = _part(later, really)
        comparison = _compare(table, parts, part, fitted, ladder, costs)
        gain = _gain(
            comparison.of(MODEL).candidate, comparison.of(SCORECARD).candidate, comparison.ground
        )
    suspects = named & (asked.at >= parts.cut) & ~judging.hit & ~alerted & ~signs.before
    suspects &= ~signs.cleared & ~really.positive & ~really.known_before
    return Worth(
        days=table.target.wait,
        policies=judging.policies,
        left_out=tuple(sorted(judging.left_out)),
        sources=_sources(weakly, judging.hit, alerted, really, named),
        agreement=_agreement(judged, judging.hit | alerted, really.positive),
        real=comparison,
        gain=gain,
        later=part,
        to_review=_suspicions(table, np.flatnonzero(suspects), fitted[MODEL], costs.reviews_a_day),
    )


def write_review_list(found: Worth, path: Path) -> Path:
    """Writes whom to review first as CSV, the most suspicious on top; ids only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("id", "customer", "at", "score"))
        for one in found.to_review:
            at = datetime.fromtimestamp(one.at / 1e6, UTC).isoformat(timespec="seconds")
            rows.writerow((one.id, one.customer, at, one.score))
    return path


def _sources(
    weakly: Judged, hit: Truths, alerted: Truths, really: Judged, named: Truths
) -> Sources:
    bad = weakly.positive & weakly.mature & ~weakly.blocked & named
    said = bad & ~really.positive
    return Sources(
        policy=int((said & hit & ~alerted).sum()),
        alert=int((said & alerted & ~hit).sum()),
        both=int((said & alerted & hit).sum()),
        label=int((bad & really.positive).sum()),
    )


def _agreement(judged: Truths, said: Truths, bad: Truths) -> Agreement | None:
    if not (judged & bad).any():
        return None
    right = int((judged & said & bad).sum())
    return Agreement(
        rows=int(judged.sum()),
        precision=right / max(int((judged & said).sum()), 1),
        recall=right / int((judged & bad).sum()),
    )


def _part(rows: Rows, judged: Judged) -> Part:
    return Part(
        rows, judged.positive[rows], judged.weight[rows], judged.known_at[rows], judged.kind[rows]
    )


def _compare(
    table: Table,
    parts: Split,
    later: Part,
    fitted: Mapping[str, Fitted],
    ladder: Ladder,
    costs: Costs,
) -> Comparison:
    really = replace(parts, test=later)
    return compare(ladder.candidates(really, fitted), table.ground(really, costs), costs)


def _gain(ours: Candidate, other: Candidate, tested: Ground) -> Interval:
    """Average precision of one less that of the other, on the same resamples of customers."""
    first, second = (Ranking(one.score, tested.positive) for one in (ours, other))

    def difference(weights: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[float]:
        found = [one.metrics(weights)["average_precision"] for one in (first, second)]
        gained: list[float] = (found[0] - found[1]).tolist()
        return gained

    drawn: list[float] = []
    for weights in resamples(numbered(tested.customers), RESAMPLES, _SEED):
        drawn += difference(weights * tested.weight)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Interval(difference(tested.weight[None, :])[0], float(low), float(high))


def _suspicions(table: Table, rows: Rows, model: Fitted, most: int) -> tuple[Suspicion, ...]:
    """The most suspicious of some rows, each customer once."""
    matrix = table.matrix
    margin = model.margin(matrix.values[rows])
    probability = model.model.calibration(margin)
    seen: set[str] = set()
    found: list[Suspicion] = []
    for place in np.argsort(-margin, kind="stable").tolist():
        row, customer = rows[place], str(matrix.customers[rows[place]])
        if customer in seen:
            continue
        seen.add(customer)
        score = round(1000 * float(probability[place]))
        found.append(Suspicion(str(matrix.ids[row]), customer, int(matrix.at[row]), score))
        if len(found) == most:
            break
    return tuple(found)
