"""The gate: a challenger is used only if it earned it. A pure decision over figures.

A figure is compared on the same rows, with the same resamples of customers, and judged by the
interval of the difference. A gain must be sure; a loss counts only if it is surely larger than
a margin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from features.errors import SetupError


@dataclass(frozen=True)
class Gate:
    """What a challenger must hold, against what is in use.

    ``least_gain`` is in average precision; ``calibration_margin`` in calibration error and
    ``disparity_margin`` in false-positive rate are absolute. ``latency_margin`` is a share, and
    means nothing below ``latency_free`` µs a row: a request takes hundreds. ``level`` is that
    of the intervals, made of so many ``resamples``; a region with fewer honest rows than
    ``honest_in_region`` is too small to be compared.
    """

    level: float = 0.95
    least_gain: float = 0.0
    calibration_margin: float = 0.01
    disparity_margin: float = 0.02
    latency_margin: float = 0.5
    latency_free: float = 100.0
    resamples: int = 500
    honest_in_region: int = 100

    def __post_init__(self) -> None:
        if not 0.5 <= self.level < 1.0:
            raise SetupError("the level of the intervals must lie from 0.5 to below 1")
        margins = self.calibration_margin, self.disparity_margin, self.latency_margin
        if min(*margins, self.latency_free) < 0.0:
            raise SetupError("a margin is how much worse a model may be: give 0 or more")


@dataclass(frozen=True)
class Difference:
    """A figure of the challenger and of the other side, and how surely they differ.

    ``low`` and ``high`` bound the difference; for latency, in µs, the ratio.
    """

    ours: float
    theirs: float
    low: float
    high: float


@dataclass(frozen=True)
class Findings:
    """What a comparison found. ``against`` names the other side, ``rows`` what both scored.

    In place of a difference, a text says why there is none.
    """

    against: str
    rows: str
    precision: Difference
    calibration: Difference | str
    disparity: Difference | str
    latency: Difference | str


@dataclass(frozen=True)
class Check:
    """One thing the gate asks. ``limit`` is what the interval was held against, in words."""

    name: str
    passed: bool
    says: str
    difference: Difference | None = None
    limit: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a model may be used, and why: in a sentence, and check by check.

    ``rows`` says which rows were compared.
    """

    passed: bool
    sentence: str
    checks: tuple[Check, ...] = ()
    rows: str = ""


def decide(found: Findings, gate: Gate) -> Verdict:
    """The verdict over a comparison."""
    decided = verdict_of(
        found.against,
        (
            _precision(found.precision, found.against, gate),
            _calibration(found.calibration, gate),
            _disparity(found.disparity, gate),
            _latency(found.latency, gate),
        ),
    )
    return replace(decided, rows=found.rows)


def verdict_of(against: str, checks: tuple[Check, ...]) -> Verdict:
    """What checks come to: all must pass."""
    refused = [check.says for check in checks if not check.passed]
    if refused:
        return Verdict(False, f"not promoted: {'; '.join(refused)}", checks)
    gained = next(check.says for check in checks if check.name == "average precision")
    return Verdict(True, f"better than {against}: {gained}", checks)


def _precision(found: Difference, against: str, gate: Gate) -> Check:
    figures = _figures("average precision", found, gate)
    passed = found.low > gate.least_gain
    says = figures
    if not passed:
        least = f" by {gate.least_gain:g}" if gate.least_gain else ""
        says = f"it is not surely better than {against}{least} ({figures})"
    return Check("average precision", passed, says, found, f"above {gate.least_gain:+.3f}")


def _calibration(found: Difference | str, gate: Gate) -> Check:
    return _no_worse(
        "calibration error",
        found,
        gate.calibration_margin,
        "its probabilities are further from what happens",
        gate,
    )


def _disparity(found: Difference | str, gate: Gate) -> Check:
    return _no_worse(
        "disparity",
        found,
        gate.disparity_margin,
        "it bothers honest customers of one region more",
        gate,
    )


def _no_worse(name: str, found: Difference | str, margin: float, worse: str, gate: Gate) -> Check:
    if isinstance(found, str):
        return Check(name, True, found)
    passed = not found.low > margin
    figures = _figures(name, found, gate)
    says = figures if passed else f"{worse} ({figures}, at most {margin:g} more)"
    return Check(name, passed, says, found, f"up to {margin:+.3f}")


def _latency(found: Difference | str, gate: Gate) -> Check:
    if isinstance(found, str):
        return Check("latency", True, found)
    most = 1.0 + gate.latency_margin
    figures = (
        f"{found.ours:.1f} µs a row against {found.theirs:.1f} µs, {_level(gate)} interval of "
        f"the ratio {found.low:.2f} to {found.high:.2f}"
    )
    passed = not (found.low > most and found.ours > gate.latency_free)
    says = figures if passed else f"it is slower ({figures}, at most {most:g})"
    return Check("latency", passed, says, found, f"{most:g} x or {gate.latency_free:g} µs")


def _figures(name: str, found: Difference, gate: Gate) -> str:
    return (
        f"{name} {found.ours:.3f} against {found.theirs:.3f}, {_level(gate)} interval of the "
        f"difference {found.low:+.3f} to {found.high:+.3f}"
    )


def _level(gate: Gate) -> str:
    return f"{100 * gate.level:g} %"
