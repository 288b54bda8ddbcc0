"""What a replay came to, in lines of 80 columns: what was beside what is or would be."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import msgspec

from serving.replay import Replayed

_WIDTH = 80
_LABEL = 14
_COLUMN = (_WIDTH - _LABEL) // 2
_SHOWN = ("outcome", "status", "score", "challenges", "demanded_by", "policies")


def lines(done: Replayed, *, what_if: bool) -> Iterator[str]:
    """The lines; ``what_if`` where other policies or another model were asked for."""
    was, now = msgspec.json.decode(done.given), msgspec.json.decode(done.replayed)
    about = f"Decision {was['decision_id']} about {was['event_id']} ({was['moment']}), "
    yield from textwrap.wrap(f"{about}made at {was['decided_at']}.", _WIDTH)
    if not done.differences:
        yield "It would be the same." if what_if else "Replayed: the same to the byte."
    else:
        yield f"{'':{_LABEL}}{'what was':{_COLUMN}}{'what would be' if what_if else 'what is'}"
        changed = {one.pointer.split("/")[1] for one in done.differences}
        for name in _SHOWN:
            mark = "*" if name in changed else " "
            yield from _row(f"{mark} {name.replace('_', ' ')}", was.get(name), now.get(name))
        yield from _reasons(was, now)
        for one in done.differences:
            if one.pointer.split("/")[1] not in (*_SHOWN, "reasons"):
                yield from _row(f"* {one.pointer[1:]}", one.was, one.now)
    for note in done.notes:
        yield from textwrap.wrap(f"Note: {note}.", _WIDTH)


def _row(label: str, was: Any, now: Any) -> Iterator[str]:
    """A label and two cells, on as many lines as they need."""
    left, right = (textwrap.wrap(_text(one), _COLUMN - 1) or ["-"] for one in (was, now))
    if len(label) >= _LABEL:
        yield from textwrap.wrap(label, _WIDTH)
        label = ""
    for place in range(max(len(left), len(right))):
        cells = [side[place] if place < len(side) else "" for side in (left, right)]
        head = label if place == 0 else ""
        yield f"{head:{_LABEL}}{cells[0]:{_COLUMN}}{cells[1]}".rstrip()


def _reasons(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Reasons that are gone and those that have come."""
    before, after = ([_reason(one) for one in side["reasons"]] for side in (was, now))
    for sign, these, others in (("-", before, after), ("+", after, before)):
        for text in these:
            if text not in others:
                yield from textwrap.wrap(
                    text, _WIDTH, initial_indent=f"{sign} ", subsequent_indent="    "
                )


def _reason(reason: dict[str, Any]) -> str:
    return f"{reason['code']}: {reason['text']}"


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one) for one in value)
    if isinstance(value, dict):
        if "id" in value:
            return str(value["id"])
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    return "" if value is None else str(value)
