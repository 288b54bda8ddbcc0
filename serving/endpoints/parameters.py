"""Parameters: what stands behind the question mark of an address, each with its type."""

from __future__ import annotations

from typing import get_args

import msgspec

from features.decide.texts import Language
from features.events import AwareTime
from features.facts import microseconds
from serving.errors import Refused
from serving.exchange import Exchange

_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_LANGUAGES: tuple[Language, ...] = get_args(Language)
_DIGITS = 18


class Parameters:
    """The parameters of one request. Raises `Refused` for one that is not among ``names``."""

    def __init__(self, exchange: Exchange, *names: str) -> None:
        self._sent = exchange.query()
        if not self._sent.keys() <= set(names):
            known = ", ".join(f"`{name}`" for name in names)
            raise Refused("invalid_query", f"the parameters of this address are {known}")

    def text(self, name: str) -> str | None:
        """A parameter as it was sent; None without one."""
        return self._sent.get(name)

    def truth(self, name: str) -> bool:
        """Whether something is asked for; not without it."""
        sent = self._sent.get(name, "false")
        if sent not in _TRUTH:
            raise Refused("invalid_query", f"`{name}` is true or false")
        return _TRUTH[sent]

    def language(self) -> Language:
        """The language of texts: English without one."""
        for language in _LANGUAGES:
            if self._sent.get("language", "en") == language:
                return language
        raise Refused("invalid_query", f"`language` is one of {', '.join(_LANGUAGES)}")

    def one_of(self, name: str, choices: tuple[str, ...]) -> str | None:
        """One of some words; None without it."""
        sent = self._sent.get(name)
        if sent is not None and sent not in choices:
            raise Refused("invalid_query", f"`{name}` is one of {', '.join(choices)}")
        return sent

    def count(self, name: str, default: int, most: int) -> int:
        """A whole number from 1 on."""
        sent = self._sent.get(name)
        if sent is None:
            return default
        number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < _DIGITS else 0
        if not 1 <= number <= most:
            raise Refused("invalid_query", f"`{name}` is a whole number from 1 to {most}")
        return number

    def time(self, name: str) -> int | None:
        """A time in µs since 1970; None without it."""
        sent = self._sent.get(name)
        if sent is None:
            return None
        try:
            return microseconds(msgspec.convert(sent, AwareTime))
        except msgspec.ValidationError:
            raise Refused(
                "invalid_query", f"`{name}` is a time with a zone: 2026-03-02T09:15:00Z"
            ) from None
