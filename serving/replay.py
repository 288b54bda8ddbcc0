"""Replay: a decision made once more from what was kept of it, offline, to the byte.

record ──► vector ──► the same models, weights, policies ──► answer == what was answered?
                         └── others ──► what it would have been (the counterfactual)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from features.decide.policies import Policies
from features.errors import NotFound
from serving.answer import DecisionRecord
from serving.judging import conclude, encoded
from serving.ledger.protocol import StoredDecision
from serving.remaking import OTHER_CATALOGUE, CannotReplay, Remaking, read

_NOT_COMPARED = frozenset(("versions", "expires_at"))

#: Finds the policies of a digest. Raises `NotFound`.
Versions = Callable[[str], Policies]


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

    def __init__(self, remaking: Remaking, policies: Versions) -> None:
        self._remaking, self._policies = remaking, policies

    def replay(
        self, stored: StoredDecision, policies: Policies | None = None, model: str | None = None
    ) -> Replayed:
        """A decision once more, or as it would be with other policies or another model.

        Of what would be, versions and times are not compared. Raises `CannotReplay` where
        policies, models or the record are gone.
        """
        record = read(stored)
        used = policies_of(record, self._policies) if policies is None else policies
        with self._remaking.remade(record, used, model) as remade:
            versions = msgspec.structs.replace(remade.record.versions, policies=used.digest)
            again = msgspec.structs.replace(remade.record, versions=versions)
            notes = () if remade.prepared is not None else (OTHER_CATALOGUE,)
        replayed = encoded(again, conclude(again, used))
        passed_over = frozenset[str]() if policies is None and model is None else _NOT_COMPARED
        before, now = msgspec.json.decode(stored.answer), msgspec.json.decode(replayed)
        found = tuple(_differences(before, now, "", passed_over))
        return Replayed(stored.answer, replayed, found, notes)


def policies_of(record: DecisionRecord, versions: Versions) -> Policies:
    """The policies that decided. Raises `CannotReplay` where they are gone."""
    try:
        return versions(record.versions.policies)
    except NotFound as error:
        raise CannotReplay(error.message) from None


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
