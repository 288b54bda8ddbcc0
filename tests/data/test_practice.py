"""Whoever has a history is shown it; whoever has none gets one to practise on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from data.practice import MIX, history_of
from data.typologies import BY_NAME


def test_the_history_of_a_home_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "history" / "events.parquet"
    own.parent.mkdir()
    own.touch()
    assert history_of(tmp_path) == own


def test_without_one_it_is_simulated_and_gone_with_the_program(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from data.practice import history_of;"
        "print(path := history_of(Path('nowhere'), customers=60, days=30), path.stat().st_size)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )
    path, size = done.stdout.split()
    assert int(size) > 10_000
    assert not Path(path).exists()


def test_it_has_every_kind_of_harm(tmp_path: Path) -> None:
    labels = pq.read_table(history_of(tmp_path, customers=600, days=200))["label"].unique()
    assert {"stolen_instrument", "false_identity", "service_abuse"} <= set(labels.to_pylist())
    assert MIX.keys() <= BY_NAME.keys()
