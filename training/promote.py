"""Promotion: a run, or a bundle that waits, is put into use if the gate lets it.

challenger ──► self-test ──► contest on the mature window ──► record ──► champion
    └─ fails ──────┴── refused, recorded; the champion stays     MLflow and BentoML follow
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from features.contract import Bundle, BundleStore, Contract
from features.declared import Catalogue
from features.errors import InvalidBundle, NotEnoughData, NotFound
from training import packing, track, window
from training.bundling import bundle_of
from training.contest import contest, self_test
from training.gate import Check, Gate, Verdict, verdict_of
from training.history import open_history
from training.labels import Target
from training.records import Promotions, Record, Refused
from training.run import TrainingRun
from training.steps import Steps

__all__ = ("Verdict", "follow", "promote", "promotions_of", "roll_back", "verdict")

_LONGEST_VERSION = 7


def verdict(
    run: TrainingRun,
    home: Path | None = None,
    gate: Gate | None = None,
    bundle: Bundle | None = None,
) -> Verdict:
    """The gate applied to a run, on its test part: against the champion of ``home``.

    Where there is none, against the scorecard. Weak labels prove nothing: only by real ones may
    such a run pass, and it must have beaten the scorecard.
    """
    if run.weak is not None and not run.weak.is_better:
        return Verdict(False, f"not promoted: {run.weak.promise}")
    bundle, gate, settings = bundle or bundle_of(run), gate or Gate(), run.settings
    tested = self_test(bundle)
    if not tested.passed:
        return verdict_of("", (tested,))
    try:
        champion = BundleStore(home).champion(*_where(bundle)) if home is not None else None
        with open_history(run.source, settings.engine, settings.spark_master) as history:
            rows = window.of_run(run, history, _contracts(bundle, champion))
    except (InvalidBundle, NotEnoughData) as error:
        return _not_compared(tested, error)
    return _with(tested, contest(bundle, champion, rows, run.catalogue, gate))


def promote(
    home: Path,
    target: Target,
    catalogue: Catalogue,
    source: Path,
    *,
    gate: Gate | None = None,
    version: str | None = None,
    overruled: str = "",
    steps: Steps | None = None,
) -> Record:
    """Puts the challenger into use if it earned it on the mature part of a history.

    ``version`` names another one, by its number in MLflow or the begin of its digest.
    ``overruled`` is the reason for doing so whatever the comparison says; a model that fails
    its self-test is refused all the same. Raises `Refused` where there is nothing to promote.
    """
    steps, gate = steps or Steps(), gate or Gate()
    promotions = promotions_of(home, target.moment, target.risk)
    promotions.finish()
    try:
        digest, before = _chosen(home, promotions, version), promotions.digest("champion")
    except Refused:
        follow(home, promotions)  # whoever was cut off runs this again
        raise
    with steps("testing the challenger"):
        bundle, tested = _tested(promotions, digest)
    if bundle is None:
        decided = verdict_of("", (tested,))
    else:
        try:
            champion = promotions.store.champion(target.moment, target.risk)
            contracts = _contracts(bundle, champion)
            with open_history(source) as history:
                rows = window.of_history(history, catalogue, target, contracts, steps)
            with steps("comparing"):
                decided = _with(tested, contest(bundle, champion, rows, catalogue, gate))
        except (InvalidBundle, NotEnoughData) as error:
            decided = _not_compared(tested, error)
    forced = bool(overruled) and bundle is not None and not decided.passed
    if decided.passed or forced:
        record = promotions.promote(digest, decided, before, reason=overruled, forced=forced)
    else:
        record = promotions.refuse(digest, decided, before)
    with steps("telling MLflow and BentoML"):
        follow(home, promotions)
    return record


def roll_back(home: Path, moment: str, risk: str, reason: str = "") -> Record:
    """Puts the previous champion into use again; done twice, the present one is back.

    Raises `Refused` where there is none, `InvalidBundle` where it is damaged.
    """
    promotions = promotions_of(home, moment, risk)
    promotions.finish()
    before = promotions.digest("previous")
    if before is not None:
        _, tested = _tested(promotions, before)
        if not tested.passed:
            raise InvalidBundle(f"not rolled back: {tested.says}")
    record = promotions.roll_back(reason)
    follow(home, promotions)
    return record


def promotions_of(home: Path, moment: str, risk: str) -> Promotions:
    """The records of one risk at one moment in a home."""
    return Promotions(BundleStore(home), moment, risk)


def follow(home: Path, promotions: Promotions) -> None:
    """BentoML's store and MLflow follow the bundles; nothing to do if they have already.

    Raises `PackingFailed` or `TrackingFailed`; the bundles are in use all the same.
    """
    if promotions.digest("champion") is not None:
        packing.pack(home)
    track.follow(home, promotions)


def _chosen(home: Path, promotions: Promotions, version: str | None) -> str:
    moment, risk = promotions.where
    if version is None:
        digest = promotions.digest("challenger")
        if digest is None:
            raise Refused(
                f"{risk} at {moment} has no challenger: `vouch train --moment {moment}` makes one"
            )
    elif version.isdigit() and len(version) <= _LONGEST_VERSION:
        digest = track.bundle_of_version(home, moment, risk, version)
        if digest is None:
            raise NotFound(f"MLflow has no version {version} of {risk} at {moment}")
    else:
        folder = promotions.store.folder(moment, risk)
        found = [one.name for one in folder.glob("*/") if one.name.startswith(version)]
        if len(found) != 1:
            raise NotFound(
                f"{len(found) or 'no'} bundles of {risk} at {moment} begin with {version}: give a "
                "number of MLflow, or enough of a digest"
            )
        (digest,) = found
    if digest == promotions.digest("champion"):
        raise Refused(f"{digest[:16]} is the champion of {risk} at {moment} already")
    return digest


def _tested(promotions: Promotions, digest: str) -> tuple[Bundle | None, Check]:
    """The bundle, or None if it may not be used, and why."""
    try:
        bundle = promotions.store.load(*promotions.where, digest)
    except InvalidBundle as error:
        return None, Check("self-test", False, error.message)
    tested = self_test(bundle)
    return (bundle if tested.passed else None), tested


def _contracts(*bundles: Bundle | None) -> list[Contract]:
    return [bundle.contract for bundle in bundles if bundle is not None]


def _where(bundle: Bundle) -> tuple[str, str]:
    return bundle.contract.moment, bundle.contract.risk


def _with(tested: Check, decided: Verdict) -> Verdict:
    return replace(decided, checks=(tested, *decided.checks))


def _not_compared(tested: Check, error: InvalidBundle | NotEnoughData) -> Verdict:
    why = Check("comparison", False, f"it was not compared ({error.message})")
    return verdict_of("", (tested, why))
