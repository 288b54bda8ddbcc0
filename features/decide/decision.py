"""The decision: a pure function of probabilities, points, policies and circumstances.

    models or scorecard ─┐
    policies ────────────┼──► demands ──► answered challenges, snoozes, people ──► the strictest
    least outcome ───────┘               (what may be let pass is let pass)

Made again with more circumstances, it is the same function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from msgspec import UNSET

from features.decide.circumstances import NOTHING_SAID, Circumstances, challenge_name
from features.decide.exploration import NO_CHANCE, Chance, Exploration
from features.decide.outcomes import Challenge, Outcome, strictest
from features.decide.policies import Hit
from features.decide.scorecard import CHALLENGE_AT, REVIEW_AT
from features.durations import DAY, HOUR
from features.thresholds import Losses, Thresholds

Mode = Literal["model", "previous_model", "scorecard", "fixed"]

#: How long a challenge that no policy asks for, and a review, may wait.
CHALLENGE_WITHIN = 24 * HOUR
REVIEW_WITHIN = 7 * DAY


class Assessed(NamedTuple):
    """What a model says of one risk: calibrated probability and the thresholds in force.

    ``exposure`` is the money that it may cost, in minor units; None where that is unknown.
    """

    risk: str
    probability: float
    thresholds: Thresholds
    exposure: int | None = None

    @property
    def asks(self) -> bool:
        """Whether the model alone asks for more than approval."""
        return bool(self.asked)

    @property
    def expected_loss(self) -> float | None:
        """Probability times exposure, in minor units."""
        return None if self.exposure is None else self.probability * self.exposure

    @property
    def asked(self) -> list[Outcome]:
        """The outcomes that its probability or its expected loss asks for."""
        asked = list(_asked(self.probability, self.thresholds))
        losses, loss = self.thresholds.losses, self.expected_loss
        if losses is not UNSET and loss is not None:
            asked += _asked(loss, losses)
        return asked


class Verdict(NamedTuple):
    """Outcome and score, with what demanded it.

    ``waits`` is how long a challenge or review may stay without an answer, µs; None where the
    outcome is final. ``propensity`` is the chance with which it was, or would have been, let
    pass against its score; None where there was none. ``exploration`` says so if it was.
    """

    outcome: Outcome
    score: int
    challenges: tuple[Challenge, ...]
    demanded_by: tuple[str, ...]
    exploration: Exploration | None = None
    propensity: float | None = None
    waits: int | None = None


class _Demand(NamedTuple):
    """What one source asks for. ``stands``: no person may let it pass."""

    source: str
    outcome: Outcome
    challenges: tuple[Challenge, ...] = ()
    failed: Outcome = "review"
    unanswered: Outcome = "decline"
    within: int = CHALLENGE_WITHIN
    stands: bool = False


_PEOPLE = ("override", "verdict", "allow_list")
_SCORECARD = Thresholds(challenge=CHALLENGE_AT / 1000, review=REVIEW_AT / 1000)


def decide(
    risks: Sequence[Assessed],
    points: int,
    hits: Iterable[Hit],
    chance: Chance = NO_CHANCE,
    circumstances: Circumstances = NOTHING_SAID,
    *,
    least: Outcome = "approve",
) -> Verdict:
    """The strictest that anything demands, after what has been said about it.

    The score is 1000 times the largest probability, rounded; without a model it is the
    scorecard's points. ``least`` is demanded where nothing can be read (`fixed`).

    Challenges that were passed satisfy who asked for them; failed or unanswered ones make the
    demand what its policy says. A review that nobody makes in time, also one that a challenge has
    become, is a decline. A challenge that nothing specifies is ``sms``. An override, or else a
    verdict, takes the place of all demands but those of red policies, and an allow list
    takes these away. An appeal turns what would be declined into a review, red policies apart.

    Chance speaks where models alone would stop an event: what a policy demands, what the
    scorecard asks for, and what anybody has said, stands.
    """
    score = max((round(1000 * risk.probability) for risk in risks), default=points)
    demands = _demands(risks, points, circumstances.heard(hits), least)
    if circumstances is not NOTHING_SAID:
        demands = _after(demands, circumstances)
    outcome = strictest(demand.outcome for demand in demands)
    deciding = [demand for demand in demands if demand.outcome == outcome]
    verdict = Verdict(outcome, score, (), _sources(deciding, circumstances))
    if outcome == "approve":
        return verdict
    if risks and chance.share and {demand.source for demand in demands} <= {r.risk for r in risks}:
        if chance.falls and not circumstances.ran_out:
            return _explored(verdict, chance)
        verdict = verdict._replace(propensity=chance.share)
    if outcome == "challenge":
        asked = tuple(dict.fromkeys(one for demand in deciding for one in demand.challenges))
        within = min(demand.within for demand in deciding)
        return verdict._replace(challenges=asked, waits=within)
    return verdict._replace(waits=REVIEW_WITHIN) if outcome == "review" else verdict


def _demands(
    risks: Sequence[Assessed], points: int, hits: Sequence[Hit], least: Outcome
) -> list[_Demand]:
    """What models (or the scorecard), policies and the fixed rung ask for."""
    of_policies = [_of_policy(hit) for hit in hits]
    asked = dict.fromkeys(one for demand in of_policies for one in demand.challenges)
    challenges = tuple(asked) or ("sms",)
    if risks:
        demands = [
            _Demand(assessed.risk, outcome, challenges)
            for assessed in risks
            for outcome in assessed.asked
        ]
    else:
        demands = [
            _Demand("scorecard", outcome, challenges)
            for outcome in _asked(points / 1000, _SCORECARD)
        ]
    demands += of_policies
    if least != "approve":
        demands.append(_Demand("fixed", least, challenges))
    return demands


def _of_policy(hit: Hit) -> _Demand:
    policy, outcome = hit.policy, hit.outcome
    stands = policy.override == "red"
    if outcome != "challenge":
        return _Demand(policy.id, outcome, stands=stands)
    return _Demand(
        policy.id,
        outcome,
        policy.challenges or ("sms",),
        policy.failed,
        policy.unanswered,
        policy.answer_within_us,
        stands,
    )


def _after(demands: list[_Demand], circumstances: Circumstances) -> list[_Demand]:
    """What demands come to when all have spoken."""
    said = [demand for demand in demands if demand.stands]
    override = circumstances.override
    if override is not None:
        said = [one for one in demands if one.stands or not override.heard(one.source)]
        said.append(_Demand("override", override.outcome))
    elif circumstances.verdict is not None:
        said.append(_Demand("verdict", circumstances.verdict))
    elif circumstances.allowed and len(said) < len(demands):
        said.append(_Demand("allow_list", "approve"))
    else:
        said = demands
    answered = [_answered(demand, circumstances) for demand in said]
    if said is demands and circumstances.appeal and not circumstances.expired:
        return [_appealed(demand) for demand in answered]
    return answered


def _appealed(demand: _Demand) -> _Demand:
    """A person looks again at what no person has declined."""
    declines = demand.outcome == "decline" and not demand.stands
    return demand._replace(outcome="review") if declines else demand


def _sources(deciding: list[_Demand], circumstances: Circumstances) -> tuple[str, ...]:
    """Who demanded the outcome; of an approval, the people who gave it."""
    if deciding and deciding[0].outcome == "approve":
        return tuple(demand.source for demand in deciding if demand.source in _PEOPLE)
    sources = dict.fromkeys(demand.source for demand in deciding)
    return (*sources, *("expired",) * circumstances.ran_out)


def _answered(demand: _Demand, circumstances: Circumstances) -> _Demand:
    """A demand after what was answered, or not in time."""
    if demand.outcome == "review" and circumstances.expired:
        return demand._replace(outcome="decline")
    if demand.outcome != "challenge":
        return demand
    said = {one: circumstances.said.get(challenge_name(one)) for one in demand.challenges}
    left = tuple(one for one, result in said.items() if result != "passed")
    if not left:
        return demand._replace(outcome="approve")
    is_over = circumstances.expired
    if "failed" in said.values():
        outcome: Outcome = demand.failed
    elif "abandoned" in said.values():
        outcome = demand.unanswered
    elif circumstances.ran_out:
        outcome, is_over = demand.unanswered, is_over and circumstances.late
    else:
        return demand._replace(challenges=left)
    return demand._replace(outcome="decline" if is_over else outcome)


def _explored(verdict: Verdict, chance: Chance) -> Verdict:
    return verdict._replace(
        outcome="approve",
        demanded_by=("exploration",),
        exploration=Exploration(chance.share, verdict.outcome),
        propensity=chance.share,
    )


def _asked(value: float, thresholds: Thresholds | Losses) -> Iterator[Outcome]:
    limits: tuple[tuple[Outcome, float | None], ...] = (
        ("challenge", thresholds.challenge),
        ("review", thresholds.review),
        ("decline", thresholds.decline),
    )
    for outcome, limit in limits:
        if limit is not None and value >= limit:
            yield outcome
