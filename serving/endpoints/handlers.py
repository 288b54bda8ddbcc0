"""Handlers: the operations of a desk by name, found as the methods of the subjects."""

from __future__ import annotations

from collections.abc import Iterable

from serving.endpoints.customers import Customers
from serving.endpoints.decisions import Decisions
from serving.endpoints.desk import Desk
from serving.endpoints.learning import Learning
from serving.endpoints.lists import Lists
from serving.endpoints.overrides import Overrides
from serving.endpoints.policies import InForce
from serving.endpoints.score import Score
from serving.routes import Handler

#: A class for each subject: made with a desk, every public method an operation.
SUBJECTS = (Score, Learning, Decisions, Overrides, Customers, Lists, InForce)


def handlers(desk: Desk) -> dict[str, Handler]:
    """What answers the operations that need an API key."""
    return by_name(subject(desk) for subject in SUBJECTS)


def by_name(subjects: Iterable[object]) -> dict[str, Handler]:
    """The public methods of subjects."""
    return {
        name: getattr(subject, name)
        for subject in subjects
        for name in vars(type(subject))
        if not name.startswith("_")
    }
