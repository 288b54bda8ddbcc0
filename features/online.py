"""The online engine: vectors now, from state, one event at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from features.fact_types import Value
from features.facts import Entry
from features.formulas import Floats
from features.state.protocol import State
from features.vector import VectorPlan

_APART = "\x1f"


def vector(plan: VectorPlan, state: State, entry: Entry, t: int) -> Floats:
    """The vector, shape (columns,), of one event or question as of ``t``.

    ``entry`` supplies the facts and the tokens that pick what is read; it must
    not have been folded yet, so that it never counts itself.
    """
    if plan.current:
        entry = as_it_is_now(plan, state, entry, t)
    fields = entry.fields()
    return plan.row(integers(plan, state, fields, t), entry, t, fields)


def integers(
    plan: VectorPlan, state: State, fields: Mapping[str, Value | None], t: int
) -> Sequence[int | None]:
    """What state says to the ``fields`` of one event or question, in the plan's order."""
    tokens = {by: picked(fields, by) for by in plan.bys}
    return state.read(plan.blocks, tokens, t)


def as_it_is_now(plan: VectorPlan, state: State, entry: Entry, t: int) -> Entry:
    """A question about a customer, with what the customer used last."""
    if entry.customer is None:
        return entry
    wanted = [(series, entry.customer) for _, series in plan.current]
    values = state.current(wanted, t)
    facts: dict[str, Value] = {
        field: value
        for (field, _), value in zip(plan.current, values, strict=True)
        if value is not None
    }
    reseller = facts.pop("reseller", None)
    return msgspec.structs.replace(
        entry,
        reseller=entry.reseller if reseller is None else str(reseller),
        facts={**facts, **entry.facts},
    )


def alone(value: Value | None) -> str | None:
    """The stored object that the value of one field belongs to."""
    if isinstance(value, str):
        return value or None
    return None if value is None else str(value)


def picked(fields: Mapping[str, Value | None], by: tuple[str, ...]) -> str | None:
    """The stored object that fields belong to under ``by``; None where they have no value."""
    if len(by) == 1:
        return alone(fields.get(by[0]))
    parts = [fields.get(field) for field in by]
    if None in parts or "" in parts:
        return None
    return _APART.join(map(str, parts))
