"""The models in use: champions of every moment and risk, verified, tried and swapped in whole.

champion ──► signature, digest ──► fits the catalogue? ──► trial in a child ──► in use
    └─ fails ──► what is in use stays
                 └─ nothing is (at the start) ──► previous, the same way
                                                    └─ fails ──► none (policies and scorecard)
"""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from typing import Literal, NamedTuple

import numpy as np

from features.booster import Booster, BoosterError
from features.contract import Bundle, BundleStore, Contract, Floats
from features.derived import Derived
from features.errors import InvalidBundle
from features.trial import TrialFailed, stand
from serving.admission import Admission, NotYet
from serving.log import places

Rung = Literal["champion", "previous"]
_RUNGS: tuple[Rung, ...] = ("champion", "previous")
_ALIASES = (*_RUNGS, "challenger")
_TRIAL_SECONDS = 20.0


class Model:
    """One model in use. ``rung`` says whether it is the champion or stands in for it.

    ``versions`` are columns it needs in another version than the running catalogue's.
    """

    def __init__(
        self,
        bundle: Bundle,
        digest: str,
        rung: Rung = "champion",
        versions: tuple[Derived, ...] = (),
    ) -> None:
        self.contract: Contract = bundle.contract
        self.versions = versions
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

    def contributions(self, row: Floats) -> Floats:
        """What each column adds to the margin of one vector, and last the base of all."""
        return self._booster.contributions(row)

    def probability(self, margin: float) -> float:
        """Calibrated probability of a margin, as ``contract.calibration`` gives it."""
        return float(np.interp(margin, self._margins, self._probabilities))

    def close(self) -> None:
        """Frees the booster."""
        self._booster.close()


class _Alias(NamedTuple):
    """What ``champion`` or ``previous`` stands for: a digest, nothing, or what is wrong."""

    digest: str | None
    problem: str = ""


class Models:
    """Loads champions and follows what is promoted, where ``admission`` lets it in.

    What other aliases stand for is kept warm: state folds what they would need.
    """

    def __init__(
        self,
        store: BundleStore,
        admission: Admission,
        *,
        poll_seconds: float | None = 3.0,
    ) -> None:
        self._store = store
        self._admission = admission
        self._seen: dict[tuple[str, str], tuple[_Alias, ...]] = {}
        self._problems: dict[tuple[str, str], list[str]] = {}
        self._moments = admission.domain.moments
        self._trouble = dict.fromkeys(self._moments, "")
        self._by_moment: dict[str, tuple[Model, ...]] = dict.fromkeys(self._moments, ())
        self._stop = threading.Event()
        self.refresh()
        if poll_seconds is not None:
            threading.Thread(
                target=self._follow, args=(poll_seconds,), name="models", daemon=True
            ).start()

    def at(self, moment: str) -> tuple[Model, ...]:
        """The models of a moment; the same object until something else is promoted."""
        return self._by_moment[moment]

    def trouble(self, moment: str) -> str:
        """Why a champion of this moment is not in use, in a sentence; empty if all are."""
        return self._trouble[moment]

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
        for moment, asked in self._moments.items():
            risks = asked.risks
            before = {model.contract.risk: model for model in self._by_moment[moment]}
            after = [self._current(moment, risk, before.get(risk)) for risk in risks]
            models = tuple(model for model in after if model is not None)
            if models != self._by_moment[moment]:
                self._by_moment[moment] = models
            broken = [risk for risk in risks if self._problems[moment, risk]]
            self._trouble[moment] = (
                f"the champion of {' and '.join(broken)} cannot be used: /readyz tells why"
                if broken
                else ""
            )

    def close(self) -> None:
        """Stops following. The boosters go when nobody holds them."""
        self._stop.set()

    def _follow(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            try:
                self.refresh()
            except Exception as error:  # the edge of a thread: the models in use stay in use
                logging.getLogger("vouch").error(
                    "the models could not be refreshed: %s", places(error)
                )

    def _current(self, moment: str, risk: str, loaded: Model | None) -> Model | None:
        """The model to use from now on: ``loaded`` unless another one was promoted and is good."""
        promoted = tuple(self._alias(moment, risk, rung) for rung in _ALIASES)
        if self._seen.get((moment, risk)) == promoted:
            return loaded
        self._seen[moment, risk] = promoted
        self._problems[moment, risk] = problems = []
        self._keep_warm(moment, risk, promoted)
        for rung, alias in zip(_RUNGS, promoted, strict=False):
            if loaded is not None and (loaded.rung, loaded.digest) == (rung, alias.digest):
                return loaded
            try:
                if (model := self._admit(moment, risk, alias, rung)) is not None:
                    return model
            except InvalidBundle as error:
                if isinstance(error, NotYet):
                    del self._seen[moment, risk]  # it is looked at again
                problems.append(f"{rung} of {risk} at {moment}: {error.message}")
                if loaded is not None:
                    problems.append(f"the model of {risk} at {moment} before it stays in use")
                    return loaded
        return None

    def _keep_warm(self, moment: str, risk: str, aliases: tuple[_Alias, ...]) -> None:
        """State folds all that any of the bundles needs, so that a rollback finds no hole."""
        for alias in aliases:
            with suppress(InvalidBundle):
                if alias.digest is not None:
                    contract = self._store.load(moment, risk, alias.digest).contract
                    self._admission.keep(contract)

    def _alias(self, moment: str, risk: str, rung: str) -> _Alias:
        try:
            return _Alias(self._store.alias(moment, risk, rung))
        except InvalidBundle as error:
            return _Alias(None, error.message)

    def _admit(self, moment: str, risk: str, alias: _Alias, rung: Rung) -> Model | None:
        if alias.problem:
            raise InvalidBundle(alias.problem)
        if alias.digest is None:
            return None
        bundle = self._store.load(moment, risk, alias.digest)
        contract = bundle.contract
        if (contract.moment, contract.risk) != (moment, risk):
            raise InvalidBundle("the bundle was made for another moment or risk")
        versions = self._admission.admit(contract)
        try:
            stand(
                bundle.model,
                [golden.vector for golden in contract.golden],
                [golden.margin for golden in contract.golden],
                _TRIAL_SECONDS,
            )
            return Model(bundle, alias.digest, rung, versions)
        except (TrialFailed, BoosterError) as error:
            raise InvalidBundle(f"the model failed its trial: {error}; retrain it") from None
