"""Tracking: what a run did is written to MLflow, explicitly, and its model registered there.

SQLite at ``VOUCH_HOME/mlflow.db``, files under ``VOUCH_HOME/mlartifacts``. A model
is registered last, when everything else is written: nothing is ever half there.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

from features.errors import VouchError
from training import pictures
from training.effect import Catch
from training.ladder import MODEL
from training.records import Promotions, Record
from training.run import TrainingRun

EXPERIMENT = "vouch"
DATABASE = "mlflow.db"
ALIASES = ("champion", "challenger", "previous")
_LONGEST_TAG = 500


class TrackingFailed(VouchError):
    """The run could not be recorded as it must be."""

    code = "tracking_failed"


def demand_signature(stored: object) -> None:
    """Raises `TrackingFailed` where MLflow dropped a signature, as it does without a word."""
    if stored is None:
        raise TrackingFailed(
            "MLflow stored the model without its signature, so nothing checks what it is given: "
            "the run is marked as failed and nothing was registered; train again with another "
            "version of MLflow"
        )


def registered_name(moment: str, risk: str) -> str:
    """Name of the registered model of one risk at one moment."""
    return f"vouch-{moment}-{risk}"


@contextmanager
def quiet_mlflow(home: Path) -> Iterator[ModuleType]:
    """MLflow on this home's database, without its chatter and its telemetry."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlflow
        import mlflow.lightgbm

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        before = mlflow.get_tracking_uri()
        mlflow.set_tracking_uri(f"sqlite:///{home.absolute() / DATABASE}")
        mlflow.set_registry_uri(f"sqlite:///{home.absolute() / DATABASE}")
        try:
            yield mlflow
        finally:
            mlflow.set_tracking_uri(before)


class Recorder:
    """One open MLflow run of one home folder."""

    def __init__(self, mlflow: ModuleType, run_id: str) -> None:
        self._mlflow = mlflow
        self.run_id = run_id

    def log(self, run: TrainingRun, artifacts: tuple[Path, ...]) -> None:
        """Parameters, metrics, digests and tables of a run, and files or folders beside them."""
        self._mlflow.log_params(_parameters(run))
        self._mlflow.log_metrics(_metrics(run))
        self._mlflow.set_tags({"source": run.source.name, "source_sha256": run.source_sha256})
        if run.weak is not None:
            self._mlflow.set_tag("weak", "true")
        self._mlflow.log_dict([asdict(step) for step in run.split.funnel], "funnel.json")
        self._mlflow.log_dict([asdict(suite) for suite in run.suites], "suites.json")
        signals = {column.name: column.digest for column in run.model.columns}
        catalogue = {"fingerprint": run.catalogue.fingerprint, "columns": signals}
        self._mlflow.log_dict(catalogue, "catalogue.json")
        for name, picture in pictures.of_run(run).items():
            self._mlflow.log_text(picture.decode(), f"plots/{name}.svg")
        for path in artifacts:
            if path.is_dir():
                self._mlflow.log_artifacts(str(path), f"bundle/{path.name}")
            else:
                self._mlflow.log_artifact(str(path))

    def log_model(self, run: TrainingRun) -> str:
        """Stores the booster as text with its signature; returns where.

        Raises `TrackingFailed` where the stored model has no signature.
        """
        import lightgbm
        from mlflow.models import ModelSignature
        from mlflow.types import ColSpec, Schema

        inputs = Schema([ColSpec("double", name) for name in run.model.names])
        info = self._mlflow.lightgbm.log_model(
            run.model.booster,
            name="model",
            signature=ModelSignature(inputs, Schema([ColSpec("double")])),
            pip_requirements=[f"lightgbm=={lightgbm.__version__}"],
        )
        demand_signature(self._mlflow.models.get_model_info(info.model_uri).signature)
        return str(info.model_uri)

    def register(self, run: TrainingRun, model_uri: str, digest: str) -> str:
        """Registers a stored model as a new version and returns that version."""
        name = registered_name(run.target.moment, run.target.risk)
        client = self._mlflow.MlflowClient()
        if not client.search_registered_models(filter_string=f"name = '{name}'"):
            client.create_registered_model(name)
        version = client.create_model_version(
            name,
            model_uri,
            run_id=self.run_id,
            tags={"bundle": digest} | ({"weak": "true"} if run.weak is not None else {}),
            model_id=model_uri.removeprefix("models:/"),
        )
        return str(version.version)


@contextmanager
def recording(home: Path, run: TrainingRun) -> Iterator[Recorder]:
    """Opens an MLflow run; an error inside marks it as failed."""
    with quiet_mlflow(home) as mlflow:
        client = mlflow.MlflowClient()
        found = client.get_experiment_by_name(EXPERIMENT)
        folder = (home.absolute() / "mlartifacts").as_uri()
        experiment = (
            found.experiment_id
            if found is not None
            else client.create_experiment(EXPERIMENT, artifact_location=folder)
        )
        name = f"{run.target.moment} {run.target.risk}"
        with mlflow.start_run(experiment_id=experiment, run_name=name) as started:
            yield Recorder(mlflow, str(started.info.run_id))


