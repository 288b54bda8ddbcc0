"""Texts: every code in every language, and nothing in them that a customer must not read."""

from __future__ import annotations

import re

import pytest

from features.catalogue import CATALOGUE
from features.decide.texts import LANGUAGES, Language
from features.decide.texts.codes import CODES, code_of
from features.domain import CLOUD


def test_every_signal_belongs_to_one_code() -> None:
    grouped = [signal for signals in CODES.values() for signal in signals]
    assert sorted(grouped) == sorted(CATALOGUE.declarations)


def test_a_column_and_its_signal_have_one_code() -> None:
    for moment in CATALOGUE.moments:
        for column in CATALOGUE.derived(moment):
            if not column.name.endswith("_customers"):  # how many a rate rests on; nobody weighs it
                assert code_of(column.name) == code_of(column.signal)
        for weight in CLOUD.named(moment).weights:
            assert code_of(weight.signal) in CODES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_complete(language: Language) -> None:
    words = LANGUAGES[language]
    assert list(words.texts) == list(CODES)
    assert all(text.analyst and text.customer for text in (*words.texts.values(), words.other))
    assert [set(re.findall(r"{(\w+)}", sentence)) for sentence in words[2:]] == [
        {"topic", "signal", "value"},
        {"topic", "signal", "value", "usual"},
        {"topic", "signal"},
        {"condition"},
    ]


def test_languages_say_different_things() -> None:
    english, french, dutch = LANGUAGES.values()
    for code in CODES:
        assert len({one.texts[code].customer for one in (english, french, dutch)}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customer_reads_no_number_no_signal_and_nothing_of_the_trade(language: Language) -> None:
    words = LANGUAGES[language]
    secret = re.compile(
        r"\d|_|fraud|risk|risque|risico|score|tor\b|vpn|proxy|model|threshold", re.I
    )
    texts = [text.customer for text in (*words.texts.values(), words.other)]
    assert [text for text in texts if secret.search(text)] == []
