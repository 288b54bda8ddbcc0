"""Replaying the decisions of a home, offline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import msgspec

from features.catalogue import CATALOGUE
from features.contract import Bundle, BundleStore
from features.decide.names import names
from features.declared import Catalogue
from features.thresholds import Thresholds
from serving.ledger.protocol import StoredDecision
from serving.ledger.sqlite import FILE
from serving.ledger.tables import LedgerReader
from serving.policy_versions import PolicyVersions
from serving.remaking import Remaking
from serving.replay import Replayer
from serving.settings import Settings
from tests.serving.bundles import bundle


def stops(seed: int = 0) -> Bundle:
    """A model whose score alone reviews half of all and declines what is sure."""
    made = bundle(seed=seed)
    limits = Thresholds(challenge=0.1, review=0.3, decline=0.8)
    return Bundle(msgspec.structs.replace(made.contract, thresholds=limits), made.model)


def promote(settings: Settings, one: Bundle) -> str:
    store = BundleStore(settings.home)
    digest = store.save(one)
    store.promote("signup", "theft_of_service", digest)
    return digest


def replayer(settings: Settings, catalogue: Catalogue = CATALOGUE) -> Replayer:
    remaking = Remaking(catalogue, BundleStore(settings.home))
    return Replayer(remaking, PolicyVersions(settings.home, names(catalogue)))


@contextmanager
def reading(settings: Settings) -> Iterator[LedgerReader]:
    """The ledger as it is on disk."""
    with closing(LedgerReader(settings.home / FILE)) as reader:
        yield reader


def decisions(settings: Settings) -> list[StoredDecision]:
    """All of them, those made again after the first ones."""
    with reading(settings) as reader:
        return [*reader.decisions(), *reader.made_again(0)]


def unequal(settings: Settings, catalogue: Catalogue = CATALOGUE) -> list[object]:
    """What does not replay to the byte."""
    replay = replayer(settings, catalogue).replay
    done = [(stored.id, replay(stored)) for stored in decisions(settings)]
    return [(id, one.differences) for id, one in done if not one.is_equal or one.notes]
