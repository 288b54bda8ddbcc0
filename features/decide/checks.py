"""Checks of a file of policies: everything that is wrong, with its line, and what to write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

from features.decide import fields, written
from features.decide.condition import Names, faults, follies, listed, nearest
from features.decide.outcomes import ORDER, Challenge
from features.decide.policy import DURATION, Policy, Texts
from features.decide.written import InvalidPolicies, Problem, Written
from features.durations import DAY, read

_ID = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*")
_LONGEST_ID = 64
_LONGEST_TEXT = 500
_LONGEST_WAIT = 90 * DAY
_CHALLENGES: tuple[str, ...] = get_args(Challenge)


def checked(text: bytes, names: Names, where: str) -> list[Policy]:
    """The policies of a file's text. Raises `InvalidPolicies` with all that is wrong."""
    found, problems = written.read(text, where)
    policies: list[Policy] = []
    lines: dict[str, int] = {}
    for one in found:
        values = dict(_values(one, problems))
        problems += _wrong(one, values, names)
        if "id" in values:
            line, name = one.fields["id"].line, values["id"]
            before = lines.setdefault(name, line)
            if before != line:
                said = f"there is a {name} in line {before} already: rename one"
                problems.append(Problem(line, said))
        if not problems:
            policies.append(Policy(**values))
    if problems:
        raise InvalidPolicies(where, problems)
    return policies


def _values(one: Written, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
    """Fields and their values, where they are of their types."""
    for name, (line, value) in one.fields.items():
        if name not in fields.MEANING:
            near = nearest(name, fields.MEANING)
            known = f"a policy has {listed(fields.MEANING, 'and')}"
            problems.append(Problem(line, f"{name} is no field of a policy: {near or known}"))
            continue
        try:
            yield name, fields.read(name, value)
        except ValueError as error:
            problems.append(Problem(line, str(error)))
    for name in fields.missing(one.fields) if one.fields else ():
        problems.append(
            Problem(one.line, f"{name} is missing: write {name}, {fields.must_be(name)}")
        )


def _wrong(one: Written, values: dict[str, Any], names: Names) -> Iterator[Problem]:
    """What is wrong with values of the right types."""
    for name, check in _CHECKS.items():
        if name in values:
            yield from (
                Problem(one.fields[name].line, f"{name} {said}") for said in check(values[name])
            )
    moments = [moment for moment in values.get("moments", ()) if moment in names]
    for moment in values.get("moments", ()):
        if moment not in names:
            near = nearest(moment, names)
            said = f"moments has {moment}, which there is not: {near or f'write {listed(names)}'}"
            yield Problem(one.fields["moments"].line, said)
    if "when" in values:
        line, when = one.fields["when"].line, values["when"]
        found = list(faults(when, moments, names))
        if not found:
            found = list(follies(when, moments, names, values.get("unknown", "ignore")))
        yield from (Problem(line, f"when: {said}") for said in found)
    if not {"outcome", "unknown", "challenges"} & (one.fields.keys() - values.keys()):
        for name, said in _outcomes(values):
            yield Problem(one.fields[name].line, said)


def _outcomes(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Outcomes that cannot come about, and the field that says so."""
    asking = [name for name in ("outcome", "unknown") if values.get(name) == "challenge"]
    if asking and not values.get("challenges"):
        yield (
            asking[0],
            f"{asking[0]} is challenge, and nothing says which: write challenges, a list of some "
            f"of {listed(_CHALLENGES, 'and')}",
        )
    if not asking:
        for name in ("challenges", "failed", "unanswered"):
            if values.get(name):
                yield (
                    name,
                    f"{name} has no use, for no challenge is ever asked: take it out, or write "
                    "outcome: challenge",
                )
        return
    failed, unanswered = values.get("failed", "review"), values.get("unanswered", "decline")
    if ORDER.index(unanswered) < ORDER.index(failed):
        name = "unanswered" if "unanswered" in values else "failed"
        yield (
            name,
            f"unanswered is {unanswered} and failed {failed}, so whoever would fail need only "
            f"not answer: write unanswered: {failed}",
        )


def _id(value: str) -> Iterator[str]:
    if not _ID.fullmatch(value) or len(value) > _LONGEST_ID:
        yield f"must be CAPITALS_WITH_UNDERSCORES, {_LONGEST_ID} at most"


def _moments(value: tuple[str, ...]) -> Iterator[str]:
    if not value:
        yield "is empty, so it would never be asked: name some"
    if len(set(value)) < len(value):
        yield "names one twice: take it out"


def _challenges(value: tuple[str, ...]) -> Iterator[str]:
    if len(set(value)) < len(value):
        yield "names one twice: take it out"


def _text(value: str | Texts) -> Iterator[str]:
    texts = [value] if isinstance(value, str) else [value.en, value.fr, value.nl]
    if any(text is not None and not text.strip() for text in texts):
        yield "is empty: write a sentence"
    if any(text is not None and len(text) > _LONGEST_TEXT for text in texts):
        yield f"is longer than {_LONGEST_TEXT} characters: say it shorter"


def _owner(value: str) -> Iterator[str]:
    if not value.strip():
        yield "is empty: name who answers for the policy"


def _answer_within(value: str) -> Iterator[str]:
    if not DURATION.fullmatch(value) or read(value) > _LONGEST_WAIT:
        yield f"must be {fields.must_be('answer_within')}, 90 days at most"


_CHECKS: dict[str, Any] = {
    "id": _id,
    "moments": _moments,
    "challenges": _challenges,
    "owner": _owner,
    "analyst": _text,
    "customer": _text,
    "answer_within": _answer_within,
}
