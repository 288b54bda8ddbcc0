"""The page at /docs: the OpenAPI document as something to read, with nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import escape
from typing import Any

from serving.errors import KINDS

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1b1f24;background:#fff}
h1,h2,h3{line-height:1.2}h2{margin-top:3rem;border-top:1px solid #d0d7de;padding-top:1rem}
code,pre{font:14px/1.45 ui-monospace,monospace;background:#f3f5f7;border-radius:4px}
code{padding:.1em .3em}pre{padding:.8rem;overflow:auto}
table{border-collapse:collapse;width:100%;display:block;overflow:auto}
td,th{border:1px solid #d0d7de;padding:.3rem .6rem;text-align:left;vertical-align:top}
.method{font-weight:700;text-transform:uppercase;color:#0a5c36}
@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#14171a}
code,pre{background:#23282d}td,th,h2{border-color:#3a4148}.method{color:#6fd6a3}}
"""


def page(document: dict[str, Any]) -> str:
    """The page of an OpenAPI document."""
    return "".join(_page(document))


def _page(document: dict[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{escape(info['title'])}: the API</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{escape(info['title'])}: the API</h1><p>{_prose(info['description'])}</p>"
    yield '<p>The same for programs: <a href="/openapi.json">/openapi.json</a>.</p><ul>'
    for path, method, operation in _operations(document):
        yield f'<li><a href="#{operation["operationId"]}">{method.upper()} {escape(path)}</a>'
        yield f": {escape(operation['summary'])}</li>"
    yield '<li><a href="#problems">Problems</a></li><li><a href="#types">Types</a></li></ul>'
    for path, method, operation in _operations(document):
        yield from _operation(path, method, operation)
    yield from _problems()
    yield '<h2 id="types">Types</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield from _type(name, schema)
    yield "</body></html>"


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{operation["operationId"]}"><span class="method">{method}</span> '
    yield f"<code>{escape(path)}</code></h2>"
    yield f"<p><b>{escape(operation['summary'])}.</b> {_prose(operation['description'])}</p>"
    for parameter in operation.get("parameters", ()):
        yield f"<p><code>{parameter['name']}</code> ({parameter['in']}): "
        yield f"{_kind(parameter['schema'])}. "
        yield f"{_prose(parameter.get('description', 'Which one.'))}</p>"
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Takes <code>{escape(kind)}</code>: {_kind(content['schema'])}</p>"
        for name, example in content["examples"].items():
            yield f"<p>For example, {escape(name)}:</p><pre>{_json(example['value'])}</pre>"
    yield "<table><tr><th>status</th><th>answer</th></tr>"
    for status, answer in operation["responses"].items():
        kinds = ", ".join(
            f"<code>{escape(kind)}</code> {_kind(content['schema'])}"
            for kind, content in answer["content"].items()
        )
        yield f"<tr><td>{status}</td><td>{_prose(answer['description'])}<br>{kinds}</td></tr>"
    yield "</table>"
    for content in operation["responses"]["200"]["content"].values():
        if "example" in content:
            yield f"<p>An answer:</p><pre>{_json(content['example'])}</pre>"


def _problems() -> Iterator[str]:
    yield '<h2 id="problems">Problems</h2><p>Errors are <code>application/problem+json</code> '
    yield "(RFC 9457). They never repeat what was sent.</p>"
    yield "<table><tr><th>code</th><th>status</th><th>what it says</th></tr>"
    for code, kind in KINDS.items():
        yield f'<tr id="{code}"><td><code>{code}</code></td><td>{kind.status}</td>'
        yield f"<td>{escape(kind.title)}</td></tr>"
    yield "</table>"


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h3 id="type-{name}">{name}</h3><p>{_prose(schema.get("description", ""))}</p>'
    required = schema.get("required", ())
    fields = schema.get("properties", {})
    if fields:
        yield "<table><tr><th>field</th><th>value</th><th></th></tr>"
        for field, inner in fields.items():
            yield f"<tr><td><code>{escape(field)}</code></td><td>{_kind(inner)}</td>"
            yield f"<td>{'required' if field in required else ''}</td></tr>"
        yield "</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#type-{name}">{name}</a>'
    if "anyOf" in schema:
        kinds = [inner for inner in schema["anyOf"] if inner.get("type") != "null"]
        return " or ".join(map(_kind, kinds))
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in schema["enum"])
    kind = escape(str(schema.get("format", schema.get("type", "any"))))
    if isinstance(schema.get("items"), dict):
        return f"list of {_kind(schema['items'])}"
    limits = ", ".join(
        f"{words} {schema[name]}"
        for name, words in (
            ("minimum", "at least"),
            ("maximum", "at most"),
            ("minLength", "length at least"),
            ("maxLength", "length at most"),
            ("pattern", "like"),
        )
        if name in schema
    )
    described = f": {_prose(schema['description'])}" if "description" in schema else ""
    return f"{kind}{f' ({escape(limits)})' if limits else ''}{described}"


def _prose(text: str) -> str:
    """Text in which backticks mark code."""
    parts = escape(text).replace("``", "`").split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))


def _json(value: object) -> str:
    return escape(json.dumps(value, indent=2, ensure_ascii=False))
