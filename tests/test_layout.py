"""The import law: arrows between packages point one way, heavy libraries stay in their rooms."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("features", "training", "serving", "data")
MAY_IMPORT = {
    "features": {"features"},
    "training": {"training", "features"},
    "serving": {"serving", "features"},
    "data": {"data", "features"},
}
TRAINING_ONLY = {"mlflow", "sklearn", "great_expectations", "matplotlib", "optuna", "lightgbm"}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_point_one_way(package: str) -> None:
    strange = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in PACKAGES and name.split(".")[0] not in MAY_IMPORT[package]
    ]
    assert strange == []


@pytest.mark.parametrize("package", ["features", "serving", "data"])
def test_training_libraries_stay_in_training(package: str) -> None:
    strange = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules(package)
        for name in imported(path)
        if name.split(".")[0] in TRAINING_ONLY
    ]
    assert strange == []


def test_only_the_service_and_the_packing_of_models_know_bentoml() -> None:
    knowing = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in modules(package)
        if any(name.split(".")[0] in ("bentoml", "_bentoml_sdk") for name in imported(path))
    }
    assert knowing == {"serving/service.py", "training/packing.py"}


def test_deciding_does_no_io() -> None:
    """Policies are read from a file when they are loaded; nothing else there touches the world."""
    for path in modules("features/decide"):
        assert not {"socket", "apsw", "duckdb", "time", "random", "os"} & set(imported(path)), path


def test_importing_the_command_line_is_light() -> None:
    program = (
        "import sys, vouch; vouch.build();"
        "print([m for m in ('pandas','lightgbm','mlflow','bentoml','duckdb') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_no_file_is_a_hub() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for package in PACKAGES
        for path in modules(package)
        if (lines := len(path.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}
