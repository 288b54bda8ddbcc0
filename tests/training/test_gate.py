"""The gate as a table: what is found, and whether it lets a model through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from features.errors import SetupError
from training.gate import Difference, Findings, Gate, decide

GOOD = Findings(
    against="the champion 3f9c0a12",
    rows="2,509 rows",
    precision=Difference(0.31, 0.25, 0.02, 0.11),
    calibration=Difference(0.010, 0.008, -0.002, 0.006),
    disparity=Difference(0.030, 0.028, -0.010, 0.015),
    latency=Difference(14.0, 12.0, 1.1, 1.3),
)


def test_what_is_surely_better_and_not_surely_worse_passes() -> None:
    verdict = decide(GOOD, Gate())
    assert verdict.passed
    assert verdict.sentence == (
        "better than the champion 3f9c0a12: average precision 0.310 against 0.250, "
        "95 % interval of the difference +0.020 to +0.110"
    )
    assert verdict.rows == "2,509 rows"
    assert [check.name for check in verdict.checks] == [
        "average precision",
        "calibration error",
        "disparity",
        "latency",
    ]


def gained(low: float, high: float) -> Findings:
    return replace(GOOD, precision=Difference(0.31, 0.25, low, high))


def calibrated(low: float, high: float) -> Findings:
    return replace(GOOD, calibration=Difference(0.03, 0.01, low, high))


def uneven(low: float, high: float) -> Findings:
    return replace(GOOD, disparity=Difference(0.09, 0.03, low, high))


def slow(ours: float, low: float, high: float) -> Findings:
    return replace(GOOD, latency=Difference(ours, 90.0, low, high))


NAN = float("nan")


@pytest.mark.parametrize(
    ("found", "gate", "refused_for"),
    [
        (gained(0.001, 0.2), Gate(), ""),
        (gained(0.0, 0.2), Gate(), "average precision"),
        (gained(-0.2, -0.1), Gate(), "average precision"),
        (gained(NAN, NAN), Gate(), "average precision"),
        (gained(0.01, 0.2), Gate(least_gain=0.02), "average precision"),
        (gained(-0.01, 0.2), Gate(least_gain=-0.02), ""),
        (calibrated(0.009, 0.03), Gate(), ""),
        (calibrated(0.011, 0.03), Gate(), "calibration error"),
        (calibrated(0.011, 0.03), Gate(calibration_margin=0.02), ""),
        (uneven(0.019, 0.09), Gate(), ""),
        (uneven(0.021, 0.09), Gate(), "disparity"),
        (uneven(0.021, 0.09), Gate(disparity_margin=0.05), ""),
        (slow(150.0, 1.4, 1.9), Gate(), ""),
        (slow(150.0, 1.6, 1.9), Gate(), "latency"),
        (slow(99.0, 1.6, 1.9), Gate(), ""),
        (slow(99.0, 1.6, 1.9), Gate(latency_free=50.0), "latency"),
        (slow(150.0, 1.6, 1.9), Gate(latency_margin=1.0), ""),
        (replace(GOOD, calibration="no", disparity="no", latency="no"), Gate(), ""),
    ],
)
def test_a_gain_must_be_sure_and_a_loss_counts_only_if_it_is(
    found: Findings, gate: Gate, refused_for: str
) -> None:
    verdict = decide(found, gate)
    assert [check.name for check in verdict.checks if not check.passed] == refused_for.split(",")[
        : bool(refused_for)
    ]
    assert verdict.passed is not bool(refused_for)


def test_a_refusal_names_every_reason_with_its_figures_and_its_limit() -> None:
    found = replace(
        calibrated(0.011, 0.03),
        precision=Difference(0.2, 0.25, -0.1, 0.02),
        disparity=Difference(0.09, 0.03, 0.03, 0.09),
        latency=Difference(150.0, 90.0, 1.6, 1.9),
    )
    assert decide(found, Gate(level=0.9, least_gain=0.01)).sentence == (
        "not promoted: it is not surely better than the champion 3f9c0a12 by 0.01 "
        "(average precision 0.200 against 0.250, 90 % interval of the difference -0.100 to +0.020)"
        "; its probabilities are further from what happens (calibration error 0.030 against 0.010,"
        " 90 % interval of the difference +0.011 to +0.030, at most 0.01 more)"
        "; it bothers honest customers of one region more (disparity 0.090 against 0.030,"
        " 90 % interval of the difference +0.030 to +0.090, at most 0.02 more)"
        "; it is slower (150.0 µs a row against 90.0 µs, 90 % interval of the ratio 1.60 to 1.90,"
        " at most 1.5)"
    )


def test_a_gate_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(SetupError, match="level of the intervals"):
        Gate(level=95)
    with pytest.raises(SetupError, match="a margin is how much worse"):
        Gate(disparity_margin=-0.1)
