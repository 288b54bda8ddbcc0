"""Replay: a decision made once more from what was kept of it, offline, to the byte.

record ──► vector ──► the same models, weights, policies ──► answer == what was answered?
                         └── others ──► what it would have been (the counterfactual)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import msgspec
import numpy as np

from features.contract import BundleStore
from features.decide.policies import Policies
from features.declared import Catalogue
from features.errors import InvalidBundle, NotFound, VouchError
from features.formulas import Floats
from features.versions import needed
from serving.answer import DecisionRecord
from serving.judging import answer, conclude
from serving.ledger.protocol import StoredDecision
from serving.models import Model
from serving.moment import PreparedMoment
from serving.observing import explained

_encode = msgspec.json.Encoder().encode
_NOT_COMPARED = frozenset(("decision_id", "decided_at", "versions", "expires_at", "supersedes"))


class CannotReplay(VouchError):
    """What a replay needs is not there any more."""

    code = "cannot_replay"


class Difference(msgspec.Struct, frozen=True):
    """A place of the answer (JSON pointer), what stood there and what stands there now."""

    pointer: str
    was: Any
    now: Any


class Replayed(NamedTuple):
    """The answer that was given, the one that comes out now, and what they differ in.

    ``notes`` say what was taken as it was kept, for it could not be worked out again.
    """

    given: bytes
    replayed: bytes
    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether they are the same to the byte."""
        return self.given == self.replayed


class Replayer:
    """Replays decisions of a home; ``policies`` finds a version of them by its digest."""

    def __init__(
        self, catalogue: Catalogue, store: BundleStore, policies: Callable[[str], Policies]
    ) -> None:
        self._catalogue, self._store, self._policies = catalogue, store, policies

    def replay(
        self, stored: StoredDecision, policies: Policies | None = None, model: str | None = None
    ) -> Replayed:
        """A decision once more, or as it would be with other policies or another model.

        Raises `CannotReplay` where policies, models or the record are gone.
        """
        record = read(stored)
        same = policies is None and model is None
        try:
            used = policies or self._policies(record.versions.policies)
        except NotFound as error:
            raise CannotReplay(error.message) from None
        notes: list[str] = []
        with ExitStack() as opened:
            record = self._worked_out(record, used, model, notes, opened)
        if policies is not None:
            versions = msgspec.structs.replace(record.versions, policies=policies.digest)
            record = msgspec.structs.replace(record, versions=versions)
        replayed = _encode(answer(record, conclude(record, used)))
        before, now = msgspec.json.decode(stored.answer), msgspec.json.decode(replayed)
        passed_over = frozenset[str]() if same else _NOT_COMPARED
        return Replayed(
            stored.answer, replayed, tuple(_differences(before, now, "", passed_over)), tuple(notes)
        )

    def _worked_out(
        self,
        record: DecisionRecord,
        policies: Policies,
        model: str | None,
        notes: list[str],
        opened: ExitStack,
    ) -> DecisionRecord:
        """The record with all that follows from its vector worked out again."""
        if record.versions.catalogue != self._catalogue.fingerprint:
            if model is not None:
                raise CannotReplay(
                    "the decision was made with another catalogue, so that no other model can "
                    "read its vector: name the catalogue it was made with"
                )
            notes.append("the catalogue is another one: probabilities and values are as kept")
            return record
        prepared = PreparedMoment(record.moment, self._catalogue, policies)
        models = tuple(
            self._model(record.moment, digest, opened) for digest in record.versions.models
        )
        prepared.use(models)
        vector: Floats = np.array([np.nan if x is None else x for x in record.vector])
        if len(vector) != len(prepared.plan.names):
            raise CannotReplay("the vector has not the columns that its models and catalogue give")
        points, fired = prepared.points(vector)
        if record.mode == "fixed":
            points, fired = 0, ()
        if model is not None:
            other = self._model(record.moment, model, opened)
            kept = (one for one in models if one.contract.risk != other.contract.risk)
            models = (*kept, other)
            try:
                prepared.stand_in(models)
            except InvalidBundle as error:
                raise CannotReplay(
                    f"the model {model[:12]} cannot read it: {error.message}"
                ) from None
        judged = prepared.assess(vector, record.entry)
        worked_out = msgspec.structs.replace(
            record,
            values=prepared.named(vector, record.entry),
            risks=tuple(risk for risk, _ in judged),
            margins=tuple(margin for _, margin in judged),
            points=points,
            fired=fired,
            versions=msgspec.structs.replace(
                record.versions, models=tuple(one.digest for one in models)
            ),
        )
        return explained(worked_out, prepared) if record.factors or model else worked_out

    def _model(self, moment: str, digest: str, opened: ExitStack) -> Model:
        for risk in self._catalogue.domain.named(moment).risks:
            if self._store.has(moment, risk, digest):
                try:
                    bundle = self._store.load(moment, risk, digest)
                    versions = needed(self._catalogue, bundle.contract)[1]
                except InvalidBundle as error:
                    raise CannotReplay(f"the model {digest[:12]}: {error.message}") from None
                model = Model(bundle, digest, versions=versions)
                opened.callback(model.close)
                return model
        raise CannotReplay(f"the model {digest[:12]} is not in this home any more")


def read(stored: StoredDecision) -> DecisionRecord:
    """The record of a decision. Raises `CannotReplay` for one of an older Vouch."""
    try:
        return msgspec.json.decode(stored.record, type=DecisionRecord)
    except msgspec.ValidationError:
        raise CannotReplay(
            "the decision was made by an older Vouch, which kept too little to replay it"
        ) from None


def _differences(
    was: Any, now: Any, pointer: str, passed_over: frozenset[str]
) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*was, *now)):
            if pointer or name not in passed_over:
                yield from _differences(
                    was.get(name), now.get(name), f"{pointer}/{name}", passed_over
                )
    elif was != now:
        yield Difference(pointer, was, now)
