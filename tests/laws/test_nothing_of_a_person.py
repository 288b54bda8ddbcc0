"""From an import to a trained model: nothing that is kept on the way names a person."""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.serving.canaries import everything
from tests.serving.processes import ROOT, environment

START = datetime(2025, 1, 1, tzinfo=UTC)
MAPPING = """
[[event]]
kind = "signup"
id = "{id}"
customer = "c{id}"
occurred_at = { column = "when", time = "%Y-%m-%d %H:%M", zone = "UTC" }
email = "{email}"
device.id = "{device}"
contact.first_name = "Canarina"
contact.last_name = "Canary {id}"
company.name = "Canary {id} Limited"
address.line1 = "{id} Canary Street"
address.country = "BE"

[[label]]
id = "{id}"
customer = "c{id}"
label = { column = "bad", values = { "1" = "stolen_instrument", "0" = "legitimate" } }
occurred_at = { column = "when", time = "%Y-%m-%d %H:%M", zone = "UTC" }
"""


def rows() -> list[tuple[object, ...]]:
    """120 days with a sign-up every two hours, each tenth bad; a free address gives it away."""
    told: list[tuple[object, ...]] = []
    for number in range(1440):
        bad = number % 10 == 3
        free = bad if number % 4 else number % 3 == 0
        when = (START + timedelta(hours=2 * number)).strftime("%Y-%m-%d %H:%M")
        email = f"canary.person{number}@{'gmail.com' if free else 'canarymail.example'}"
        told.append((number, when, email, f"canary-device-{number % 300}", int(bad)))
    return told


@pytest.mark.slow
def test_a_model_its_report_and_mlflow_name_nobody(tmp_path: Path) -> None:
    home, source, mapping = tmp_path / "home", tmp_path / "rows.csv", tmp_path / "rows.toml"
    with source.open("w", newline="") as file:
        csv.writer(file).writerows([("id", "when", "email", "device", "bad"), *rows()])
    mapping.write_text(MAPPING)
    told = ""
    for arguments in (
        ("import", source, "--mapping", mapping),
        ("export",),
        ("train", "--history", home / "export.parquet"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "vouch", *map(str, arguments)],
            env=environment(home),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        told += done.stdout + done.stderr
        assert done.returncode == 0, done.stderr
    left = dict(everything(home))
    assert "champion promoted" in told
    assert {"mlflow.db", "ledger.db", "rows of export.parquet"} <= left.keys()
    assert "reports/signup-theft_of_service.html" in left
    assert "canary" not in told.lower()
    assert [name for name, content in left.items() if b"canary" in content.lower()] == []
