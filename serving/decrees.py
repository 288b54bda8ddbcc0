"""Decrees: what people wrote down — lists, snoozes, overrides — and what of it is in force.

    ledger ──► fold each decree, in order ──► for one event: what lists say, who may pass

All of it lies in memory; the ledger is the truth, so it is folded anew at every start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple, get_args

from msgspec import Struct, convert, structs

from features.decide.circumstances import Circumstances, Override
from features.decide.outcomes import Outcome
from features.fact_types import Value as FactValue
from features.facts import Entry

ListName = Literal["allow", "block", "watch"]
DecreeKind = Literal["listing", "snooze", "override", "appeal"]
LISTS: tuple[ListName, ...] = get_args(ListName)


class Decree(Struct, frozen=True, kw_only=True):
    """One thing that was decreed. Times in µs; ``token`` stands for the value of a list entry."""

    id: str
    kind: DecreeKind
    known_at: int
    owner: str
    reason: str
    expires_at: int | None = None
    lifted_at: int | None = None
    customer: str | None = None
    list_name: ListName | None = None
    list_field: str | None = None
    token: str | None = None
    policy: str | None = None
    moment: str | None = None
    outcome: Outcome | None = None
    decision: str | None = None
    evidence: str | None = None

    def in_force(self, at: int) -> bool:
        """Whether it has a say at a time."""
        return self.lifted_at is None and (self.expires_at is None or at < self.expires_at)


class Value(NamedTuple):
    """What a list entry is about."""

    field: str
    token: str


_UNLISTED: dict[str, FactValue] = {f"on_{name}_list": 0.0 for name in LISTS}
_NOBODY = Circumstances(said=_UNLISTED)


class Decrees:
    """Those of one ledger."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._by_id: dict[str, Decree] = {}
        self._by_kind: dict[str, dict[str, Decree]] = defaultdict(dict)
        self._listed: dict[Value, dict[str, Decree]] = defaultdict(dict)
        self._about: dict[str, dict[str, Decree]] = defaultdict(dict)
        self._appeals: set[str] = set()
        for entry in entries:
            self.fold(entry)

    def fold(self, entry: Entry) -> None:
        """Takes in a decree, or lifts one."""
        if entry.kind == "lift":
            lifted = self._by_id.get(str(entry.facts["lifts"]))
            if lifted is not None and lifted.lifted_at is None:
                self._take(structs.replace(lifted, lifted_at=entry.known_at))
        else:
            self._take(_decree(entry))

    def find(self, id: str) -> Decree | None:
        """A decree by its id, in force or not."""
        return self._by_id.get(id)

    def was_appealed(self, decision: str) -> bool:
        """Whether a customer appealed against a decision."""
        return decision in self._appeals

    def newest(self, kind: str, before: int | None = None) -> Iterator[Decree]:
        """Those of a kind, in force or not, newest first; ``before`` a place in the ledger."""
        for decree in reversed(self._by_kind[kind].values()):
            if before is None or decree.known_at < before:
                yield decree

    def of_customer(self, customer: str) -> Iterator[Decree]:
        """Snoozes and overrides of a customer that are or were in force, oldest first."""
        yield from self._about.get(customer, {}).values()

    def on(self, values: Iterable[Value]) -> Iterator[Decree]:
        """The list entries about some values that are or were in force."""
        for value in values:
            yield from self._listed.get(value, {}).values()

    def about(self, entry: Entry, moment: str, at: int) -> Circumstances:
        """What the decrees in force at a time say about an event at a moment."""
        if not self._listed and not self._about:
            return _NOBODY
        found = [
            one
            for value in values(entry)
            for one in self._listed.get(value, {}).values()
            if one.in_force(at)
        ]
        own = [
            one
            for one in self._about.get(entry.customer or "", {}).values()
            if one.in_force(at) and one.moment in (None, moment)
        ]
        if not found and not own:
            return _NOBODY
        said = {**_UNLISTED, **{f"on_{one.list_name}_list": 1.0 for one in found}}
        overrides = [one for one in own if one.kind == "override" and one.expires_at is not None]
        override = None
        if overrides and (outcome := overrides[-1].outcome) is not None:
            override = Override(overrides[-1].id, outcome)
        return Circumstances(
            said=said,
            override=override,
            allowed=next((one.id for one in found if one.list_name == "allow"), ""),
            snoozed=tuple(str(one.policy) for one in own if one.kind == "snooze"),
        )

    def _take(self, decree: Decree) -> None:
        """Holds a decree, or its lifted version, where it is looked for."""
        self._by_id[decree.id] = self._by_kind[decree.kind][decree.id] = decree
        if decree.list_field is not None and decree.token is not None:
            self._listed[Value(decree.list_field, decree.token)][decree.id] = decree
        elif decree.customer is not None and decree.kind in ("override", "snooze"):
            self._about[decree.customer][decree.id] = decree
        elif decree.kind == "appeal" and decree.decision is not None:
            self._appeals.add(decree.decision)


def _decree(entry: Entry) -> Decree:
    """A decree as its entry says it; what an entry cannot say is refused, not believed."""
    field = entry.facts.get("list_field")
    said = {
        "owner": "",
        "reason": "",
        **entry.facts,
        "id": entry.id,
        "kind": entry.kind,
        "known_at": entry.known_at,
        "customer": entry.customer,
        "token": None if field is None else entry.field(str(field)),
    }
    return convert(said, Decree)


def values(entry: Entry) -> Iterator[Value]:
    """All of an event that can stand on a list."""
    for field, token in entry.tokens.items():
        yield Value(field, token)
    for field in ("customer", "reseller", "country"):
        value = entry.field(field)
        if value is not None:
            yield Value(field, str(value))
