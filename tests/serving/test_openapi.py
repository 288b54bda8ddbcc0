"""The API's own description: complete, valid, readable, and from nowhere else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest

from features.catalogue import CATALOGUE
from features.decide.names import names
from features.decide.policies import SHIPPED, Policies
from features.decide.policy import Texts
from serving.answer import DecisionAnswer, RiskAnswer
from serving.errors import KINDS
from serving.manual import examples
from serving.manual.answers import DECISION
from serving.manual.openapi import openapi
from serving.manual.operation import JSON, Operation
from serving.manual.operations import OPERATIONS
from serving.manual.page import page
from serving.manual.reviews import EXPLANATION
from tests.serving.calling import Caller
from tests.serving.processes import ROOT

DOCUMENT = openapi()
RULES = {one.id: one for one in Policies.load(SHIPPED, names(CATALOGUE)).policies}
STOPPED = {**examples.ORDINARY_SIGNUP, "session": {"mfa_done": False}}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": DOCUMENT["components"]}


def shown() -> list[tuple[str, str, dict[str, Any], Any]]:
    return [
        (operation.path, name, body["content"]["application/json"]["schema"], example)
        for operation in OPERATIONS
        if operation.listed
        if operation.takes_type == JSON
        if (body := DOCUMENT["paths"][operation.path][operation.method].get("requestBody"))
        for name, example in operation.examples.items()
    ]


def about(decision: str, example: dict[str, Any]) -> dict[str, Any]:
    """An example about a decision that is there."""
    return {**example, "decision": decision} if "decision" in example else example


@pytest.mark.parametrize(("path", "name", "schema", "example"), shown())
def test_every_example_fits_its_schema_and_is_taken(
    call: Caller, path: str, name: str, schema: dict[str, Any], example: Any
) -> None:
    jsonschema.Draft202012Validator(resolved(schema)).validate(example)
    if "expires_at" in example:  # what was written in the manual is past by now
        example = {**example, "expires_at": (datetime.now(UTC) + timedelta(days=9)).isoformat()}
    if "{id}" in path or "decision" in example:
        decided = call("POST", "/v1/score", json=STOPPED).json()["decision_id"]
        address, example = path.replace("{id}", decided), about(decided, example)
    else:
        address = path
    answer = call("POST", address, json=example)
    assert answer.status_code == 200
    answered = DOCUMENT["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]
    jsonschema.Draft202012Validator(resolved(answered["schema"])).validate(answer.json())
    jsonschema.Draft202012Validator(resolved(answered["schema"])).validate(answered["example"])


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.takes_type != JSON])
def test_every_example_of_a_text_is_taken(call: Caller, operation: Operation) -> None:
    for text in operation.examples.values():
        headers = {"content-type": operation.takes_type}
        answer = call(operation.method.upper(), operation.path, content=text, headers=headers)
        assert answer.status_code == 200
        schema = DOCUMENT["paths"][operation.path][operation.method]["responses"]["200"]
        answered = schema["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator(resolved(answered)).validate(answer.json())


def test_problems_fit_their_schema(call: Caller) -> None:
    schema = resolved({"$ref": "#/components/schemas/Problem"})
    for answer in (call("POST", "/v1/score", json={}), call("GET", "/v1/x"), call("PUT", "/docs")):
        jsonschema.Draft202012Validator(schema).validate(answer.json())


def test_every_schema_and_pattern_is_portable() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    assert "\\Z" not in str(DOCUMENT)


def test_every_address_is_described() -> None:
    served = {one.path for one in OPERATIONS} - {"/", "/docs", "/openapi.json"}
    assert served == set(DOCUMENT["paths"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_what_is_answered_twice_alike_is_said(operation: Operation) -> None:
    described = DOCUMENT["paths"].get(operation.path, {}).get(operation.method, {})
    names = {one["name"] for one in described.get("parameters", ())}
    headers = described.get("responses", {}).get("200", {}).get("headers", {})
    assert ("Idempotent-Replayed" in headers) == ("Idempotency-Key" in names)


def test_what_may_come_without_a_body_does(call: Caller) -> None:
    decided = call("POST", "/v1/score", json=STOPPED).json()["decision_id"]
    bare = [
        one.path
        for one in OPERATIONS
        if one.takes and one.takes_type == JSON
        if not DOCUMENT["paths"][one.path][one.method]["requestBody"]["required"]
    ]
    assert bare == ["/v1/decisions/{id}/replay"]
    assert call("POST", bare[0].replace("{id}", decided)).json()["equal"]


def test_the_page_says_what_a_parameter_may_be() -> None:
    text = page(DOCUMENT)
    choices = " or ".join(f"<code>{one}</code>" for one in ("en", "fr", "nl"))
    assert f"<code>language</code> (query): {choices}. The language of the texts." in text
    assert "<code>limit</code> (query): integer (at least 1, at most 200). " in text


def test_the_examples_quote_policies_as_they_are() -> None:
    quoted = [one.code for one in DECISION.reasons if one.code in RULES]
    assert quoted == [one.id for one in DECISION.policies] == ["THREE_D_SECURE_FAILED"]
    shipped = RULES[quoted[0]]
    reason = next(one for one in DECISION.reasons if one.code == shipped.id)
    assert reason.limit == shipped.when
    assert {reason.text, reason.customer_text} == {
        _english(shipped.analyst),
        _english(shipped.customer),
    }
    assert EXPLANATION.analysis is not None
    explained = EXPLANATION.analysis.policies[0]
    assert (explained.condition, explained.override) == (shipped.when, shipped.override)
    assert (explained.text, explained.customer_text) == (reason.text, reason.customer_text)
    assert shipped.override != "red"  # it is overridden and appealed against in these examples


def _english(text: str | Texts) -> str:
    return text if isinstance(text, str) else text.en


def test_the_readme_shows_every_field_of_an_answer() -> None:
    shown = (ROOT / "README.md").read_text().split("```text")[1].split("```")[0]
    told = set(re.findall(r'"([a-z_]+)":', shown))
    for kind in (DecisionAnswer, RiskAnswer):
        assert {field.encode_name for field in msgspec.structs.fields(kind)} <= told
    limit = next(
        one.when
        for one in Policies.load(SHIPPED, names(CATALOGUE)).policies
        if one.id == "PREPAID_CARD"
    )
    assert f'"limit": "{limit}"' in shown


def test_every_problem_is_explained_where_its_type_points() -> None:
    text = page(DOCUMENT)
    assert all(f'id="{code}"' in text for code in KINDS)


class Links(HTMLParser):
    """Where a page points to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attributes:
            if name == "id" and value is not None:
                self.anchors.add(value)
            if name in ("href", "src") and value is not None:
                self.links.append(value)


