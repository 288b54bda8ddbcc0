"""The fields of a policy: what each may be, what it means, and what is wrong with a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args, get_origin

import msgspec

from features.decide.condition import listed, nearest
from features.decide.policy import Policy, Texts

#: What each field means, in the order in which they are written.
MEANING: dict[str, str] = {
    "id": "Its name for ever, in CAPITALS_WITH_UNDERSCORES. It comes back in every decision that "
    "the policy takes part in.",
    "moments": "Where it is asked.",
    "when": "The condition, in CEL, over signals, facts of the event and evidence.",
    "outcome": "What it demands where the condition holds. A decision takes the strictest demand.",
    "challenges": "What to ask the customer for, where it demands a challenge.",
    "unknown": "What it demands where the condition cannot be told.",
    "override": "Who may let pass what it stops: nobody (red), a reviewer (amber), whoever may "
    "score (green).",
    "shadow": "Whether it is only watched: reported, and without a part in the outcome.",
    "valid_until": "Its last day, in UTC. Without one it stays.",
    "answer_within": "How long a challenge waits for its answer.",
    "failed": "What it demands when its challenge was failed.",
    "unanswered": "What it demands when its challenge was not answered in time.",
    "owner": "Who answers for it.",
    "analyst": "Why, for the people who review.",
    "customer": "What may be said to the customer. No limits, and nothing that tells how to get "
    "by.",
}
_MUST: dict[object, str] = {
    str: "a text",
    bool: "true or false",
    tuple[str, ...]: "a list such as [signup, payment]",
    str | Texts: "a text, or texts under en, fr and nl, of which en must be there",
    date | None: "a date such as 2026-12-31",
}
_NO_APPROVAL = (
    "a policy never lets pass what others stop; ignore leaves it to them, and lists and overrides "
    "let somebody pass"
)
_TYPES = {field.name: field for field in msgspec.structs.fields(Policy)}


def must_be(name: str) -> str:
    """What a field may be, in words.

    >>> must_be("failed")
    'review or decline'
    """
    if name == "answer_within":
        return "a number of minutes, hours or days such as 30m, 24h or 7d"
    kind: Any = _TYPES[name].type
    if kind in _MUST:
        return _MUST[kind]
    if get_origin(kind) is Literal:
        return listed(get_args(kind))
    return f"a list of some of {listed(get_args(get_args(kind)[0]), 'and')}"


def default_of(name: str) -> str:
    """What a field is where it is not written; empty if it must be."""
    field = _TYPES[name]
    if field.required:
        return ""
    value = field.default
    return {True: "true", False: "false", None: "none", (): "none"}.get(value, str(value))


def missing(written: Mapping[str, object]) -> list[str]:
    """The fields that must be there and are not."""
    return [name for name in MEANING if _TYPES[name].required and name not in written]


def read(name: str, value: object) -> object:
    """The value of a field. Raises ValueError with what it must be."""
    try:
        return msgspec.convert(value, _TYPES[name].type)
    except msgspec.ValidationError:
        raise ValueError(f"{name} must be {must_be(name)}{_hint(name, value)}") from None


def _hint(name: str, value: object) -> str:
    if value == "approve":
        return f": {_NO_APPROVAL}"
    if _TYPES[name].type in (str, str | Texts) and isinstance(value, bool | int | float | date):
        return ": write it in quotes"
    kind: Any = _TYPES[name].type
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    near = nearest(value, choices) if isinstance(value, str) and choices else ""
    return f": {near}" if near else ""
