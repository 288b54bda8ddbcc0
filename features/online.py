"""The online engine: vectors now, from state, one event at a time."""

from __future__ import annotations

import numpy as np

from features.facts import Entry
from features.formulas import Floats
from features.state.protocol import Question, State
from features.vector import NAN, VectorPlan


def vector(plan: VectorPlan, state: State, entry: Entry, t: int) -> Floats:
    """The vector, shape (columns,), of one event or question as of ``t``.

    ``entry`` supplies the facts and the tokens that pick what is read; it must
    not have been folded yet, so that it never counts itself.
    """
    questions = [
        Question(series, arguments, picked(entry, series.by)) for series, arguments in plan.blocks
    ]
    integers = [NAN if value is None else value for value in state.read(questions, t)]
    facts = plan.facts_of(entry)
    row: Floats = plan.assemble(np.array([integers], dtype=np.float64), np.array([facts]))[0]
    return row


def picked(entry: Entry, by: str) -> str | None:
    """The stored object an entry belongs to under ``by``; None where the entry has no value."""
    if not by:
        return ""
    value = entry.field(by)
    return None if value is None or value == "" else str(value)
