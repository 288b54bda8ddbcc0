"""A back-test, from two sets of policies and a history to what would have changed.

rows ──► what policies read ──► what each demands ──┐
   └───► labels, money ──► bad, good, not judged ───┴──► Evaluation, moment by moment

It reads, and leaves nothing behind: no decision, no state, no run.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.decide.policies import Policies
from features.declared import Catalogue
from features.errors import NotEnoughData
from features.offline import History
from training.backtest.evaluation import Evaluation, evaluate
from training.backtest.known import known
from training.backtest.rows import Span, read_rows
from training.labels import target_of
from training.questions import named_at
from training.steps import Steps


@dataclass(frozen=True)
class Ground:
    """What came of one moment: its ``rows`` of so many customers, first and last asked at (µs).

    Rows are bad if one of the ``risks`` came true; ``unjudged`` counts the others by reason.
    """

    moment: str
    risks: tuple[str, ...]
    rows: int
    customers: int
    first: int
    last: int
    unjudged: dict[str, int]
    evaluation: Evaluation


@dataclass(frozen=True)
class Backtest:
    """What came of each moment; of those in ``left_out`` nothing, for the reason given."""

    now: str
    then: str
    span: Span
    moments: tuple[Ground, ...]
    left_out: dict[str, str]


def backtest(
    history: History,
    catalogue: Catalogue,
    now: Policies,
    then: Policies,
    *,
    moment: str | None = None,
    risk: str | None = None,
    span: Span | None = None,
    steps: Steps | None = None,
) -> Backtest:
    """Compares the policies in force ``now`` with those that may be ``then``.

    ``moment`` is by default every moment at which either set asks something, ``risk`` all of
    the moment's. Raises `NotEnoughData` where nothing was asked.
    """
    span, steps = span or Span(as_of=history.span()[1]), steps or Steps()
    if moment is not None:
        catalogue.domain.named(moment)
    named = catalogue.moments if moment is None else (moment,)
    chosen = [one for one in named if now.at(one) or then.at(one)]
    if not chosen:
        at = "anything" if moment is None else f"about {named_at(moment)}"
        raise NotEnoughData(f"neither set of policies asks {at}: there is nothing to test")
    tested, left_out = [], {}
    for one in chosen:
        try:
            tested.append(_tested(history, catalogue, now, then, one, risk, span, steps))
        except NotEnoughData as problem:
            if len(chosen) == 1:
                raise
            left_out[one] = problem.message
    if not tested:
        raise NotEnoughData("\n".join(left_out.values()))
    return Backtest(now.digest, then.digest, span, tuple(tested), left_out)


def _tested(
    history: History,
    catalogue: Catalogue,
    now: Policies,
    then: Policies,
    moment: str,
    risk: str | None,
    span: Span,
    steps: Steps,
) -> Ground:
    what, domain = named_at(moment), catalogue.domain
    risks = (risk,) if risk is not None else tuple(domain.named(moment).risks)
    targets = [target_of(domain, moment, one) for one in risks]
    with steps(f"reading {what}"):
        used = now.used(moment) | then.used(moment)
        rows = read_rows(history, catalogue, moment, used, span, steps.watcher.went_on)
    with steps(f"judging {what}"):
        truth = known(history, targets, rows.asked, span.as_of)
    with steps(f"testing {what}"):
        evaluation = evaluate(now, then, moment, rows.columns, rows.asked.at, truth)
    return Ground(
        moment=moment,
        risks=risks,
        rows=len(rows.asked),
        customers=truth.customers,
        first=int(rows.asked.at[0]),
        last=int(rows.asked.at[-1]),
        unjudged=truth.unjudged,
        evaluation=evaluation,
    )
