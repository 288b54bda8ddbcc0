"""A client of the service: typed, and safe to call again.

Whatever is sent has an id, the caller's or one made here. So what fails on the way, or may not be
on disk yet, is sent again by itself and does not count twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from urllib.parse import quote

import msgspec

from features.decide.texts import Language
from features.events import Ingestible, Label, Scorable
from serving.answer import DecisionAnswer
from serving.customers import CustomerAnswer, EntryPage, ExportLine
from serving.manual.shapes import (
    AppealMade,
    BatchAnswer,
    BatchResult,
    OverrideMade,
    RecordedDecision,
    ReplayMade,
)
from serving.policy_set import PoliciesAnswer, PolicyInForce
from serving.reviewing import Explanation, FoundDecisions
from serving.schema import Accepted, Line
from serving.summary import DecreePage, DecreeSummary, Matched
from serving.wire import JSON, VouchProblem, Wire, decoded

__all__ = ["Client", "VouchProblem"]

Fields = Mapping[str, Any]

_NDJSON, _YAML = "application/x-ndjson", "application/yaml"
_LINES_AT_ONCE = 1000
_EVENTS_AT_ONCE = 500


class Client:
    """Speaks to a service with an API key. Threads may share it.

        answer = Client("vouch_...").score({"kind": "signup", "email": "ada@example.org"})
        if answer.outcome == "approve": ...

    ``timeout`` are seconds for one try, ``tries`` how many there are at most. Every method raises
    `VouchProblem`. Raises `SetupError` for an API key or address that nothing can be sent with.
    """

    def __init__(
        self,
        api_key: str,
        url: str = "http://127.0.0.1:3000",
        *,
        timeout: float = 10.0,
        tries: int = 5,
    ) -> None:
        self._wire = Wire(api_key, url, timeout, tries)

    # -- deciding and telling --

    def score(
        self, event: Scorable | Fields, *, dry_run: bool = False, language: Language = "en"
    ) -> DecisionAnswer:
        """Decides about an event; a dry run leaves no trace."""
        query = {"dry_run": dry_run, "language": language}
        return self._wire.ask("POST", "/v1/score", DecisionAnswer, _identified(event), query)

    def score_batch(
        self,
        events: Iterable[Scorable | Fields],
        *,
        dry_run: bool = False,
        language: Language = "en",
    ) -> list[BatchResult]:
        """Decides about many, each as by `score`; a bad one stops no other."""
        query = {"dry_run": dry_run, "language": language}
        waiting, results = iter(events), list[BatchResult]()
        while batch := [_identified(event) for event in islice(waiting, _EVENTS_AT_ONCE)]:
            sent = {"events": batch}
            answer = self._wire.ask("POST", "/v1/score/batch", BatchAnswer, sent, query)
            results += answer.results
        return results

    def checkup(
        self,
        customer: str,
        *,
        moment: str | None = None,
        id: str | None = None,
        dry_run: bool = False,
        language: Language = "en",
    ) -> DecisionAnswer:
        """Asks about a customer as of now."""
        query = {"dry_run": dry_run, "language": language, "moment": moment}
        path = f"/v1/customers/{_part(customer)}/checkup"
        named = {"idempotency-key": id or _new()}
        return self._wire.ask("POST", path, DecisionAnswer, None, query, named)

    def event(self, event: Ingestible | Fields) -> Accepted:
        """Takes in what happened, without deciding."""
        return self._wire.ask("POST", "/v1/events", Accepted, _identified(event))

    def events(self, events: Iterable[Ingestible | Fields]) -> list[Line]:
        """Takes in many: a line each says what became of it, and a bad one stops no other.

        Lines are missing at the end where the disk failed: send those again.
        """
        waiting, lines = iter(events), list[Line]()
        while batch := [_identified(event) for event in islice(waiting, _LINES_AT_ONCE)]:
            body = b"".join(msgspec.json.encode(event) + b"\n" for event in batch)
            answer = self._wire.send("POST", "/v1/events", body, _NDJSON)
            told = [decoded(line, Line) for line in answer.content.splitlines()]
            first = len(lines)
            lines += [msgspec.structs.replace(one, line=first + one.line) for one in told]
            if len(told) < len(batch):
                break
        return lines

    def label(self, label: Label | Fields) -> Accepted:
        """Says what turned out to be true."""
        return self._wire.ask("POST", "/v1/labels", Accepted, _identified(label))

    # -- decisions --

    def decision(self, decision_id: str) -> RecordedDecision:
        """A decision that was made before, and what became of it."""
        return self._wire.ask("GET", f"/v1/decisions/{_part(decision_id)}", RecordedDecision)

    def decisions(self, **wanted: str | int | bool) -> FoundDecisions:
        """A page of those looked for, newest first: ``customer``, ``status``, ``since``, ...

        With ``cursor`` set to the ``next`` of a page comes the one after it.
        """
        return self._wire.ask("GET", "/v1/decisions", FoundDecisions, query=wanted)

    def explanation(self, decision_id: str, *, language: Language = "en") -> Explanation:
        """Why a decision is what it is."""
        path = f"/v1/decisions/{_part(decision_id)}/explanation"
        return self._wire.ask("GET", path, Explanation, query={"language": language})

    def appeal(self, decision_id: str, statement: str | None = None) -> AppealMade:
        """The customer disagrees."""
        path = f"/v1/decisions/{_part(decision_id)}/appeal"
        said = {} if statement is None else {"statement": statement}
        return self._wire.ask("POST", path, AppealMade, _identified(said))

    def replay(
        self, decision_id: str, *, policies: str | None = None, model: str | None = None
    ) -> ReplayMade:
        """A decision once more, or as it would be with other policies or another model."""
        path = f"/v1/decisions/{_part(decision_id)}/replay"
        asked = {"policies": policies, "model": model}
        body = {name: value for name, value in asked.items() if value is not None}
        return self._wire.ask("POST", path, ReplayMade, body)

    # -- what people decree --

    def override(self, override: Fields) -> OverrideMade:
        """A person decides instead: ``decision``, ``outcome`` and ``reason`` are wanted."""
        return self._wire.ask("POST", "/v1/overrides", OverrideMade, _identified(override))

    def overrides(self, **wanted: str | int | bool) -> DecreePage:
        """Those in force; with ``past`` all that ever were."""
        return self._wire.ask("GET", "/v1/overrides", DecreePage, query=wanted)

    def one_override(self, id: str) -> DecreeSummary:
        """An override, in force or not."""
        return self._wire.ask("GET", f"/v1/overrides/{_part(id)}", DecreeSummary)

    def lift_override(self, id: str) -> DecreeSummary:
        """It holds for nothing that comes later."""
        return self._wire.ask("DELETE", f"/v1/overrides/{_part(id)}", DecreeSummary)

    def put_on_list(self, entry: Fields) -> DecreeSummary:
        """Puts a value on a list: ``list``, ``field``, ``value`` and ``reason`` are wanted."""
        return self._wire.ask("POST", "/v1/lists", DecreeSummary, _identified(entry))

    def lists(self, **wanted: str | int | bool) -> DecreePage:
        """The entries of the lists."""
        return self._wire.ask("GET", "/v1/lists", DecreePage, query=wanted)

    def one_listing(self, id: str) -> DecreeSummary:
        """An entry of a list, in force or not."""
        return self._wire.ask("GET", f"/v1/lists/{_part(id)}", DecreeSummary)

    def on_lists(self, field: str, value: str) -> Matched:
        """The lists that a value stands on."""
        return self._wire.ask("POST", "/v1/lists/match", Matched, {"field": field, "value": value})

    def take_off_list(self, id: str) -> DecreeSummary:
        """Lifts an entry of a list."""
        return self._wire.ask("DELETE", f"/v1/lists/{_part(id)}", DecreeSummary)

    def snooze(self, snooze: Fields) -> DecreeSummary:
        """A policy is silent for a customer: see `/docs` for what is wanted."""
        return self._wire.ask("POST", "/v1/snoozes", DecreeSummary, _identified(snooze))

    def snoozes(self, **wanted: str | int | bool) -> DecreePage:
        """The snoozes."""
        return self._wire.ask("GET", "/v1/snoozes", DecreePage, query=wanted)

    def one_snooze(self, id: str) -> DecreeSummary:
        """A snooze, in force or not."""
        return self._wire.ask("GET", f"/v1/snoozes/{_part(id)}", DecreeSummary)

    def lift_snooze(self, id: str) -> DecreeSummary:
        """The policy speaks again."""
        return self._wire.ask("DELETE", f"/v1/snoozes/{_part(id)}", DecreeSummary)

    # -- policies and customers --

    def policies(self) -> PoliciesAnswer:
        """The policies in force."""
        return self._wire.ask("GET", "/v1/policies", PoliciesAnswer)

    def policies_text(self) -> str:
        """The policies in force as they were written, to be changed and sent back."""
        return self._wire.send("GET", "/v1/policies.yaml", b"", _YAML).content.decode()

    def policy(self, id: str) -> PolicyInForce:
        """One of the policies in force."""
        return self._wire.ask("GET", f"/v1/policies/{_part(id)}", PolicyInForce)

    def check_policies(self, text: str) -> PoliciesAnswer:
        """Whether a file of policies can work, and what it says."""
        answer = self._wire.send("POST", "/v1/policies/check", text.encode(), _YAML)
        return decoded(answer.content, PoliciesAnswer)

    def replace_policies(self, text: str, *, instead_of: str | None = None) -> PoliciesAnswer:
        """Puts a file of policies in force; with ``instead_of``, a digest, only in place of it."""
        headers = {} if instead_of is None else {"if-match": f'"{instead_of}"'}
        answer = self._wire.send("PUT", "/v1/policies", text.encode(), _YAML, None, headers)
        return decoded(answer.content, PoliciesAnswer)

    def customer(self, id: str) -> CustomerAnswer:
        """Everything about a customer, in short."""
        return self._wire.ask("GET", f"/v1/customers/{_part(id)}", CustomerAnswer)

    def customer_entries(
        self, id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> EntryPage:
        """A page of what happened to a customer, newest first; ``cursor`` as in `decisions`."""
        query = {"limit": limit, "cursor": cursor}
        return self._wire.ask("GET", f"/v1/customers/{_part(id)}/entries", EntryPage, None, query)

    def customer_export(self, id: str) -> Iterator[ExportLine]:
        """All that is kept of a customer, in order."""
        answer = self._wire.send("GET", f"/v1/customers/{_part(id)}/export", b"", JSON)
        return (decoded(line, ExportLine) for line in answer.content.splitlines())

    def close(self) -> None:
        """Lets go of its connections."""
        self._wire.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _identified(sent: msgspec.Struct | Fields) -> msgspec.Struct | Fields:
    """What is sent, with an id."""
    if isinstance(sent, msgspec.Struct) or "id" in sent:
        return sent
    return {**sent, "id": _new()}


def _new() -> str:
    return str(uuid.uuid4())


def _part(id: str) -> str:
    return quote(id, safe="").replace(".", "%2E")  # or `..` would lead elsewhere