def test_the_page_needs_nothing_from_elsewhere(call: Caller) -> None:
    answer = call("GET", "/docs")
    links = Links(answer.text)
    assert not links.tags & {"script", "link", "img", "iframe"}
    assert "url(" not in answer.text
    assert re.search(r"default-src 'none'", answer.headers["content-security-policy"])
    inside = [link[1:] for link in links.links if link.startswith("#")]
    assert set(inside) <= links.anchors
    assert [link for link in links.links if not link.startswith("#")] == ["/openapi.json"]


def test_the_start_page_leads_to_it(call: Caller) -> None:
    assert call("GET", "/").headers["location"] == "/docs"
    assert call("GET", "/openapi.json").json() == DOCUMENT


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_links_lead_from_ids_that_are_there_to_operations_that_take_them(
    operation: Operation,
) -> None:
    answered = DOCUMENT["paths"].get(operation.path, {}).get(operation.method)
    if answered is None:
        return
    answer = answered["responses"]["200"]
    names = {one.name: one.path for one in OPERATIONS}
    for name, link in answer.get("links", {}).items():
        assert "{id}" in names[name]
        assert link["parameters"].keys() == {"id"}
        place = schema_at(link["parameters"]["id"].removeprefix("$response.body#/"), answer)
        assert "string" in str(place)
    ids = re.findall(r"/v1/(?:decisions|overrides|lists|snoozes)$", operation.path)
    if ids and operation.method == "post":
        assert answer["links"]


def schema_at(pointer: str, answer: dict[str, Any]) -> Any:
    """The schema of a place in an answer."""
    schema = answer["content"]["application/json"]["schema"]
    for step in pointer.split("/"):
        schema = followed(schema)
        schema = schema["items"] if step.isdigit() else schema["properties"][step]
    return schema


def followed(schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for, null left out."""
    for one in schema.get("anyOf", ()):
        if one != {"type": "null"}:
            return followed(one)
    if "$ref" in schema:
        return followed(DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    return schema
