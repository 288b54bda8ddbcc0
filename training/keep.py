"""Keeping a run: its report, its MLflow record, its bundle, and perhaps its promotion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from features.contract import Bundle, BundleStore
from features.declared import Catalogue
from features.errors import InvalidBundle
from training import quality_page, report
from training.bundling import bundle_of
from training.gate import Gate
from training.labels import target_of
from training.promote import Verdict, follow, promotions_of, verdict
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


def keep(
    run: TrainingRun,
    home: Path,
    promote: bool = True,
    steps: Steps | None = None,
    gate: Gate | None = None,
) -> Kept:
    """Writes everything of a run under ``home``; its model is the challenger from then on.

    If asked, and if the gate lets it, the challenger becomes the champion at once.
    """
    steps, target = steps or Steps(), run.target
    promotions = promotions_of(home, target.moment, target.risk)
    promotions.finish()
    bundle, before = bundle_of(run), promotions.digest("champion")
    with steps("facing what is in use"):
        decided = verdict(run, home, gate, bundle)
    with steps("writing the report"):
        page = report.write(run, decided, home)
        suites = quality_page.write(run.suites, home, target.moment)
    to_review, proven = None, True
    if run.weak is not None:
        to_review = home / "reports" / f"{target.moment}-{target.risk}-to-review.csv"
        write_review_list(run.weak, to_review)
        proven = run.weak.real is not None  # else it takes the place of no challenger
        promote = promote and proven
    with steps("recording in MLflow"), recording(home, run) as recorder:
        contract = msgspec.structs.replace(bundle.contract, run_id=recorder.run_id)
        digest = promotions.store.save(msgspec.structs.replace(bundle, contract=contract))
        folder = promotions.store.folder(target.moment, target.risk) / digest
        recorder.log(run, (page, suites, folder))
        version = recorder.register(run, recorder.log_model(run), digest)
        if proven:
            promotions.store.challenge(target.moment, target.risk, digest)
    if promote and decided.passed:
        promotions.promote(digest, decided, before, reason="", forced=False)
    elif promote:
        promotions.refuse(digest, decided, before)
    with steps("telling MLflow and BentoML"):
        follow(home, promotions)
    promoted = decided.passed if promote else None
    return Kept(page, recorder.run_id, version, digest, decided, promoted, to_review)


def champion(home: Path, catalogue: Catalogue, moment: str, risk: str | None) -> Bundle | None:
    """The bundle in use, to be compared with; None where there is none that can be read."""
    target = target_of(catalogue.domain, moment, risk)
    try:
        return BundleStore(home).champion(target.moment, target.risk)
    except InvalidBundle:
        return None  # the gate says so, and what is wrong with it
