"""The world is not easy: no signal alone finds the fraud, all together find much, none all."""

from __future__ import annotations

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import pytest

from data.world import World, simulate
from features.catalogue import CATALOGUE
from features.offline import History, Matrix, matrix

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FALSE_POSITIVES = 0.01


@pytest.fixture(scope="module")
def signups(tmp_path_factory: pytest.TempPathFactory) -> tuple[Matrix, Bools]:
    """The vectors of all sign-ups and whether they were fraud."""
    folder = tmp_path_factory.mktemp("difficulty")
    simulate(World(customers=6_000, days=60), folder)
    with History.open(folder / "events.parquet") as history:
        vectors = matrix(history, CATALOGUE, "signup")
    truth = pq.read_table(folder / "truth.parquet").to_pydict()
    fraud = dict(zip(truth["customer"], truth["is_fraud_at_signup"], strict=True))
    return vectors, np.array([fraud[customer] for customer in vectors.customers])


def recall(score: Floats, fraud: Bools) -> float:
    """Share of the fraud above the score that one in a hundred honest customers exceeds."""
    honest = np.sort(score[~fraud])[::-1]
    limit = honest[int(len(honest) * FALSE_POSITIVES)]
    return float((score[fraud] > limit).mean())


def best_alone(vectors: Matrix, fraud: Bools) -> dict[str, float]:
    """The recall of each signal, high or low values first, unknown first or last."""
    return {
        name: max(
            recall(np.where(np.isnan(values), unknown, sign * values), fraud)
            for sign in (1.0, -1.0)
            for unknown in (-np.inf, np.inf)
        )
        for name, values in zip(vectors.columns, vectors.values.T, strict=True)
    }


def test_no_signal_alone_finds_most_of_the_fraud(signups: tuple[Matrix, Bools]) -> None:
    alone = best_alone(*signups)
    assert max(alone.values()) < 0.6, max(alone, key=lambda name: alone[name])


def test_a_model_of_all_is_clearly_better_and_still_not_perfect(
    signups: tuple[Matrix, Bools],
) -> None:
    vectors, fraud = signups
    past = slice(0, int(len(fraud) * 0.6))
    future = slice(past.stop, None)
    settings = {"objective": "binary", "learning_rate": 0.05, "max_depth": 5, "verbose": -1,
                "min_data_in_leaf": 30, "feature_fraction": 0.6, "num_threads": 2}  # fmt: skip
    rows = lgb.Dataset(vectors.values[past], fraud[past].astype(float))
    score = np.asarray(lgb.train(settings, rows, 150).predict(vectors.values[future]))
    together = recall(score, fraud[future])
    assert 2 * max(best_alone(vectors, fraud).values()) < together
    assert 0.3 < together < 0.75
