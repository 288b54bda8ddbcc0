"""Drift: whether what live decisions used still looks like what the model learned from.

No label is needed, so it tells today what labels would tell in months: a changed business, a
changed fraud, or a fault that leaves signals unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.contract import Bundle, Contract, Spread
from features.errors import NotEnoughData, SetupError
from training.labels import Floats
from training.live import Live
from training.model import read_booster
from training.spread import SCORE
from training.stability import stability

Level = Literal["fine", "warn", "alarm"]
_LEVELS: tuple[Level, ...] = ("alarm", "warn", "fine")

LEAST_DECISIONS = 100


@dataclass(frozen=True)
class Limits:
    """From which index on a signal is worth a look, and from which it has shifted."""

    warn: float = 0.1
    alarm: float = 0.25

    def __post_init__(self) -> None:
        if not 0.0 < self.warn <= self.alarm:
            raise SetupError("--warn must be above 0, and --alarm no smaller than --warn")


@dataclass(frozen=True)
class Shift:
    """How far one column, or the score, has moved.

    ``index`` is the population stability index less what chance alone would show;
    ``unknown_then`` and ``unknown_now`` are shares of the rows, ``now`` those of each bin with
    the unknown last. ``gain`` is the column's share in what the model learned.
    """

    spread: Spread
    index: float
    level: Level
    now: Floats
    gain: float

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.spread.name

    @property
    def unknown_then(self) -> float:
        """Share of the rows in training that did not know it."""
        return self.spread.missing

    @property
    def unknown_now(self) -> float:
        """Share of the live decisions that did not know it."""
        return float(self.now[-1])


@dataclass(frozen=True)
class Drift:
    """Live decisions held against a bundle: the score (None where too few used this bundle),
    the columns from the worst on, and those that could not be compared."""

    bundle: str
    contract: Contract
    live: Live
    limits: Limits
    score: Shift | None
    columns: tuple[Shift, ...]
    not_compared: tuple[str, ...]

    def at(self, level: Level) -> tuple[Shift, ...]:
        """The score and the columns of a level."""
        every = (*((self.score,) if self.score else ()), *self.columns)
        return tuple(one for one in every if one.level == level)

    @property
    def level(self) -> Level:
        """The worst level there is."""
        return "alarm" if self.at("alarm") else "warn" if self.at("warn") else "fine"

    @property
    def sentence(self) -> str:
        """What it comes to."""
        if self.level == "fine":
            return "none: live decisions look like the rows in training"
        moved = [one.name.strip("()") for one in self.at(self.level)]
        named = ", ".join(moved[:3]) + (f" and {len(moved) - 3} more" if len(moved) > 3 else "")
        if self.level == "warn":
            return f"worth a look: {named} moved by {self.limits.warn:g} or more"
        return (
            f"found: {named} moved by {self.limits.alarm:g} or more; see what changed, or retrain"
        )


def demand_spread(contract: Contract) -> None:
    """Raises `NotEnoughData` where a bundle does not say how its signals lay in training."""
    if not contract.spread:
        raise NotEnoughData(
            "this model was trained before bundles kept how their signals lay in training: "
            "train again with `vouch train`, and drift can be seen from then on"
        )


def compare(bundle: Bundle, digest: str, live: Live, limits: Limits) -> Drift:
    """Holds counted decisions against the training rows of a bundle.

    A column that the model does not use warns at most. Raises `NotEnoughData` where there are
    too few decisions to tell anything, or only such as were made with another catalogue.
    """
    contract = bundle.contract
    demand_spread(contract)
    if live.decisions < LEAST_DECISIONS:
        raise NotEnoughData(
            f"{live.decisions} decisions at {contract.moment} in this window are too few to tell "
            f"drift from chance, {LEAST_DECISIONS} are needed: choose more --days"
        )
    if live.decisions - live.strange < LEAST_DECISIONS:
        raise NotEnoughData(
            f"{live.strange:,} of these {live.decisions:,} decisions were made with another "
            "catalogue, so nothing tells which signal is which: export with the catalogue that "
            "served then (`--catalogue`), or wait for more decisions made with this one"
        )
    enough = [one for one in contract.spread if live.counts[one.name].sum() >= LEAST_DECISIONS]
    if not any(one.name != SCORE for one in enough):
        raise NotEnoughData(
            "these decisions used none of the model's signals as it knows them: they were made "
            "without it, so compare them with the model that served then (--bundle)"
        )
    gains = _gains(bundle)
    shifts = [_shift(one, live.counts[one.name], gains, limits, len(enough)) for one in enough]
    compared = {one.name for one in enough}
    return Drift(
        bundle=digest,
        contract=contract,
        live=live,
        limits=limits,
        score=next((one for one in shifts if one.name == SCORE), None),
        columns=tuple(
            sorted(
                (one for one in shifts if one.name != SCORE),
                key=lambda one: (_LEVELS.index(one.level), -one.index, -one.gain, one.name),
            )
        ),
        not_compared=tuple(
            one.name for one in contract.spread if one.name not in compared and one.name != SCORE
        ),
    )


def _gains(bundle: Bundle) -> Mapping[str, float]:
    gain = np.asarray(read_booster(bundle.model).feature_importance("gain"), dtype=np.float64)
    shares = gain / max(float(gain.sum()), 1e-12)
    return {**dict(zip(bundle.contract.names, shares.tolist(), strict=True)), SCORE: 1.0}


def _shift(
    spread: Spread, counts: Floats, gains: Mapping[str, float], limits: Limits, tests: int
) -> Shift:
    then, gain = np.array([*spread.shares, spread.missing]), gains[spread.name]
    found = stability(then, spread.rows, counts, tests)
    level: Level = "fine"
    if found.index >= limits.warn and not found.by_chance:
        level = "alarm" if found.index >= limits.alarm and gain > 0 else "warn"
    return Shift(spread, found.index, level, counts / counts.sum(), gain)
