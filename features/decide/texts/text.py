"""A text: what a code is about, for both who may read it, and the words of a language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Text(NamedTuple):
    """``analyst`` names the subject; signal, value and usual value follow it.

    ``customer`` is a sentence that tells neither values nor limits, nor anything of anybody
    else, nor what to change so as not to be noticed.
    """

    analyst: str
    customer: str


class Words(NamedTuple):
    """One language: a text for every code, and sentences with places to fill.

    ``other`` is the text of a signal that Vouch does not ship.
    """

    texts: Mapping[str, Text]
    other: Text
    known: str
    compared: str
    unknown: str
    not_told: str
