"""Remaking: what follows from a kept vector is worked out once more, with the models it had.

record ──► vector ──► the models named in it (or another) ──► probabilities, points, values
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import msgspec

from features.contract import BundleStore
from features.decide.policies import Policies
from features.declared import Catalogue
from features.errors import InvalidBundle, VouchError
from features.versions import needed
from serving.answer import DecisionRecord
from serving.judging import record_of
from serving.ledger.protocol import StoredDecision
from serving.models import Model
from serving.moment import Bound, PreparedMoment
from serving.observing import explained, vector_of

OTHER_CATALOGUE = "the catalogue is another one: probabilities and values are as kept"


class CannotReplay(VouchError):
    """What a replay needs is not there any more."""

    code = "cannot_replay"


class Remade(NamedTuple):
    """A record worked out again, with its moment and models; these are open for a while.

    Without a moment the catalogue is another one, and the record is as it was kept.
    """

    record: DecisionRecord
    prepared: PreparedMoment | None = None
    bound: tuple[Bound, ...] = ()


class Remaking:
    """Works out records of a home again, with the bundles of a store."""

    def __init__(self, catalogue: Catalogue, store: BundleStore) -> None:
        self._catalogue, self._store = catalogue, store

    @contextmanager
    def remade(
        self, record: DecisionRecord, policies: Policies, model: str | None = None
    ) -> Iterator[Remade]:
        """The record with all that follows from its vector, or with another model.

        Raises `CannotReplay` where a model is gone, or another one cannot read the vector.
        """
        with ExitStack() as opened:
            yield self._remade(record, policies, model, opened)

    def _remade(
        self, record: DecisionRecord, policies: Policies, model: str | None, opened: ExitStack
    ) -> Remade:
        if record.versions.catalogue != self._catalogue.fingerprint:
            if model is not None:
                raise CannotReplay(
                    "the decision was made with another catalogue, so that no other model can "
                    "read its vector: name the catalogue it was made with"
                )
            return Remade(record)
        prepared = PreparedMoment(record.moment, self._catalogue, policies)
        models = tuple(
            self._model(record.moment, digest, opened) for digest in record.versions.models
        )
        prepared.use(models)
        vector = vector_of(record)
        if len(vector) != len(prepared.plan.names):
            raise CannotReplay("the vector has not the columns that its models and catalogue give")
        if model is not None:
            models = _with(models, self._model(record.moment, model, opened))
            try:
                prepared.stand_in(models)
            except InvalidBundle as error:
                raise CannotReplay(
                    f"the model {model[:12]} cannot read it: {error.message}"
                ) from None
        bound = prepared.bound(models)
        judged = prepared.assess(vector, record.entry)
        points, fired = (0, ()) if record.mode == "fixed" else prepared.points(vector)
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
        if record.factors or model is not None:
            worked_out = explained(worked_out, prepared)
        return Remade(worked_out, prepared, bound)

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
        raise CannotReplay(
            f"the model {digest[:12]} is not in this home any more: put its bundle back"
        )


def read(stored: StoredDecision) -> DecisionRecord:
    """The record of a decision. Raises `CannotReplay` for one of an older Vouch."""
    record = record_of(stored)
    if record is None:
        raise CannotReplay(
            "the decision was made by an older Vouch, which kept too little to replay it"
        )
    return record


def _with(models: tuple[Model, ...], other: Model) -> tuple[Model, ...]:
    """The models with another one in the place of that of the same risk."""
    risk = other.contract.risk
    if all(one.contract.risk != risk for one in models):
        return (*models, other)
    return tuple(other if one.contract.risk == risk else one for one in models)
