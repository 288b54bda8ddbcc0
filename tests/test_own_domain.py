"""docs/own-domain.md does what it says: every block of it runs, in an empty folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.serving.processes import free_port

pytestmark = pytest.mark.slow  # it imports, trains and serves a business of its own

PAGE = Path(__file__).parent.parent / "docs" / "own-domain.md"
_BLOCK = re.compile(r"^```(python|toml|sh)\n(?:# (\S+)\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder after the whole page, and all that was printed."""
    folder, port = tmp_path_factory.mktemp("walk"), str(free_port())
    lines = ["set -euo pipefail -m", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for language, name, content in _BLOCK.findall(PAGE.read_text("utf-8")):
        if language == "sh":
            lines.append(content.replace(":3000", f":{port}"))
        elif name == "notebook":
            (folder / "notebook.py").write_text(content, "utf-8")
            lines.append("python notebook.py")
        else:
            (folder / name).write_text(content, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VOUCH_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join(lines)],
        cwd=folder,
        env={**kept, "PATH": path, "VOUCH_PORT": port, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder, done.stdout


def test_every_transaction_is_imported_learned_from_and_scored(walked: tuple[Path, str]) -> None:
    folder, told = walked
    transactions = len((folder / "transactions.csv").read_text().splitlines()) - 1
    assert f"{transactions:,} rows read" in told
    assert "0 rows rejected" in told
    assert "promoted" in told
    scores = pq.read_table(folder / "scores.parquet").to_pylist()
    assert len(scores) == transactions
    assert {row["mode"] for row in scores} == {"model"}
    assert {row["outcome"] for row in scores} >= {"approve", "review"}


def test_history_is_worth_more_than_what_a_transaction_says_by_itself(
    walked: tuple[Path, str],
) -> None:
    folder, _ = walked
    (report,) = (folder / "cards-home" / "reports").glob("transaction-stolen_card.html")
    assert report.stat().st_size > 10_000


def test_the_service_answers_with_the_model_of_the_domain(walked: tuple[Path, str]) -> None:
    _, told = walked
    answer, _ = json.JSONDecoder().raw_decode(told[told.index('{"decision_id"') :])
    assert answer["moment"] == "transaction"
    assert answer["mode"] == "model"
    assert [risk["risk"] for risk in answer["risks"]] == ["stolen_card"]
    assert answer["policies"] == []
