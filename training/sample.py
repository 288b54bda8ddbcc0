"""Samples: the rows a model is fitted or validated on, and their copies with holes.

State can be lost in part: a shard is down, a signal's past is being filled, a sender leaves
something out. A model that never saw such a row answers it wildly. So a share of the rows is
learned from a second time with families of signals taken away: what state is read by one thing
(the device, the network, the customer), drawn at random, or all that state says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.derived import Derived
from training.labels import Floats, Truths

Places = npt.NDArray[np.intp]
_SEED = 20150113


@dataclass(frozen=True)
class Sample:
    """Rows to learn from: float64 of shape (rows, columns), whether each is bad, its weight."""

    values: Floats
    positive: Truths
    weight: Floats

    def __len__(self) -> int:
        return len(self.positive)

    def and_also(self, other: Sample) -> Sample:
        """These rows and others behind them."""
        return Sample(
            np.concatenate([self.values, other.values]),
            np.append(self.positive, other.positive),
            np.append(self.weight, other.weight),
        )


def families(columns: Sequence[Derived]) -> dict[str, Places]:
    """Places of the columns that read state by the same thing, the largest family first.

    >>> from features.catalogue import CATALOGUE
    >>> list(families(CATALOGUE.derived("checkup")))[0]
    'customer'
    """
    found: dict[str, list[int]] = {}
    for place, column in enumerate(columns):
        for name in column.state:
            found.setdefault(name, []).append(place)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return {name: np.array(places, dtype=np.intp) for name, places in ordered}


def without(values: Floats, places: Places) -> Floats:
    """A copy of rows in which some columns are unknown."""
    left = values.copy()
    left[:, places] = np.nan
    return left


def with_holes(sample: Sample, masks: Mapping[str, Places], share: float) -> Sample:
    """The sample, and behind it copies of a ``share`` of its rows, each with a hole.

    Every second copy has lost all that state says, the others one family. Which rows and which
    holes depends on the number of rows alone.
    """
    number = round(share * len(sample))
    if not number or not masks:
        return sample
    random = np.random.default_rng(_SEED)
    rows = random.choice(len(sample), number, replace=False)
    drawn = random.integers(0, len(masks), number)
    values = sample.values[rows]
    everything = np.unique(np.concatenate(list(masks.values())))
    values[np.ix_(np.arange(0, number, 2), everything)] = np.nan
    for index, places in enumerate(masks.values()):
        holed = np.flatnonzero(drawn == index)
        values[np.ix_(holed[holed % 2 == 1], places)] = np.nan
    return sample.and_also(Sample(values, sample.positive[rows], sample.weight[rows]))
