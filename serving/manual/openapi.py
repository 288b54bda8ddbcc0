"""The OpenAPI 3.1 document, made from the types that parse and answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from features.decide.texts import LANGUAGES
from features.domain import CLOUD, Domain
from serving.errors import KINDS, Problem
from serving.listing import NewListing, Sought, fields_of
from serving.manual.links import links
from serving.manual.operation import NDJSON, Operation
from serving.manual.operations import OPERATIONS, STREAM_LINE
from serving.manual.shapes import ScorableBatch

_REFERENCE = "#/components/schemas/{name}"
_REPLAYED = {
    "Idempotent-Replayed": {
        "description": "`true` where the same was sent under this id before.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
#: Beside its events a batch has no place for a warning about what was left out.
_STRICT = {ScorableBatch.__name__: {"additionalProperties": False}}
#: With quotes around it or without; spaces at its ends get lost on the way.
_IDEMPOTENCY_KEY = r'^(?!"?"$)("[ -?A-~]{1,128}"|[!-?A-~]([ -?A-~]{0,126}[!-?A-~])?)$'
_INTRODUCTION = (
    "Vouch scores sign-ups, payments and customers for fraud. "
    "Every address under /v1 needs `Authorization: Bearer` and an API key "
    "(`vouch keys create NAME`) with a scope that allows it; `admin` allows everything. "
    "What a test API key (`--test`) sends is decided as if it were real and never touches what is; "
    "its answers carry `Vouch-Test: true`. "
    "Unknown fields of a body are left out, with a warning; a field that stands twice in one "
    "object is refused."
)


def openapi(domain: Domain = CLOUD) -> dict[str, Any]:
    """The document of a service for a domain."""
    listed = [operation for operation in OPERATIONS if operation.listed]
    types = [STREAM_LINE, Problem]
    for one in listed:
        types += [kind for kind in (one.takes, one.answers) if kind is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    schema_of = dict(zip(map(repr, types), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, schema_of)
    for path in paths.values():
        for document in path.values():
            _say_the_choices(document, domain)
    _say_the_domain(components, domain)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Vouch", "version": "1", "description": _INTRODUCTION},
        "paths": paths,
        "components": {
            "schemas": {
                name: _portable(schema) | _STRICT.get(name, {})
                for name, schema in sorted(components.items())
            },
            "securitySchemes": {"api_key": {"type": "http", "scheme": "bearer"}},
        },
    }


def _say_the_domain(components: dict[str, Any], domain: Domain) -> None:
    """Which labels, identifiers and facts of their own callers may send."""
    components["Label"]["properties"]["label"] = {
        "type": "string",
        "enum": list(domain.kinds_of_label),
    }
    for sent in (NewListing, Sought):
        components[sent.__name__]["properties"]["field"]["enum"] = list(fields_of(domain))
    texts = {name: fact.type is str for name, fact in domain.facts.items()}
    said = {name: {"type": "string" if text else "number"} for name, text in texts.items()}
    for component in components.values():
        fields = component.get("properties", {})
        if "identifiers" in fields:
            for one in fields["identifiers"].get("anyOf", ()):
                if one.get("type") == "object":
                    one["propertyNames"] = {"enum": list(domain.identifiers)}
                    one["maxProperties"] = len(domain.identifiers)
        if "attributes" in fields and said:
            for one in fields["attributes"].get("anyOf", ()):
                if one.get("type") == "object":
                    one["properties"] = said


def _say_the_choices(document: dict[str, Any], domain: Domain) -> None:
    """Which moments and fields may be asked for."""
    unasked = [name for name, moment in domain.moments.items() if not moment.event]
    choices = {
        "moment": unasked if document["operationId"] == "checkup" else list(domain.moments),
        "field": list(fields_of(domain)),
    }
    for parameter in document.get("parameters", ()):
        if names := choices.get(parameter["name"]):
            parameter["schema"] = {"type": "string", "enum": names}


def _operation(operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.description} {_needs(operation)}".strip(),
        "security": [{"api_key": [scope]} for scope in operation.scopes],
        "responses": {"200": _answer(operation, schema_of), **dict(_problems(operation))},
    }
    if parameters := list(_parameters(operation)):
        document["parameters"] = parameters
    if operation.takes is not None:
        document["requestBody"] = {
            "required": not operation.bare,
            "content": _content(operation, schema_of, schema_of[repr(operation.takes)]),
        }
    return document


def _needs(operation: Operation) -> str:
    if not operation.scopes:
        return "Needs no API key."
    return f"Needs the scope {' or '.join(f'`{scope}`' for scope in operation.scopes)}."


def _content(operation: Operation, schema_of: dict[str, Any], schema: Any) -> dict[str, Any]:
    shown = {name: {"value": value} for name, value in operation.examples.items()}
    content = {operation.takes_type: {"schema": _portable(schema), "examples": shown}}
    if operation.streams:
        content[NDJSON] = {"schema": {"type": "string"}, "examples": {}}
    return content


def _answer(operation: Operation, schema_of: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "string"} if operation.answers is None else schema_of[repr(operation.answers)]
    content: dict[str, Any] = {operation.answer_type: {"schema": schema}}
    if operation.answer_example is not None:
        example = msgspec.json.decode(msgspec.json.encode(operation.answer_example))
        content[operation.answer_type]["example"] = example
    if operation.streams:
        content[NDJSON] = {"schema": schema_of[repr(STREAM_LINE)]}
    answer: dict[str, Any] = {"description": operation.summary + ".", "content": content}
    if leads := links(operation, OPERATIONS):
        answer["links"] = leads
    return {**answer, "headers": _REPLAYED} if operation.idempotent else answer


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", operation.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if operation.idempotent:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Stands in for `id` where the body has none; both must be the same.",
            "schema": {
                "type": "string",
                "pattern": _IDEMPOTENCY_KEY,
            },
        }
    for name, description, schema in operation.parameters:
        yield {"name": name, "in": "query", "description": description, "schema": schema}
    if operation.dry_run:
        yield {
            "name": "dry_run",
            "in": "query",
            "description": "Decide without leaving a trace; the event may come again for real.",
            "schema": {"type": "boolean", "default": False},
        }
    if operation.language:
        yield {
            "name": "language",
            "in": "query",
            "description": "The language of the texts.",
            "schema": {"type": "string", "enum": list(LANGUAGES), "default": "en"},
        }


def _problems(operation: Operation) -> Iterator[tuple[str, dict[str, Any]]]:
    by_status: dict[int, list[str]] = {}
    for code in operation.problems:
        by_status.setdefault(KINDS[code].status, []).append(code)
    for status, codes in sorted(by_status.items()):
        content = {"schema": {"$ref": _REFERENCE.format(name="Problem")}}
        yield (
            str(status),
            {
                "description": "; ".join(f"`{code}`: {KINDS[code].title}" for code in codes),
                "content": {"application/problem+json": content},
            },
        )


def _portable(schema: Any) -> Any:
    """As callers see it: unknown fields are left out, and patterns are ECMA 262."""
    if isinstance(schema, list | tuple):
        return [_portable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "decimal":
        return _amount(schema)
    return {
        name: value.replace("\\Z", "$") if name == "pattern" else _portable(value)
        for name, value in schema.items()
        if (name, value) != ("additionalProperties", False)
    }


def _amount(schema: dict[str, Any]) -> dict[str, Any]:
    """A decimal number as text, which keeps every digit, or as a number."""
    bounds = ("minimum", "maximum")
    text = {name: value for name, value in schema.items() if name not in bounds}
    number = {name: schema[name] for name in bounds if name in schema}
    return {"anyOf": [text, {"type": "number", **number}]}
