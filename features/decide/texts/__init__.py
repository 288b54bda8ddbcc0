"""Texts: reasons in words, for analysts and for customers, in three languages.

A language is a file beside this one, complete; a code is a line in each (`codes.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from features.decide.texts.en import ENGLISH
from features.decide.texts.fr import FRENCH
from features.decide.texts.nl import DUTCH
from features.decide.texts.text import Words

Language = Literal["en", "fr", "nl"]
Shown = float | str | None

LANGUAGES: Mapping[Language, Words] = {"en": ENGLISH, "fr": FRENCH, "nl": DUTCH}


def analyst(
    code: str, language: Language, signal: str, value: Shown, usual: Shown = None, why: str = ""
) -> str:
    """What an analyst reads: the subject, the signal, its value and what it usually is.

    Of a signal that Vouch does not ship, ``why`` says what it is about, as it was declared.
    """
    words = LANGUAGES[language]
    text = words.texts.get(code)
    topic = text.analyst if text else why.rstrip(".") or words.other.analyst
    sentence = words.unknown
    if value is not None:
        sentence = words.known if usual is None else words.compared
    return sentence.format(topic=topic, signal=signal, value=_written(value), usual=_written(usual))


def customer(code: str, language: Language) -> str:
    """What a customer may be told."""
    words = LANGUAGES[language]
    return words.texts.get(code, words.other).customer


def not_told(condition: str, language: Language) -> str:
    """What an analyst reads where a policy needs what is unknown."""
    return LANGUAGES[language].not_told.format(condition=condition)


def _written(value: Shown) -> str:
    """Numbers without more digits than a person wants."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value.is_integer() or abs(value) >= 1000 else f"{value:.3g}"
