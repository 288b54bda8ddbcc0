"""MLflow follows: its aliases are those of the bundles, whatever came between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from features.catalogue import CATALOGUE
from features.contract import BundleStore
from tests.training.contenders import SMALL, contender
from training.keep import Kept
from training.labels import target_of
from training.promote import follow, promote, promotions_of, roll_back
from training.records import Refused
from training.track import TrackingFailed, bundle_of_version, quiet_mlflow

WHERE = ("signup", "theft_of_service")
NAME = "vouch-signup-theft_of_service"


@pytest.fixture
def home(kept: tuple[Path, Kept], tmp_path: Path) -> Path:
    """A copy of a home with a run in MLflow, whose model is in use."""
    return Path(shutil.copytree(kept[0], tmp_path / "home"))


def register(home: Path, seed: int) -> str:
    """A challenger with a version of its own; returns its digest."""
    one, store = contender(cut=1, seed=seed), BundleStore(home)
    store.challenge(*WHERE, store.save(one))
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        source = client.get_model_version(NAME, "1").source
        client.create_model_version(NAME, source, tags={"bundle": one.digest})
    return one.digest


def aliases(home: Path) -> dict[str, str]:
    with quiet_mlflow(home) as mlflow:
        found = mlflow.MlflowClient().get_registered_model(NAME).aliases
    return {alias: str(version) for alias, version in found.items()}


def tags(home: Path, version: str) -> dict[str, str]:
    with quiet_mlflow(home) as mlflow:
        return dict(mlflow.MlflowClient().get_model_version(NAME, version).tags)


def test_aliases_and_tags_go_with_every_move(home: Path, hand_made: Path) -> None:
    target = target_of(CATALOGUE.domain, *WHERE)
    assert aliases(home) == {"champion": "1"}
    assert tags(home, "1")["promotion_verdict"].startswith("better than the scorecard")
    second = register(home, 0)
    follow(home, promotions_of(home, *WHERE))
    assert aliases(home) == {"champion": "1", "challenger": "2"}
    assert bundle_of_version(home, *WHERE, "2") == second
    assert bundle_of_version(home, *WHERE, "3") is None

    record = promote(home, target, SMALL, hand_made, version="2", overruled="it was agreed")
    assert (record.after, record.forced) == (second, True)
    assert aliases(home) == {"champion": "2", "previous": "1"}
    assert tags(home, "2")["promotion_reason"] == "it was agreed"
    assert tags(home, "2")["promotion_verdict"].endswith("(overruled)")

    roll_back(home, *WHERE, "complaints")
    assert aliases(home) == {"champion": "1", "previous": "2"}
    assert tags(home, "1")["rollback_reason"] == "complaints"

    register(home, 1)
    refused = promote(home, target, SMALL, hand_made)
    assert refused.what == "refusal"
    assert aliases(home) == {"champion": "1", "previous": "2", "challenger": "3"}
    assert tags(home, "3")["refusal_verdict"] == refused.verdict


def test_what_was_cut_off_before_mlflow_knew_is_mended_by_the_next_command(home: Path) -> None:
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        client.delete_registered_model_alias(NAME, "champion")
        client.set_registered_model_alias(NAME, "challenger", "1")
    with pytest.raises(Refused, match="has no challenger"):
        promote(home, target_of(CATALOGUE.domain, *WHERE), CATALOGUE, home / "none.parquet")
    assert aliases(home) == {"champion": "1"}


def test_a_broken_mlflow_keeps_nobody_from_rolling_back(home: Path) -> None:
    promotions = promotions_of(home, *WHERE)
    first, second = promotions.digest("champion"), contender(cut=1)
    promotions.store.save(second)
    promotions.store.promote(*WHERE, second.digest)
    (home / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(TrackingFailed, match="MLflow could not read or write the aliases of vouch"):
        roll_back(home, *WHERE)
    assert promotions.digest("champion") == first
