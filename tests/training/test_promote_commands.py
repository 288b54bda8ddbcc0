"""`vouch promote` and `vouch rollback` as they are typed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from features.errors import InvalidInput, SetupError
from tests.serving.processes import ROOT
from tests.training.contenders import contender
from tests.training.typed import vouch
from training.gate import Check, Difference, Gate
from training.promote import Verdict, promotions_of
from training.promote_screen import show
from training.records import Promotions, Refused

WHERE = ("signup", "theft_of_service")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def waiting(home: Path, **what: Any) -> Promotions:
    promotions, bundle = promotions_of(home, *WHERE), contender(**what)
    promotions.store.challenge(*WHERE, promotions.store.save(bundle))
    return promotions


def test_a_challenger_is_promoted_refused_and_rolled_back(
    home: Path, hand_made: Path, at_day: Callable[[float], int]
) -> None:
    history = ("--history", str(hand_made))
    waiting(home, cut=at_day(20), noise=1.0)
    refused = vouch("promote", *history)
    assert refused.exit_code == 3
    assert "theft of service at signup: no model -> " in refused.stdout
    assert "on 930 rows from 2026-01-21 to 2026-04-08 that are new to both" in refused.stdout
    assert "FAILED" in refused.stdout
    assert "not promoted: it is not surely better than the scorecard" in refused.stdout
    assert "building the matrix" in refused.stderr

    forced = vouch("promote", *history, "--force", "--reason", "it was agreed")
    assert forced.exit_code == 0
    assert "is the champion by force (it was agreed), although it is not surely" in forced.stdout

    promotions = waiting(home, cut=at_day(20))
    told = json.loads(vouch("promote", *history, "--json").stdout)
    assert (told["what"], told["moment"], told["risk"]) == ("promotion", *WHERE)
    assert told["to"] == promotions.digest("champion")
    assert told["from"] == promotions.digest("previous")
    assert [check["passed"] for check in told["checks"]] == [True] * 5

    back = vouch("rollback", "--reason", "complaints")
    assert back.exit_code == 0
    assert "is the champion again; `vouch rollback` once more undoes this." in back.stdout
    assert promotions.records[-1].reason == "complaints"
    for result in (refused, forced, back):
        assert [line for line in result.stdout.splitlines() if len(line) > 80] == []


def test_force_wants_a_reason_and_a_reason_wants_force(home: Path) -> None:
    for arguments in (("--force",), ("--force", "--reason", "  ")):
        with pytest.raises(InvalidInput, match="--force needs --reason"):
            vouch("promote", *arguments)
    with pytest.raises(InvalidInput, match="--reason is for --force"):
        vouch("promote", "--reason", "why not")


def test_an_empty_home_says_what_is_missing(home: Path) -> None:
    with pytest.raises(Refused, match="has no challenger: `vouch train --moment payment` makes"):
        vouch("promote", "--moment", "payment")
    with pytest.raises(Refused, match="nothing to roll back to"):
        vouch("rollback")


_WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in ("pandas", "sklearn", "matplotlib", "mlflow", "great_expectations"):
            return None
        return super().find_spec(name, path, target)

sys.meta_path = [Without if one is PathFinder else one for one in sys.meta_path]
import vouch
vouch.main()
"""


def test_going_back_needs_nothing_that_only_training_needs(home: Path) -> None:
    """On the machine that serves, when something burns."""
    promotions, digests = promotions_of(home, *WHERE), []
    for seed in (0, 1):
        bundle = contender(cut=1, seed=seed)
        digests.append(promotions.store.save(bundle))
        promotions.store.promote(*WHERE, bundle.digest)
    (home / "mlflow.db").touch()
    subprocess.run([sys.executable, "-c", _WITHOUT, "rollback"], cwd=ROOT, check=True)
    assert promotions.digest("champion") == digests[0]


def test_the_margins_are_options(home: Path) -> None:
    with pytest.raises(SetupError, match="a margin is how much worse"):
        vouch("promote", "--disparity-margin=-1")


def test_the_widest_table_fits_into_80_columns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide = Difference(0.123, 0.456, -0.789, +0.321)
    slow = Difference(12345.6, 12345.6, 10.25, 11.75)
    checks = (
        Check("average precision", True, "", wide, "above +0.000"),
        Check("calibration error", False, "", wide, "up to +0.010"),
        Check("latency", False, "", slow, f"{1.5:g} x or {Gate().latency_free:g} µs"),
    )
    promotions, one = promotions_of(tmp_path, *WHERE), contender(cut=1)
    promotions.store.save(one)
    verdict = Verdict(False, "not promoted: worse", checks, "1,000,000 rows")
    show(promotions.refuse(one.digest, verdict, None), *WHERE)
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in printed if len(line) > 80] == []
    assert sum("0.789" in line or "10.25 to 11.75 x" in line for line in printed) == 3
