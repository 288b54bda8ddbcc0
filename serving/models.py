"""The models in use: champions of every moment and risk, verified, tried and swapped in whole.

champion ──► signature, digest ──► fits the catalogue? ──► trial in a child ──► in use
    └─ fails ──► previous, the same way ──► fails ──► none (policies and scorecard)
"""

from __future__ import annotations

import logging
import threading
from typing import Literal

import numpy as np

from features.contract import RISKS, Bundle, BundleStore, Contract, Floats
from features.errors import InvalidBundle
from serving.booster import Booster, BoosterError
from serving.trial import TrialFailed, stand

Rung = Literal["champion", "previous"]
_RUNGS: tuple[Rung, ...] = ("champion", "previous")
_TRIAL_SECONDS = 20.0
_FREE_PREFIX = "attribute_"


class Model:
    """One model in use. ``rung`` says whether it is the champion or stands in for it."""

    def __init__(self, bundle: Bundle, digest: str, rung: Rung = "champion") -> None:
        self.contract: Contract = bundle.contract
        self.digest = digest
        self.rung = rung
        self._booster = Booster(bundle.model)
        if self._booster.columns != len(bundle.contract.columns):
            raise BoosterError("it has not the columns of its contract")
        self._margins = np.array(bundle.contract.calibration.margins)
        self._probabilities = np.array(bundle.contract.calibration.probabilities)

    def margin(self, row: Floats) -> float:
        """Raw margin (log-odds) of one vector in the contract's order; NaN is unknown."""
        return self._booster.margin(row)

    def margins(self, matrix: Floats) -> Floats:
        """Raw margins of many vectors, on all cores; each as `margin` gives it."""
        return self._booster.margins(matrix)

    def probability(self, margin: float) -> float:
        """Calibrated probability of a margin, as ``contract.calibration`` gives it."""
        return float(np.interp(margin, self._margins, self._probabilities))

    def close(self) -> None:
        """Frees the booster."""
        self._booster.close()


class Models:
    """Loads champions and follows what is promoted.

    ``catalogue`` gives, per moment, the digest of every signal that the running
    code computes; a model trained on another version of one is refused.
    """

    def __init__(
        self,
        store: BundleStore,
        catalogue: dict[str, dict[str, str]],
        *,
        poll_seconds: float | None = 3.0,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._seen: dict[tuple[str, str], tuple[str | None, ...]] = {}
        self._problems: dict[tuple[str, str], list[str]] = {}
        self._by_moment: dict[str, tuple[Model, ...]] = dict.fromkeys(RISKS, ())
        self._stop = threading.Event()
        self.refresh()
        if poll_seconds is not None:
            threading.Thread(
                target=self._follow, args=(poll_seconds,), name="models", daemon=True
            ).start()

    def at(self, moment: str) -> tuple[Model, ...]:
        """The models of a moment; the same object until something else is promoted."""
        return self._by_moment[moment]

    @property
    def problems(self) -> list[str]:
        """A sentence for every bundle that was promoted and could not be used."""
        return [problem for problems in self._problems.values() for problem in problems]

    def in_use(self) -> list[tuple[str, str, str, str]]:
        """Moment, risk, digest and rung of every model in use."""
        return [
            (moment, model.contract.risk, model.digest, model.rung)
            for moment, models in self._by_moment.items()
            for model in models
        ]

    def refresh(self) -> None:
        """Loads what was promoted since the last call."""
        for moment, risks in RISKS.items():
            changed = [risk for risk in risks if self._changed(moment, risk)]
            if changed:
                kept = (
                    model for model in self._by_moment[moment] if model.contract.risk not in changed
                )
                fresh = (self._load(moment, risk) for risk in changed)
                models = [*kept, *(model for model in fresh if model is not None)]
                models.sort(key=lambda model: risks.index(model.contract.risk))
                self._by_moment[moment] = tuple(models)

    def close(self) -> None:
        """Stops following. The boosters go when nobody holds them."""
        self._stop.set()

    def _follow(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.refresh()
            except Exception:  # the edge of a thread: the models in use stay in use
                logging.getLogger("vouch").exception("the models could not be refreshed")

    def _changed(self, moment: str, risk: str) -> bool:
        promoted = tuple(self._store.alias(moment, risk, rung) for rung in _RUNGS)
        if self._seen.get((moment, risk)) == promoted:
            return False
        self._seen[moment, risk] = promoted
        return not any(
            model.contract.risk == risk and model.rung == "champion" and model.digest == promoted[0]
            for model in self._by_moment[moment]
        )

    def _load(self, moment: str, risk: str) -> Model | None:
        problems: list[str] = []
        model = None
        for rung, digest in zip(_RUNGS, self._seen[moment, risk], strict=True):
            if digest is None:
                continue
            try:
                model = self._admit(moment, risk, digest, rung)
                break
            except InvalidBundle as error:
                problems.append(f"{rung} of {risk} at {moment}: {error.message}")
        self._problems[moment, risk] = problems
        return model

    def _admit(self, moment: str, risk: str, digest: str, rung: Rung) -> Model:
        bundle = self._store.load(moment, risk, digest)
        contract = bundle.contract
        if (contract.moment, contract.risk) != (moment, risk):
            raise InvalidBundle("the bundle was made for another moment or risk")
        self._fits(contract)
        try:
            stand(
                bundle.model,
                [golden.vector for golden in contract.golden],
                [golden.margin for golden in contract.golden],
                _TRIAL_SECONDS,
            )
            return Model(bundle, digest, rung)
        except (TrialFailed, BoosterError) as error:
            raise InvalidBundle(f"the model failed its trial: {error}; retrain it") from None

    def _fits(self, contract: Contract) -> None:
        running = self._catalogue.get(contract.moment, {})
        other = [
            column.name
            for column in contract.columns
            if not column.name.startswith(_FREE_PREFIX)
            and running.get(column.name) != column.digest
        ]
        if other:
            raise InvalidBundle(
                f"the model was trained on other versions of {', '.join(other[:5])}"
                f"{' and others' if len(other) > 5 else ''}: retrain it"
            )
