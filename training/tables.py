"""Tables of a run as data frames, for notebooks and reports."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from features.derived import Derived
from features.offline import Matrix
from training.evaluate import TITLES, Comparison
from training.model import Model
from training.split import Part, Split

if TYPE_CHECKING:
    import pandas as pd


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
