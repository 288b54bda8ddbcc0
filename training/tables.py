"""Tables of a run as data frames, for notebooks and reports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from features.derived import Derived
from features.offline import Matrix
from training.evaluate import TITLES, Comparison
from training.history import date
from training.model import Model
from training.money import prices
from training.segments import Segment
from training.split import Part, Split

if TYPE_CHECKING:
    import pandas as pd

    from training.run import Fold


def metrics_frame(comparison: Comparison) -> pd.DataFrame:
    """A row per candidate, a column per (metric, value | low | high)."""
    import pandas as pd

    rows = {
        row.candidate.name: {
            (TITLES[name], bound): getattr(interval, bound)
            for name, interval in row.metrics.items()
            for bound in ("value", "low", "high")
        }
        for row in comparison.rows
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def funnel_frame(split: Split) -> pd.DataFrame:
    """A row per step of the funnel."""
    import pandas as pd

    return pd.DataFrame([asdict(step) for step in split.funnel])


def importance_frame(model: Model, derived: tuple[Derived, ...]) -> pd.DataFrame:
    """A row per column of the model, the most useful first."""
    import pandas as pd

    known = {column.name: column for column in derived}
    return pd.DataFrame(
        [
            {"signal": name, "gain": gain, "family": known[name].family, "why": known[name].why}
            for name, gain in model.gains().items()
        ]
    )


def signals_frame(matrix: Matrix, part: Part) -> pd.DataFrame:
    """Vectors of a part with their time ``at`` and whether each is ``bad``."""
    import pandas as pd

    frame = pd.DataFrame(matrix.values[part.rows], columns=list(matrix.columns))
    frame.insert(0, "at", pd.to_datetime(matrix.at[part.rows], unit="us", utc=True))
    frame.insert(1, "bad", part.positive)
    return frame


def folds_frame(folds: Iterable[Fold], metric: str) -> pd.DataFrame:
    """A row per fold, by the day of its cut; one metric of every candidate."""
    import pandas as pd

    rows = {
        date(fold.split.cut): {
            row.candidate.name: row.metrics[metric].value for row in fold.comparison.rows
        }
        for fold in folds
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def money_frame(comparison: Comparison) -> pd.DataFrame:
    """What is caught, bothered and saved with so many reviews a day."""
    import pandas as pd

    return pd.DataFrame([asdict(price) for price in prices(comparison)])


def segments_frame(segments: Iterable[Segment]) -> pd.DataFrame:
    """A row per value of each fact."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "fact": one.fact,
                "value": one.value,
                "honest": one.honest,
                "bothered": one.bothered.value,
                "low": one.bothered.low,
                "high": one.bothered.high,
                "bad": one.bad,
                "found": one.found.value,
            }
            for one in segments
        ]
    )
