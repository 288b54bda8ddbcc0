"""Cursors: the place in a list from which the next page goes on, as text."""

from __future__ import annotations

import re

from serving.errors import Refused

_FORM = re.compile("[1-9a-f][0-9a-f]{0,14}")


def written(place: int | None) -> str | None:
    """The cursor of a place; None at the end."""
    return None if place is None else f"{place:x}"


def read(sent: str | None) -> int | None:
    """The place of a cursor. Raises `Refused` for what is none."""
    if sent is None:
        return None
    if _FORM.fullmatch(sent) is None:
        raise Refused("invalid_query", "`cursor` is the `next` of the page before")
    return int(sent, 16)
