"""A model for a benchmark: of a real size and of all columns, taught by what went by."""

from __future__ import annotations

import hashlib

import lightgbm
import numpy as np

from features.catalogue import CATALOGUE
from features.contract import Bundle, Calibration, Contract
from features.facts import Entry
from features.formulas import Floats
from features.thresholds import Thresholds

ROUNDS = 300
_SHAPE = {
    "objective": "binary",
    "num_leaves": 31,
    "max_depth": 6,
    "min_child_samples": 10,
    "learning_rate": 0.03,
    "feature_fraction": 0.5,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


class Lessons:
    """Vectors of one moment, and which customers turned out bad."""

    def __init__(self, moment: str) -> None:
        self._moment = moment
        self._rows: list[tuple[str | None, Floats]] = []
        self._bad: set[str | None] = set()

    def note(self, entry: Entry, vector: Floats) -> None:
        """A vector to learn from."""
        self._rows.append((entry.customer, vector))

    def label(self, entry: Entry) -> None:
        """What turned out to be true of a customer; what is reversed later counts all the same."""
        if entry.facts["label"] != "legitimate":
            self._bad.add(entry.customer)

    def bundle(self) -> Bundle:
        """A booster of 300 rounds, calibrated with made-up numbers."""
        columns = CATALOGUE.columns(self._moment)
        matrix = np.array([vector for _, vector in self._rows])
        bad = np.array([customer in self._bad for customer, _ in self._rows], dtype=np.float64)
        coded = [place for place, one in enumerate(columns) if one.categories is not None]
        data = lightgbm.Dataset(
            matrix, bad, feature_name=[one.name for one in columns], categorical_feature=coded
        )
        text = lightgbm.train(_SHAPE, data, num_boost_round=ROUNDS).model_to_string().encode()
        contract = Contract(
            moment=self._moment,
            risk="theft_of_service",
            columns=columns,
            catalogue=CATALOGUE.fingerprint,
            model_sha256=hashlib.sha256(text).hexdigest(),
            calibration=Calibration((-6.0, -2.0, 0.0, 2.0), (0.001, 0.02, 0.3, 0.9)),
            thresholds=Thresholds(challenge=0.1, review=0.3, decline=0.7),
            golden=(),
            trained_from=0,
            trained_until=0,
            rows=len(bad),
            positives=int(bad.sum()),
        )
        return Bundle(contract, text)
