"""Routes: one table says which operation a method and a path mean, and all of it is answered."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from serving.endpoints.handlers import SUBJECTS
from serving.endpoints.public import Public
from serving.errors import Refused
from serving.manual.openapi import openapi
from serving.manual.operation import Operation
from serving.manual.operations import OPERATIONS
from serving.routes import Routes
from tests.serving.calling import Caller


def operation(method: str, path: str) -> Operation:
    return Operation(method, path, f"{method} {path}", (), "", "", None)


ROUTES = Routes(
    operation(method, path)
    for method, path in (
        ("get", "/v1/lists"),
        ("post", "/v1/lists"),
        ("get", "/v1/lists/{id}"),
        ("delete", "/v1/lists/{id}"),
        ("get", "/v1/lists/summary"),
        ("post", "/v1/customers/{id}/checkup"),
        ("delete", "/v1/customers/{id}/snoozes/{policy}"),
    )
)


@pytest.mark.parametrize(
    ("method", "path", "found", "ids"),
    [
        ("GET", "/v1/lists", "get /v1/lists", {}),
        ("POST", "/v1/lists", "post /v1/lists", {}),
        ("GET", "/v1/lists/summary", "get /v1/lists/summary", {}),
        ("HEAD", "/v1/lists/l1", "get /v1/lists/{id}", {"id": "l1"}),
        ("DELETE", "/v1/lists/l 1", "delete /v1/lists/{id}", {"id": "l 1"}),
        ("POST", "/v1/customers/c/checkup", "post /v1/customers/{id}/checkup", {"id": "c"}),
        (
            "DELETE",
            "/v1/customers/c/snoozes/P",
            "delete /v1/customers/{id}/snoozes/{policy}",
            {"id": "c", "policy": "P"},
        ),
    ],
)
def test_a_path_finds_its_operation(
    method: str, path: str, found: str, ids: dict[str, str]
) -> None:
    address, sent = ROUTES.find(path)
    assert (address.operation(method).name, sent) == (found, ids)


@pytest.mark.parametrize(
    ("raw", "id"),
    [
        (b"/v1/customers/a%2Fb/checkup", "a/b"),
        (b"/v1/customers/a%2Fcheckup/checkup", "a/checkup"),
        (b"/v1/customers/a%252Fb/checkup", "a%2Fb"),
        (b"/v1/customers/%C3%BC%20%2F/checkup", "\u00fc /"),
        (b"/v1/customers/%2E%2E/checkup", ".."),
    ],
)
def test_an_id_may_hold_a_slash(raw: bytes, id: str) -> None:
    path = unquote(raw.decode())
    assert ROUTES.find(path, raw)[1] == {"id": id}
    assert ROUTES.find("/v1/lists", b"/v1%2Flists")[1] == {}


def test_a_customer_with_a_slash_is_found(call: Caller) -> None:
    call("POST", "/v1/score", json={"kind": "signup", "id": "s1", "customer": "shop/7"})
    assert call("GET", "/v1/customers/shop%2F7").json()["id"] == "shop/7"
    assert call("GET", "/v1/customers/shop/7").json()["code"] == "unknown_route"


@pytest.mark.parametrize(
    "path", ["", "/", "/v1/lists/", "/v1/lists/a/b", "/v1/customers//checkup", "//v1/lists"]
)
def test_anything_else_is_no_address(path: str) -> None:
    with pytest.raises(Refused) as refused:
        ROUTES.find(path)
    assert refused.value.code == "unknown_route"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/lists", b"GET, HEAD, POST"),
        ("OPTIONS", "/v1/lists/l1", b"DELETE, GET, HEAD"),
        ("get", "/v1/lists", b"GET, HEAD, POST"),
        ("HEAD", "/v1/customers/c/checkup", b"POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allowed: bytes) -> None:
    with pytest.raises(Refused) as refused:
        ROUTES.find(path)[0].operation(method)
    assert (refused.value.code, refused.value.headers) == ("wrong_method", ((b"allow", allowed),))


def test_every_operation_is_answered_and_nothing_else_is() -> None:
    def methods(*subjects: type) -> list[str]:
        return sorted(
            name for subject in subjects for name in vars(subject) if not name.startswith("_")
        )

    assert methods(*SUBJECTS) == sorted(one.name for one in OPERATIONS if one.scopes)
    assert methods(Public) == sorted(one.name for one in OPERATIONS if not one.scopes)


def test_only_what_tells_nothing_of_anyone_is_open() -> None:
    open_ones = {one.path for one in OPERATIONS if not one.scopes}
    assert open_ones == {"/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/"}


def test_the_manual_says_which_scope_each_needs() -> None:
    paths = openapi()["paths"]
    for one in OPERATIONS:
        if one.listed:
            described = paths[one.path][one.method]
            assert described["security"] == [{"api_key": [scope]} for scope in one.scopes]
            assert all(f"`{scope}`" in described["description"] for scope in one.scopes)
            assert ("forbidden" in one.problems) == bool(one.scopes)
