"""Opening a home: ledger, state, models, policies and secrets become a scorer."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from features.catalogues import chosen
from features.contract import BundleStore
from features.decide.exploration import Lot
from features.decide.in_force import in_force
from features.decide.names import names
from features.decide.policies import Policies
from features.declared import Catalogue
from features.domain import CLOUD, Domain
from features.facts import Door
from features.reference import Reference
from features.tokens import Tokenizer
from serving import keyfile
from serving.admission import Admission, all_series
from serving.filling import Filler
from serving.following import catch_up, open_state
from serving.ledger.protocol import Ledger
from serving.ledger.sqlite import FILE, SqliteLedger
from serving.ledger.tables import LedgerReader
from serving.metrics import Figure
from serving.models import Models
from serving.policy_file import PolicyFile
from serving.received import system_clock
from serving.references import References
from serving.remaking import Remaking
from serving.scorer import Scorer
from serving.settings import Settings
from serving.webhooks.delivery import Webhooks
from serving.webhooks.message import changed


class OpenScorer(Scorer):
    """A scorer with all it stands on; `close` lets go of everything."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue | None = None,
        packed: Path | None = None,
    ) -> None:
        catalogue = chosen(settings.catalogue) if catalogue is None else catalogue
        self._references = References(settings.reference)
        store = BundleStore(settings.home, packed)
        self._closed = False
        with ExitStack() as undo:
            policies = PolicyFile(
                settings.policies,
                settings.home,
                names(catalogue),
                is_own=settings.catalogue is not None,
                packed=packed,
            )
            undo.callback(policies.close)
            self._ledger = SqliteLedger(settings.home, on_loss=self._start_over)
            undo.callback(self._ledger.close)
            door = open_door(settings, self._references.current, self._ledger, catalogue.domain)
            self._state = open_state(settings, all_series(catalogue, store), self._ledger)
            catch_up(self._state, self._ledger, self._ledger.last_known_at)
            self._past = LedgerReader(settings.home / FILE)
            self._filler = Filler(self._state, self._past)
            self._models = Models(store, Admission(catalogue, self._state))
            undo.pop_all()
        self.remaking = Remaking(catalogue, store)
        super().__init__(
            catalogue=catalogue,
            door=door,
            references=self._references,
            state=self._state,
            ledger=self._ledger,
            models=self._models,
            policies=policies,
            clock=system_clock if settings.clock == "system" else None,
            lot=Lot(settings.exploration, _token_secret(settings, self._ledger)),
        )
        self._webhooks = self._tell_changes(settings)

    def _tell_changes(self, settings: Settings) -> Webhooks | None:
        """Whoever asked learns that a decision has changed, if anybody wants to."""
        if not settings.webhook_url:
            return None
        self._changes = LedgerReader(settings.home / FILE)
        webhooks = Webhooks(
            settings.home,
            settings.webhook_url,
            settings.webhook_hosts,
            lambda after: map(changed, self._changes.made_again(after)),
            begin=self._ledger.last_known_at,
        )
        self.on_change = webhooks.wake
        return webhooks

    def ready(self) -> list[str]:
        """What is wrong, in sentences; the service answers all the same."""
        filling = (
            f"{len(self._state.filling)} new windows are being filled from the ledger: "
            "signals that need them are unknown until then"
        )
        behind = "state is behind the ledger: answers are fixed until it has caught up"
        problems = [
            *self._models.problems,
            self._state.problem,
            self._references.problem,
            self.policies.problem,
            "" if self._webhooks is None else self._webhooks.problem,
            behind * (self.folding.behind is not None),
            filling * bool(self._state.filling),
        ]
        return [problem for problem in problems if problem]

    def figures(self) -> list[Figure]:
        """What is counted beside requests and decisions."""
        waiting = Figure(
            "vouch_pending_decisions", "gauge", "Decisions that wait for an answer.",
            len(self.pending),
        )  # fmt: skip
        return [waiting] if self._webhooks is None else [waiting, *self._webhooks.figures()]

    def close(self) -> None:
        """Writes what waits and lets go of the home; again does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._webhooks is not None:
            self._webhooks.close()
            self._changes.close()
        self._references.close()
        self.policies.close()
        self._models.close()
        self._filler.close()
        self._past.close()
        self._ledger.close()
        self._state.close()


def policies_of(settings: Settings, catalogue: Catalogue) -> Policies:
    """The policies in force."""
    return in_force(
        settings.policies, catalogue, is_own=settings.catalogue is not None, homes=(settings.home,)
    )


def open_door(
    settings: Settings, reference: Reference, ledger: Ledger, domain: Domain = CLOUD
) -> Door:
    """The door of a home, with its own token secret, made while the ledger is empty.

    Raises `SetupError` where the secret of a ledger in use is lost.
    """
    return Door(Tokenizer(_token_secret(settings, ledger)), reference, domain)


def _token_secret(settings: Settings, ledger: Ledger) -> bytes:
    path = settings.home / "keys" / "token-secret"
    return keyfile.secret(path, create=ledger.last_known_at == 0)


def open_scorer(settings: Settings, packed: Path | None = None) -> OpenScorer:
    """The scorer of a home, with the models of ``packed`` where it has none of its own.

    Raises `VouchError` where something is damaged or in use.
    """
    return OpenScorer(settings, packed=packed)
