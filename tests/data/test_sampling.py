"""The sample sign-ups are what the scoring endpoint reads, and what the code makes."""

from __future__ import annotations

from data.sampling import SIGNUPS, signups
from features.events import Scorable, Signup
from features.parsing import Parser


def test_the_sample_is_what_the_code_makes() -> None:
    assert SIGNUPS.read_bytes() == b"\n".join([*signups(), b""])


def test_the_sample_is_small_and_can_be_read_without_a_warning() -> None:
    lines = SIGNUPS.read_bytes().splitlines()
    assert 15 <= len(lines) <= 30
    assert sum(map(len, lines)) < 30_000
    parser: Parser[Scorable] = Parser(Scorable)
    for line in lines:
        event, warnings = parser.read(line)
        assert isinstance(event, Signup)
        assert warnings == []
