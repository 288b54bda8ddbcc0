"""Routes: which operation a method and a path mean.

A path in the manual is plain, or has places in braces that stand for one segment each:
`/v1/customers/{id}/checkup`. Plain ones win.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import unquote_to_bytes

from serving.errors import Refused
from serving.exchange import Exchange
from serving.gate import Caller
from serving.manual.operation import Operation

Handler = Callable[[Exchange, Caller], Awaitable[None]]


class Address:
    """A path of the manual and the operations there, by method."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._by_method: dict[str, Operation] = {}

    def add(self, operation: Operation) -> None:
        """One more method; who takes GET takes HEAD."""
        self._by_method[operation.method.upper()] = operation
        if operation.method == "get":
            self._by_method["HEAD"] = operation

    def operation(self, method: str) -> Operation:
        """Raises `Refused` for a method that is not taken."""
        found = self._by_method.get(method)
        if found is None:
            allowed = ", ".join(sorted(self._by_method))
            raise Refused(
                "wrong_method",
                f"this address takes {allowed} only",
                ((b"allow", allowed.encode()),),
            )
        return found


class Routes:
    """Every address of the API."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._plain: dict[str, Address] = {}
        templates: dict[str, Address] = {}
        for operation in operations:
            known = templates if "{" in operation.path else self._plain
            known.setdefault(operation.path, Address(operation.path)).add(operation)
        self._templates = [(_segments(path), address) for path, address in templates.items()]

    def find(self, path: str, raw: bytes | None = None) -> tuple[Address, dict[str, str]]:
        """The address of a decoded path, and what stands in the places of its template.

        ``raw`` is the path as it was sent, where that is known: only there a slash within an id,
        `%2F`, differs from one between segments. Raises `Refused` where there is no address.
        """
        plain = self._plain.get(path)
        if plain is not None:
            return plain, {}
        segments = _segments(path) if raw is None else _decoded(raw)
        for template, address in self._templates:
            if len(template) == len(segments):
                ids = _ids(template, segments)
                if ids is not None:
                    return address, ids
        raise Refused("unknown_route", "there is nothing here: /docs lists what there is")


def _segments(path: str) -> list[str]:
    return path.split("/")


def _decoded(raw: bytes) -> list[str]:
    return [unquote_to_bytes(segment).decode(errors="replace") for segment in raw.split(b"/")]


def _ids(template: list[str], segments: list[str]) -> dict[str, str] | None:
    """What stands in the places; None where the path is not of this template."""
    ids = {}
    for asked, sent in zip(template, segments, strict=True):
        if asked.startswith("{"):
            if not sent:
                return None
            ids[asked[1:-1]] = sent
        elif asked != sent:
            return None
    return ids
