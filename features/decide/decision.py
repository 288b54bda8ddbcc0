"""The decision: a pure function of probabilities, points and policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from features.contract import Thresholds
from features.decide.exploration import NO_CHANCE, Chance, Exploration
from features.decide.outcomes import Challenge, Outcome, strictest
from features.decide.policies import Hit
from features.decide.scorecard import CHALLENGE_AT, REVIEW_AT

Mode = Literal["model", "previous_model", "scorecard", "fixed"]


class Assessed(NamedTuple):
    """What a model says of one risk: calibrated probability and the thresholds in force."""

    risk: str
    probability: float
    thresholds: Thresholds

    @property
    def asks(self) -> bool:
        """Whether the probability alone asks for more than approval."""
        return any(_asked(self.probability, self.thresholds))


class Verdict(NamedTuple):
    """Outcome and score, with what demanded it.

    ``propensity`` is the chance with which it was, or would have been, let pass against its
    score; None where there was none. ``exploration`` says so if it was.
    """

    outcome: Outcome
    score: int
    challenges: tuple[Challenge, ...]
    demanded_by: tuple[str, ...]
    exploration: Exploration | None = None
    propensity: float | None = None


_SCORECARD = Thresholds(challenge=CHALLENGE_AT / 1000, review=REVIEW_AT / 1000)


def decide(
    risks: Sequence[Assessed], points: int, hits: Iterable[Hit], chance: Chance = NO_CHANCE
) -> Verdict:
    """The strictest that any risk or policy demands, unless chance lets it pass.

    The score is 1000 times the largest probability, rounded; without a model it is the
    scorecard's points. Challenges of policies count where the outcome is `challenge`;
    a challenge that nothing specifies is ``sms``. Chance speaks where models alone would stop
    an event: what a policy demands, and what the scorecard asks for, stands.
    """
    demands: list[tuple[str, Outcome]] = []
    for risk, probability, thresholds in risks:
        demands += [(risk, outcome) for outcome in _asked(probability, thresholds)]
    if not risks:
        demands += [("scorecard", outcome) for outcome in _asked(points / 1000, _SCORECARD)]
    hits = tuple(hits)
    demands += [(hit.policy.id, hit.outcome) for hit in hits]
    outcome = strictest(outcome for _, outcome in demands)
    score = max((round(1000 * risk.probability) for risk in risks), default=points)
    wanted = tuple(dict.fromkeys(one for hit in hits for one in hit.policy.challenges))
    verdict = Verdict(
        outcome=outcome,
        score=score,
        challenges=(wanted or ("sms",)) if outcome == "challenge" else (),
        demanded_by=tuple(
            dict.fromkeys(source for source, demand in demands if demand == outcome != "approve")
        ),
    )
    models_alone = bool(risks) and not hits
    return _explored(verdict, chance) if models_alone and outcome != "approve" else verdict


def _explored(verdict: Verdict, chance: Chance) -> Verdict:
    if not chance.share:
        return verdict
    if not chance.falls:
        return verdict._replace(propensity=chance.share)
    return Verdict(
        outcome="approve",
        score=verdict.score,
        challenges=(),
        demanded_by=("exploration",),
        exploration=Exploration(chance.share, verdict.outcome),
        propensity=chance.share,
    )


def _asked(value: float, thresholds: Thresholds) -> Iterator[Outcome]:
    limits: tuple[tuple[Outcome, float | None], ...] = (
        ("challenge", thresholds.challenge),
        ("review", thresholds.review),
        ("decline", thresholds.decline),
    )
    for outcome, limit in limits:
        if limit is not None and value >= limit:
            yield outcome
