"""A whole run on a small simulated world, and what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from features.contract import BundleStore
from features.errors import NotEnoughData
from tests.training.contenders import LENIENT
from training.bundling import GOLDEN_ROWS
from training.keep import Kept, keep
from training.ladder import FIXED, MODEL, POLICIES, RAW, SCORECARD, STATELESS
from training.promote import verdict
from training.run import TrainingRun, train
from training.settings import Settings
from training.steps import Steps
from training.track import TrackingFailed, demand_signature, quiet_mlflow

Home = tuple[Path, Kept]


def test_two_runs_give_the_same_bytes(world: Path, trained: TrainingRun) -> None:
    again = train(world)
    assert again.model.text == trained.model.text
    assert again.model.calibration == trained.model.calibration
    assert again.limits == trained.limits
    assert again.comparison.of(MODEL).metrics == trained.comparison.of(MODEL).metrics


def test_the_model_beats_chance_and_history_is_worth_something(trained: TrainingRun) -> None:
    found = {row.candidate.name: row.metrics for row in trained.comparison.rows}
    assert found[MODEL]["average_precision"].low > found[FIXED]["average_precision"].high
    assert found[MODEL]["roc_auc"].value > found[RAW]["roc_auc"].value
    assert verdict(trained, gate=LENIENT).passed


def test_tables_are_frames(trained: TrainingRun) -> None:
    metrics = trained.metrics_frame()
    holed = next(name for name in metrics.index if name.startswith("no ") and name != STATELESS)
    assert list(metrics.index) == [FIXED, POLICIES, SCORECARD, RAW, STATELESS, holed, MODEL]
    auc = metrics["ROC AUC"]
    assert (auc["low"] <= auc["value"]).all()
    assert trained.funnel_frame()["rows"].iloc[0] == len(trained.matrix)
    assert trained.importance_frame()["gain"].sum() == pytest.approx(1.0)
    signals = trained.signals_frame("test")
    assert len(signals) == len(trained.split.test.rows)
    assert signals["bad"].sum() == trained.split.test.positives


def test_every_step_is_timed(trained: TrainingRun) -> None:
    assert "building the matrix" in trained.seconds
    assert all(seconds >= 0 for seconds in trained.seconds.values())


def test_the_published_protocol_learns_from_more(world: Path, trained: TrainingRun) -> None:
    published = train(world, settings=Settings(label_time="end"), steps=Steps())
    assert published.split.cut == trained.split.cut
    assert len(published.split.fit.rows) > len(trained.split.fit.rows)


def test_a_moment_that_never_happened_says_so(hand_made: Path) -> None:
    with pytest.raises(NotEnoughData, match="there is no payment"):
        train(hand_made, "payment")


def test_the_bundle_comes_back_and_its_golden_rows_match(trained: TrainingRun, kept: Home) -> None:
    home, told = kept
    bundle = BundleStore(home).champion("signup", "theft_of_service")
    assert bundle is not None
    assert bundle.digest == told.digest
    assert bundle.contract.run_id == told.run_id
    assert bundle.contract.names == trained.matrix.columns
    assert bundle.contract.cut == trained.split.cut
    assert bundle.contract.positives == (
        trained.split.fit.positives + trained.split.validation.positives
    )
    golden = bundle.contract.golden
    assert len(golden) == GOLDEN_ROWS
    assert any(None in row.vector for row in golden)
    vectors = np.array([row.vector for row in golden], dtype=np.float64)
    from training.model import margins, read_booster

    exact = margins(read_booster(bundle.model), vectors)
    assert exact.tolist() == [row.margin for row in golden]


def test_mlflow_has_the_run_its_signature_and_the_champion(
    trained: TrainingRun, kept: Home
) -> None:
    home, told = kept
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        name = "vouch-signup-theft_of_service"
        version = client.get_model_version_by_alias(name, "champion")
        info = mlflow.models.get_model_info(f"models:/{name}@champion")
        logged = client.get_run(told.run_id)
        artifacts = {item.path for item in client.list_artifacts(told.run_id)}
        booster = mlflow.lightgbm.load_model(f"models:/{name}@champion")
    assert (str(version.version), version.run_id) == (told.version, told.run_id)
    assert version.tags["bundle"] == told.digest
    assert info.signature.inputs.input_names() == list(trained.model.names)
    assert logged.info.status == "FINISHED"
    assert logged.data.metrics["average_precision"] == pytest.approx(
        trained.comparison.of(MODEL).metrics["average_precision"].value
    )
    assert logged.data.params["catalogue"] == trained.catalogue.fingerprint
    assert logged.data.tags["source_sha256"] == trained.source_sha256
    assert {"bundle", "catalogue.json", "funnel.json", "suites.json"} <= artifacts
    assert "plots" in artifacts
    assert booster.num_trees() == trained.model.rounds


def test_the_report_needs_nothing_else(kept: Home) -> None:
    home, told = kept
    page = told.report.read_text("utf-8")
    assert told.report == home / "reports" / "signup-theft_of_service.html"
    assert "http://" not in page
    assert "https://" not in page
    for heading in ("What it catches", "What it cannot know yet", "From history to rows"):
        assert heading in page
    assert page.count("data:image/svg+xml;base64,") == 6
    suites = json.loads((home / "reports" / "signup-quality.json").read_text("utf-8"))
    assert [suite["name"] for suite in suites] == ["history", "matrix"]


def test_a_model_that_may_be_chance_is_kept_but_not_promoted(
    trained: TrainingRun, tmp_path: Path
) -> None:
    part = trained.split.test
    shuffled = replace(part, positive=np.random.default_rng(5).permutation(part.positive))
    told = keep(replace(trained, split=replace(trained.split, test=shuffled)), tmp_path)
    assert told.promoted is False
    assert told.verdict.sentence.startswith("not promoted: it is not surely better than the score")
    store = BundleStore(tmp_path)
    assert store.champion("signup", "theft_of_service") is None
    assert store.alias("signup", "theft_of_service", "challenger") == told.digest
    with quiet_mlflow(tmp_path) as mlflow:
        registered = mlflow.MlflowClient().get_registered_model("vouch-signup-theft_of_service")
    assert {alias: str(version) for alias, version in registered.aliases.items()} == {
        "challenger": told.version
    }
    assert "Not fit for use yet" in told.report.read_text("utf-8")


def test_a_dropped_signature_fails_the_run() -> None:
    with pytest.raises(TrackingFailed, match="without its signature"):
        demand_signature(None)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("pyspark") is None, reason="the spark extra is not installed")
def test_spark_trains_the_same_bytes(hand_made: Path) -> None:
    """The whole way on the other engine: its matrix is equal, and so is what is learned from it."""
    here = train(hand_made)
    there = train(hand_made, settings=Settings(engine="spark", spark_master="local[2]"))
    np.testing.assert_array_equal(here.matrix.values, there.matrix.values)
    assert there.model.text == here.model.text
    assert there.limits == here.limits
