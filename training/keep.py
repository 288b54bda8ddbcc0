"""Keeping a run: its report, its MLflow record, its bundle, and perhaps its promotion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.contract import BundleStore
from training import quality_page, report
from training.promote import Verdict, bundle_of, verdict
from training.run import TrainingRun
from training.steps import Steps
from training.track import recording
from training.weak_worth import write_review_list


@dataclass(frozen=True)
class Kept:
    """Where a run went. ``promoted`` is None where promotion was not asked for, or no label
    could have told whether it is right; ``to_review`` is the list of a run on weak labels.
    """

    report: Path
    run_id: str
    version: str
    digest: str
    verdict: Verdict
    promoted: bool | None
    to_review: Path | None = None


def keep(run: TrainingRun, home: Path, promote: bool = True, steps: Steps | None = None) -> Kept:
    """Writes everything of a run under ``home``; promotes it if asked and the gate lets it."""
    steps, store, target = steps or Steps(), BundleStore(home), run.target
    decided = verdict(run)
    with steps("writing the report"):
        page = report.write(run, decided, home)
        suites = quality_page.write(run.suites, home, target.moment)
    to_review = None
    if run.weak is not None:
        to_review = home / "reports" / f"{target.moment}-{target.risk}-to-review.csv"
        write_review_list(run.weak, to_review)
        promote = promote and run.weak.real is not None
    with steps("recording in MLflow"), recording(home, run) as recorder:
        bundle = bundle_of(run, recorder.run_id)
        digest = store.save(bundle)
        folder = store.folder(target.moment, target.risk) / digest
        recorder.log(run, (page, suites, folder))
        version = recorder.register(run, recorder.log_model(run), digest)
        promoted = (promote and decided.passed) if promote else None
        if promoted:
            store.promote(target.moment, target.risk, digest)
            recorder.crown(run, version)
    return Kept(page, recorder.run_id, version, digest, decided, promoted, to_review)