def follow(home: Path, promotions: Promotions) -> None:
    """MLflow's aliases become those of the bundles, and the last record becomes tags.

    Where nothing was recorded, or MLflow is not installed, nothing follows. Raises
    `TrackingFailed`.
    """
    if not _is_kept(home):
        return
    name = registered_name(*promotions.where)
    with quiet_mlflow(home) as mlflow, _told(f"the aliases of {name}"):
        client = mlflow.MlflowClient()
        versions = _versions(client, name)
        if not versions:
            return
        there = client.get_registered_model(name).aliases
        for alias in ALIASES:
            version = versions.get(promotions.digest(alias) or "")
            if version is None and alias in there:
                client.delete_registered_model_alias(name, alias)
            elif version is not None and str(there.get(alias)) != version:
                client.set_registered_model_alias(name, alias, version)
        *_, last = promotions.records or (None,)
        if last is not None and last.after in versions:
            for tag, value in _tags(last).items():
                client.set_model_version_tag(name, versions[last.after], tag, value)


def bundle_of_version(home: Path, moment: str, risk: str, version: str) -> str | None:
    """The bundle of a registered version; None if there is none. Raises `TrackingFailed`."""
    if not _is_kept(home):
        return None
    name = registered_name(moment, risk)
    with quiet_mlflow(home) as mlflow, _told(f"the versions of {name}"):
        versions = _versions(mlflow.MlflowClient(), name)
    return next((digest for digest, number in versions.items() if number == version), None)


def _is_kept(home: Path) -> bool:
    """Whether a home has records of MLflow, on a machine that can read them."""
    return (home / DATABASE).exists() and find_spec("mlflow") is not None


def _versions(client: Any, name: str) -> dict[str, str]:
    """The version of each bundle; the newest, where one was registered twice."""
    found = client.search_model_versions(f"name = '{name}'", order_by=["version_number ASC"])
    return {one.tags["bundle"]: str(one.version) for one in found if "bundle" in one.tags}


def _tags(record: Record) -> dict[str, str]:
    told = {
        "at": record.at.isoformat(timespec="seconds"),
        "by": record.by,
        "verdict": f"{record.verdict}{' (overruled)' if record.forced else ''}",
        "reason": record.reason,
    }
    return {f"{record.what}_{name}": text[:_LONGEST_TAG] for name, text in told.items() if text}


@contextmanager
def _told(what: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError) as error:
        raise TrackingFailed(
            f"MLflow could not read or write {what} ({str(error).splitlines()[0]}); the models in "
            "use are not concerned: mend it and run `vouch promote` again, MLflow then follows"
        ) from None


def _parameters(run: TrainingRun) -> dict[str, object]:
    from training.model import FIXED

    settings = asdict(run.settings)
    settings.pop("shape")
    nested = {
        **asdict(run.model.shape),
        **{f"budget_{name}": share for name, share in settings.pop("budgets").items()},
        **{f"cost_{name}": price for name, price in settings.pop("costs").items()},
    }
    if run.searched is not None:
        found = run.searched
        nested |= {
            "search_trials": found.trials,
            "search_default": found.default.mean,
            "search_best": found.best.mean,
            "search_best_shape": asdict(found.best.shape),
        }
    return {
        "moment": run.target.moment,
        "risk": run.target.risk,
        "label_kinds": ",".join(run.target.kinds),
        "lead_days": run.target.lead,
        "horizon_days": run.target.horizon,
        "maturity_days": run.target.maturity,
        "cut": run.split.cut,
        "trained_as_of": run.split.as_of,
        "catalogue": run.catalogue.fingerprint,
        "columns": len(run.model.columns),
        "rounds": run.model.rounds,
        "calibrated_by": run.model.calibrated_by,
        **settings,
        **nested,
        **FIXED,
    }


def _metrics(run: TrainingRun) -> dict[str, float]:
    found: dict[str, float] = {"base_rate": run.comparison.base_rate}
    for row in run.comparison.rows:
        prefix = "" if row.candidate.name == MODEL else row.candidate.name.replace(" ", "_") + "/"
        for name, interval in row.metrics.items():
            found[f"{prefix}{name}"] = interval.value
            found[f"{prefix}{name}_low"] = interval.low
            found[f"{prefix}{name}_high"] = interval.high
    found |= {f"seconds/{name}": seconds for name, seconds in run.seconds.items()}
    done = run.effect
    found |= {
        "reviews_a_day/mean": done.reviews_a_day,
        "reviews_a_day/busiest": done.busiest,
        "money/let_pass": done.let_pass,
        "money/spent": done.spent,
        "money/saved": done.saved,
        "stopped_by_loss": done.by_loss,
    }
    for catch in done.catches:
        found |= _caught(catch)
    for part in ("fit", "validation", "test"):
        held = getattr(run.split, part)
        found |= {f"rows/{part}": len(held.rows), f"positives/{part}": held.positives}
    return found


def _caught(catch: Catch) -> dict[str, float]:
    figures = {
        "recall": catch.recall,
        "legitimate_share": catch.legitimate_share,
        "a_day": catch.a_day,
        "threshold": catch.threshold,
        "loss": catch.loss,
    }
    return {
        f"{catch.outcome}/{name}": figure for name, figure in figures.items() if figure is not None
    }
