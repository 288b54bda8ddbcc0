"""The whole schema, fuzzed: examples, edges, random bodies, and walks along the links.

Schemathesis makes requests from `/openapi.json`, good and bad ones, with and without an API key,
and compares every answer with what the document promises. Seeded, and in the events' own time,
so that every run sends the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from serving.api import Api
from serving.auth import ApiKeys
from serving.errors import KINDS
from serving.manual.operations import OPERATIONS
from serving.settings import Settings
from tests.serving.calling import opened

PHASES = ("examples", "coverage", "fuzzing", "stateful")


class Beyond(NamedTuple):
    """What no schema can say, and Schemathesis therefore takes for a failure."""

    check: str
    code: str
    detail: str = ""


REFUSED_THOUGH_VALID = "positive_data_acceptance"
TAKEN_THOUGH_INVALID = "negative_data_rejection"
BEYOND_A_SCHEMA = (
    # What was sent before under the same id, or is not there.
    Beyond(REFUSED_THOUGH_VALID, "id_reused"),
    Beyond(REFUSED_THOUGH_VALID, "idempotency_mismatch"),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "there is no decision with this id"),
    Beyond(
        REFUSED_THOUGH_VALID,
        "invalid_declaration",
        "the policies in .* sent",
    ),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "there is no such policy"),
    # Rules over several fields, and about texts and times that are kept.
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "must not be negative: money given back"),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "this is stored as sent"),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "a text must not hold a null character"),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "the time must lie between 1970 and 2200"),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "is not an IPv4 or IPv6 address"),
    Beyond(
        REFUSED_THOUGH_VALID,
        "invalid_input",
        "this is no|two capital letters|write an address|a mailbox in this",
    ),
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "must lie in the future"),
    Beyond(REFUSED_THOUGH_VALID, "card_number_refused"),
    # Twenty unknown fields are left out, and no more.
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "a field here is unknown and cannot be left out"),
    # JSON Schema calls 1.0 an integer.
    Beyond(REFUSED_THOUGH_VALID, "invalid_input", "Expected `int.*, got `float`"),
)


class Found(NamedTuple):
    """How many requests each phase sent, and what was wrong."""

    requests: Counter[str]
    operations: set[str]
    wrong: list[str]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Api, str]]:
    home = tmp_path / "home"
    secret = ApiKeys(home).create("fuzzing", scopes=("admin",))
    with opened(Settings(home=home, clock="events")) as api:
        yield api, secret


def fuzzed(api: Api, secret: str, most: int, without_edges: tuple[str, ...] = ()) -> Found:
    """Sends ``most`` random requests to each operation, and as many walks."""
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {secret}"},
            "continue-on-failure": True,
            "generation": {"deterministic": True, "max-examples": most, "no-shrink": True},
            "phases": {"stateful": {"max-steps": 6}},
            "checks": {
                TAKEN_THOUGH_INVALID: {"expected-statuses": ["4xx"]},
                # What was lifted is no more in force, and can be read on.
                "use_after_free": {"enabled": False},
            },
            "suppress-health-check": ["all"],
            "operations": [
                {"include-name": name, "phases": {"coverage": {"enabled": False}}}
                for name in without_edges
            ],
        }
    )
    schema = schemathesis.openapi.from_asgi("/openapi.json", api, config=config)
    found = Found(Counter(), set(), [])
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for id, answer in event.recorder.interactions.items():
                case = event.recorder.cases[id].value
                found.requests[event.phase.value] += 1
                found.operations.add(case.operation.label)
                found.wrong.extend(wrong(case, event.recorder.checks.get(id, ()), answer.response))
        elif isinstance(event, events.NonFatalError | events.FatalError):
            found.wrong.append(str(event.info if hasattr(event, "info") else event.exception))
    return found


def wrong(case: Any, checks: Any, answer: Any) -> Iterator[str]:
    """What is wrong with an answer: by the document, and by what all of our answers promise."""
    sent = f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r:.300}"
    if answer is None:
        yield f"no answer: {sent}"
        return
    told = f"{answer.status_code} {answer.content[:300]!r} to {sent}"
    if answer.status_code >= 500:
        yield told
    if answer.status_code >= 400:
        yield from (f"{what}: {told}" for what in no_problem(answer))
    for check in checks:
        failure = check.failure_info and check.failure_info.failure
        if failure and not is_beyond_a_schema(check.name, str(failure.message), case, answer):
            yield f"{check.name}: {failure.title}: {failure.message:.500}: {told}"


def no_problem(answer: Any) -> Iterator[str]:
    """What a 4xx lacks."""
    if answer.headers["content-type"] != ["application/problem+json"]:
        yield "no problem document"
        return
    problem = json.loads(answer.content)
    if KINDS[problem["code"]].status != answer.status_code:
        yield "another status than its code"
    if [problem["request_id"]] != answer.headers["x-request-id"]:
        yield "another request id"


def is_beyond_a_schema(check: str, said: str, case: Any, answer: Any) -> bool:
    if check == TAKEN_THOUGH_INVALID:
        stands_in = "Idempotency-Key" in (case.headers or {}) and "property: id" in said
        each_by_itself = case.path == "/v1/score/batch" and b'"problem":' in answer.content
        return stands_in or each_by_itself
    if answer.status_code < 400:
        return False
    problem = json.loads(answer.content)
    return any(
        one.check == check
        and one.code == problem["code"]
        and re.search(one.detail, problem["detail"]) is not None
        for one in BEYOND_A_SCHEMA
    )


def check(found: Found) -> None:
    assert not found.wrong, "\n\n".join(sorted(set(found.wrong), key=len)[:10])
    assert all(found.requests[phase] for phase in PHASES)
    listed = {f"{one.method.upper()} {one.path}" for one in OPERATIONS if one.listed}
    assert found.operations == listed


#: Those with a schema of so many kinds that their edges take half a minute.
MANY_EDGES = ("POST /v1/score", "POST /v1/score/batch", "POST /v1/events")


def test_every_operation_keeps_what_the_document_promises(running: tuple[Api, str]) -> None:
    check(fuzzed(*running, most=3, without_edges=MANY_EDGES))


@pytest.mark.slow
def test_it_keeps_it_long(running: tuple[Api, str]) -> None:
    check(fuzzed(*running, most=100))
