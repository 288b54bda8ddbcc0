"""What a first fold leaves as plain values is what an object would pack."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.durations import DAY
from features.series import Series
from features.state.shapes import ANCHORS, SHAPES
from features.state.shapes.begun import BEGUN, ENTERED, LASTING

_written = msgspec.msgpack.encode
NOW = 1_772_323_200_000_000


def series(shape: str) -> Series:
    return Series(
        shape=shape,  # type: ignore[arg-type]
        by=("device",),
        events=("signup",),
        span=7 * DAY,
        value="amount",
        fields=("amount",),
        step=3_600_000_000,
        delay=30 * DAY,
        bad=("fraud",),
    )


@pytest.mark.parametrize("shape", BEGUN)
@given(late=st.integers(0, 9 * DAY), value=st.integers(0, 10**9))
def test_a_shape_begins_as_it_would_be_packed(shape: str, late: int, value: int) -> None:
    asked = series(shape)
    said = (value,) if shape == "recent" else value
    made = SHAPES[shape](asked)
    made.fold(NOW, NOW - late, said)
    begun = BEGUN[shape](asked, NOW, NOW - late, said)
    assert _written(begun) == _written(made.pack())
    assert begun[0] == made.upto


@pytest.mark.parametrize("shape", ENTERED)
@pytest.mark.parametrize("late", [0, 9 * DAY, 2 * NOW])
def test_an_anchor_begins_as_it_would_be_packed(shape: str, late: int) -> None:
    asked = series(shape)
    made = ANCHORS[shape](asked)
    changes = made.enter(NOW, NOW - late, "token")
    begun, begun_changes = ENTERED[shape](asked, NOW, NOW - late, "token")
    assert _written(begun) == _written(made.pack())
    assert list(begun_changes) == list(changes)
    assert made.lasting is (shape in LASTING)


def test_a_new_customer_without_a_token_is_new_only_once() -> None:
    asked = series("matured")
    made = ANCHORS["matured"](asked)
    assert made.enter(NOW, NOW, None) == []
    begun, changes = ENTERED["matured"](asked, NOW, NOW, None)
    assert (_written(begun), list(changes)) == (_written(made.pack()), [])
