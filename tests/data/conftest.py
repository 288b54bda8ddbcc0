"""One small world, simulated once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.world import World, simulate

WORLD = World(customers=1_400, days=150, seed=5)


@pytest.fixture(scope="session")
def world() -> World:
    return WORLD


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    simulate(WORLD, folder, workers=1)
    return folder


@pytest.fixture(scope="session")
def history(folder: Path) -> pa.Table:
    return pq.read_table(folder / "events.parquet")


@pytest.fixture(scope="session")
def truth(folder: Path) -> pa.Table:
    return pq.read_table(folder / "truth.parquet")
