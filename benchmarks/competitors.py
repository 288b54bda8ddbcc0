"""What one would do without Vouch: the usual models on the same matrix, the same rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from training.evaluate import Candidate
from training.rows import Table
from training.split import Split

Floats = npt.NDArray[np.float64]

LOGISTIC, DEFAULTS = "logistic regression", "LightGBM defaults"


def defaults(table: Table, parts: Split) -> Candidate:
    """LightGBM as it comes, on all rows that may be learned from."""
    from lightgbm import LGBMClassifier

    coded = [place for place, one in enumerate(table.columns) if one.categories is not None]
    model = LGBMClassifier(verbose=-1, n_jobs=2)
    values = table.matrix.values
    model.fit(values[parts.learned], _positive(parts), categorical_feature=coded)
    probability = np.asarray(model.predict_proba(values[parts.test.rows]), dtype=np.float64)[:, 1]
    return Candidate(DEFAULTS, probability, probability)


def logistic(table: Table, parts: Split) -> Candidate:
    """Logistic regression over scaled columns, texts one column each, what is unknown its mean."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    coded = [place for place, one in enumerate(table.columns) if one.categories is not None]
    plain = [place for place in range(len(table.columns)) if place not in coded]
    prepared = ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(
                    FunctionTransformer(_signed_log),
                    SimpleImputer(add_indicator=True, keep_empty_features=True),
                    StandardScaler(),
                ),
                plain,
            ),
            ("texts", OneHotEncoder(handle_unknown="ignore"), coded),
        ]
    )
    model = make_pipeline(prepared, LogisticRegression(max_iter=300, C=0.1))
    values = table.matrix.values
    model.fit(values[parts.learned], _positive(parts))
    probability = np.asarray(model.predict_proba(values[parts.test.rows]), dtype=np.float64)[:, 1]
    return Candidate(LOGISTIC, probability, probability)


def _signed_log(values: Floats) -> Floats:
    """Amounts and counts span orders of magnitude."""
    spread: Floats = np.sign(values) * np.log1p(np.abs(values))
    return spread


def _positive(parts: Split) -> npt.NDArray[np.bool_]:
    return np.append(parts.fit.positive, parts.validation.positive)
