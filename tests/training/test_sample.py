"""Samples with holes: copies of rows that have lost what state says, or a part of it."""

from __future__ import annotations

import numpy as np

from features.catalogue import CATALOGUE
from training.sample import Sample, families, with_holes, without

COLUMNS = CATALOGUE.derived("signup")


def test_a_family_is_what_state_is_read_by_the_same_thing() -> None:
    found = families(COLUMNS)
    names = [column.name for column in COLUMNS]
    assert names.index("accounts_on_device_24h") in found["device"]
    assert names.index("form_seconds") not in np.concatenate(list(found.values()))
    sizes = [len(places) for places in found.values()]
    assert sizes == sorted(sizes, reverse=True)


def test_copies_have_holes_and_the_rows_themselves_stay_whole() -> None:
    masks = {"a": np.array([0, 1]), "b": np.array([2])}
    positive = np.arange(1000) % 7 == 0
    plain = Sample(np.ones((1000, 4)), positive, np.arange(1000.0))
    holed = with_holes(plain, masks, 0.2)
    assert len(holed) == 1200
    assert holed.values[:1000].tobytes() == plain.values.tobytes()
    copies = np.isnan(holed.values[1000:])
    assert not copies[:, 3].any(), "what the event says itself is never lost"
    lost = {tuple(row) for row in copies.tolist()}
    assert lost == {
        (True, True, True, False),
        (True, True, False, False),
        (False, False, True, False),
    }
    assert 90 <= copies[:, :3].all(axis=1).sum() <= 110
    source = holed.weight[1000:].astype(int)
    assert (positive[source] == holed.positive[1000:]).all()
    assert len(set(source.tolist())) == 200


def test_the_same_rows_get_the_same_holes() -> None:
    masks = {"a": np.array([0])}
    plain = Sample(np.ones((100, 2)), np.zeros(100, dtype=bool), np.ones(100))
    once, again = (with_holes(plain, masks, 0.5).values.tobytes() for _ in range(2))
    assert once == again
    assert with_holes(plain, masks, 0.0) is plain
    assert with_holes(plain, {}, 0.5) is plain


def test_without_leaves_the_original_alone() -> None:
    values = np.ones((2, 3))
    left = without(values, np.array([1]))
    assert np.isnan(left[:, 1]).all()
    assert not np.isnan(values).any()
