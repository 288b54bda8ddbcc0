"""The notebooks run from top to bottom on small data, and are kept with their pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from data.practice import MIX
from data.world import World, simulate
from notebooks.redraw import NOTEBOOKS, executed

_MACHINE = re.compile(r"/(tmp|home|root|work|Users|var|private|usr|opt)/|site-packages|[A-Z]:\\\\")
_MOST_BYTES = 600_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small history in which there is more fraud than usual."""
    home = tmp_path_factory.mktemp("home")
    simulate(World(customers=1500, days=240, seed=4, mix=MIX), home / "history", workers=1)
    return home


def outputs(notebook: Any, kind: str) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from (one for one in cell.get("outputs", ()) if one.output_type == kind)


def pictures(notebook: Any) -> int:
    shown = outputs(notebook, "display_data")
    return sum("image/png" in output.data for output in shown)


def test_there_is_a_notebook_for_each_question() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_explore_signals",
        "02_retrain_and_compare",
        "03_thresholds_in_money",
        "04_add_a_signal",
        "05_score_customers",
    ]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_warns_of_nothing(path: Path, home: Path) -> None:
    notebook = executed(path, {"VOUCH_HOME": str(home), "PYTHONWARNINGS": "default"})
    assert pictures(notebook) >= 2
    assert [one.text for one in outputs(notebook, "stream") if one.name == "stderr"] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_as_it_ran(path: Path) -> None:
    text = path.read_text("utf-8")
    notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code"]
    assert counts == list(range(1, len(counts) + 1)), "run `make pictures`"
    assert list(outputs(notebook, "error")) == []
    assert pictures(notebook) >= 2
    assert len(text) < _MOST_BYTES
    assert all(not cell.metadata for cell in notebook.cells)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_nothing_of_the_machine_it_ran_on(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            seen = {
                name: text for name, text in output.get("data", {}).items() if "png" not in name
            }
            assert not _MACHINE.search(json.dumps([seen, output.get("text")]))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_asks_a_question_and_answers_it(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    first, last = notebook.cells[0], notebook.cells[-1]
    assert first.cell_type == last.cell_type == "markdown"
    assert first.source.splitlines()[0].endswith("?")
    assert "Next" in last.source
