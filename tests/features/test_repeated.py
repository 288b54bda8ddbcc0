"""A field that stands twice in one object is found, and nothing else is taken for one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import repeated
from features.errors import InvalidInput
from features.events import Ingestible
from features.parsing import Parser

TEXTS = st.text(max_size=5) | st.sampled_from(('":', "\\", '\\"', "a:b", "{", '"a":1'))
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES, st.booleans())
@settings(deadline=None)
def test_names_that_are_there_once_are_fine(value: Any, ascii_only: bool) -> None:
    assert repeated.find(json.dumps(value, ensure_ascii=ascii_only).encode()) is None


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3), VALUES, st.data())
@settings(deadline=None)
def test_a_second_one_is_found(value: dict[str, Any], other: Any, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(value)))
    written = json.dumps(value)[:-1] + f" , {json.dumps(name)}\t: {json.dumps(other)}}}"
    assert repeated.find(f'[0, {{"within": {written}}}]'.encode()) == (1, "within", name)


@pytest.mark.parametrize(
    ("name", "pointer"), [("colour", "/colour"), ("4242", ""), ("alice@example.com", "")]
)
def test_a_name_that_may_be_a_value_is_not_repeated(name: str, pointer: str) -> None:
    body = '{"kind":"usage","id":"u","cost":{"amount":"1","currency":"EUR"},"%s":1,"%s":2}'
    with pytest.raises(InvalidInput) as caught:
        Parser(Ingestible).read((body % (name, name)).encode())
    assert caught.value.pointer == pointer
    assert name not in caught.value.message
