"""Opening a home: ledger, state, models, policies and secrets become a scorer."""

from __future__ import annotations

import logging
from pathlib import Path

import apsw

from features.catalogue import CATALOGUE
from features.contract import BundleStore
from features.decide import policies as policy_files
from features.decide.names import names
from features.decide.policies import Policies
from features.declaration import MOMENTS
from features.declared import Catalogue
from features.facts import Door
from features.reference import SHIPPED, Reference, load
from features.state.embedded import EmbeddedState
from features.tokens import Tokenizer
from serving import keyfile
from serving.ledger.protocol import Ledger
from serving.ledger.sqlite import SqliteLedger
from serving.models import Models
from serving.scorer import Scorer, system_clock
from serving.settings import Settings


class OpenScorer(Scorer):
    """A scorer with all it stands on; `close` lets go of everything."""

    def __init__(self, settings: Settings, catalogue: Catalogue = CATALOGUE) -> None:
        reference = load(settings.reference or SHIPPED)
        policies = Policies.load(settings.policies or policy_files.SHIPPED, names(catalogue))
        self._closed = False
        self._ledger = SqliteLedger(settings.home, on_loss=self._start_over)
        try:
            door = open_door(settings, reference, self._ledger)
            self._state = _open_state(settings.home / "state.db", catalogue, self._ledger)
            for entry in self._ledger.entries(after=self._state.position):
                self._state.fold(entry)
            self._models = Models(
                BundleStore(settings.home),
                {
                    moment: {column.name: column.digest for column in catalogue.columns(moment)}
                    for moment in MOMENTS
                },
            )
        except BaseException:
            self._ledger.close()
            raise
        super().__init__(
            catalogue=catalogue,
            door=door,
            reference=reference,
            state=self._state,
            ledger=self._ledger,
            models=self._models,
            policies=policies,
            clock=system_clock if settings.clock == "system" else None,
        )

    def ready(self) -> list[str]:
        """What is wrong, in sentences; the service answers all the same."""
        behind = "state is behind the ledger: answers are fixed until it has caught up"
        problems = [
            *self._models.problems,
            self._state.problem,
            behind * (self._behind is not None),
        ]
        return [problem for problem in problems if problem]

    def close(self) -> None:
        """Writes what waits and lets go of the home; again does nothing."""
        if self._closed:
            return
        self._closed = True
        self._models.close()
        self._ledger.close()
        self._state.close()


def _open_state(path: Path, catalogue: Catalogue, ledger: Ledger) -> EmbeddedState:
    """State is a follower of the ledger: where it cannot have followed it, it is made anew."""
    first = next(iter(ledger.entries()), None)
    follows = "" if first is None else f"{first.known_at} {first.id}"
    try:
        state = EmbeddedState(path, catalogue.series, follows)
    except (apsw.CorruptError, apsw.NotADBError):
        logging.getLogger("vouch").warning("the state file was damaged and is made anew")
        for name in ("", "-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        state = EmbeddedState(path, catalogue.series, follows)
    if state.position > ledger.last_known_at:
        state.reset()
    return state


def open_door(settings: Settings, reference: Reference, ledger: Ledger) -> Door:
    """The door of a home, with its own token secret, made while the ledger is empty.

    Raises `SetupError` where the secret of a ledger in use is lost.
    """
    path = settings.home / "keys" / "token-secret"
    secret = keyfile.secret(path, create=ledger.last_known_at == 0)
    return Door(Tokenizer(secret), reference)


def open_scorer(settings: Settings) -> OpenScorer:
    """The scorer of a home. Raises `VouchError` where something is damaged or in use."""
    return OpenScorer(settings)
