"""Writing spreads ties in bounded memory: batch by batch, as if all came at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data.writing import Spread


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 7))
def test_places_are_as_early_as_they_can_be_whatever_the_batches(
    times: list[int], batch: int
) -> None:
    times.sort()
    spread = Spread()
    places: list[int] = []
    for first in range(0, len(times), batch):
        places += spread(np.array(times[first : first + batch], np.int64)).tolist()
    last = -1
    for time, place in zip(times, places, strict=True):
        assert place == max(time, last + 1)
        last = place
